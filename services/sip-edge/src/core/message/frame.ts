/**
 * Cuts a byte stream into messages (RFC 3261 18.3, RFC 5626 4.4.1 keep-alive). Owns: where a message
 * ends. Does not own: the socket, time limits for slow senders.
 *
 * T1  Each byte is searched once however the chunks are cut. `buffer` is only appended to and never
 *     looked into before its part is complete: appending is cheap, looking would copy it each time.
 * T2  Nothing grows beyond MESSAGE_BYTES_MAX plus one chunk.
 * T3  When the end of a message is in doubt (a bad head line, no Content-Length) the stream is over:
 *     guessing would let a sender hide one message in another. What can be answered still is.
 */

import { unreachable } from "../../../../lib/telephony/assert.ts";
import type { ParseFault } from "./fault.ts";
import { type Head, readHead } from "./head.ts";
import type { SipMessage } from "./message.ts";
import { contentLength, finishMessage, MESSAGE_BYTES_MAX } from "./parse.ts";

/** Where the reader of one stream stands; `crlf` counts how much of CRLFCRLF has come. */
export type FrameState =
  | { readonly phase: "idle"; readonly crlf: number }
  | { readonly phase: "head"; readonly buffer: string; readonly tail: string }
  | { readonly phase: "body"; readonly head: Head; readonly size: number; readonly buffer: string }
  | { readonly phase: "closed" };

/** Why a stream cannot be read on; the connection is to be closed. */
export interface FrameFault {
  readonly kind: "frame-fault";
  readonly reason: "garbage" | "bad-head" | "no-content-length" | "message-too-large";
}

/**
 * What a chunk brought. `faults` are bad messages to answer or drop; `pongs` is the number of CRLF
 * to send back; `close` orders to close the connection after that.
 */
export interface Pushed {
  readonly state: FrameState;
  readonly messages: readonly SipMessage[];
  readonly faults: readonly ParseFault[];
  readonly pongs: number;
  readonly close: FrameFault | undefined;
}

/** The state of a fresh stream. */
export const STREAM_START: FrameState = { phase: "idle", crlf: 0 };

interface Output {
  readonly messages: SipMessage[];
  readonly faults: ParseFault[];
  pongs: number;
  close: FrameFault | undefined;
}

interface Step {
  readonly state: FrameState;
  readonly at: number;
}

const HEAD_END = "\r\n\r\n";
const IDLE: FrameState = { phase: "idle", crlf: 0 };
const CLOSED: FrameState = { phase: "closed" };

/** Takes the next chunk (latin1 text) of a stream. A closed stream ignores it. */
export function pushBytes(state: FrameState, chunk: string): Pushed {
  const output: Output = { messages: [], faults: [], pongs: 0, close: undefined };
  let step: Step = { state, at: 0 };
  while (step.at < chunk.length) step = advance(step, chunk, output);
  return { state: step.state, ...output };
}

function advance({ state, at }: Step, chunk: string, output: Output): Step {
  switch (state.phase) {
    case "idle":
      return readIdle(state.crlf, chunk, at, output);
    case "head":
      return readHeadPart(state, chunk, at, output);
    case "body":
      return readBody(state, chunk, at, output);
    case "closed":
      return { state, at: chunk.length };
    default:
      return unreachable(state);
  }
}

/** Between messages: CRLFCRLF is a ping, a lone CRLF is skipped (RFC 3261 7.5). */
function readIdle(crlf: number, chunk: string, at: number, output: Output): Step {
  const code = chunk.charCodeAt(at);
  const isHalf = crlf % 2 === 1;
  if (code === (isHalf ? 10 : 13)) {
    if (crlf < 3) return { state: { phase: "idle", crlf: crlf + 1 }, at: at + 1 };
    output.pongs += 1;
    return { state: IDLE, at: at + 1 };
  }
  if (isHalf) return closed("garbage", output);
  return { state: { phase: "head", buffer: "", tail: "" }, at };
}

function readHeadPart(
  { buffer, tail }: { readonly buffer: string; readonly tail: string },
  chunk: string,
  at: number,
  output: Output,
): Step {
  const searched = tail === "" ? chunk : tail + chunk;
  const found = searched.indexOf(HEAD_END, tail === "" ? at : 0);
  const end = found === -1 ? chunk.length : found + HEAD_END.length - tail.length;
  if (buffer.length + end - at > MESSAGE_BYTES_MAX) return closed("message-too-large", output);
  if (found === -1) {
    const part = chunk.slice(at);
    const state = { phase: "head", buffer: buffer + part, tail: (tail + part).slice(-3) } as const;
    return { state, at: end };
  }
  if (buffer === "") return endHead(readHead(chunk, at), end - at, end, output);
  return endHead(readHead(buffer + chunk.slice(at, end), 0), buffer.length + end - at, end, output);
}

/** The head is complete: decides whether the stream can be trusted to go on (T3). */
function endHead(head: Head, headSize: number, at: number, output: Output): Step {
  const size = contentLength(head);
  const isDoubtful = head.fault !== undefined && head.fault.reason !== "unsupported-version";
  if (isDoubtful || typeof size !== "number") {
    deliver(head, "", output);
    return closed(isDoubtful || size === "bad" ? "bad-head" : "no-content-length", output);
  }
  if (headSize + size > MESSAGE_BYTES_MAX) return closed("message-too-large", output);
  if (size > 0) return { state: { phase: "body", head, size, buffer: "" }, at };
  deliver(head, "", output);
  return { state: IDLE, at };
}

function readBody(
  state: FrameState & { readonly phase: "body" },
  chunk: string,
  at: number,
  output: Output,
): Step {
  const end = Math.min(chunk.length, at + state.size - state.buffer.length);
  const buffer = state.buffer + chunk.slice(at, end);
  if (buffer.length < state.size) return { state: { ...state, buffer }, at: end };
  deliver(state.head, buffer, output);
  return { state: IDLE, at: end };
}

function deliver(head: Head, body: string, output: Output): void {
  const result = finishMessage(head, body);
  if (result.kind === "parse-fault") output.faults.push(result);
  else output.messages.push(result);
}

function closed(reason: FrameFault["reason"], output: Output): Step {
  output.close = { kind: "frame-fault", reason };
  return { state: CLOSED, at: Number.MAX_SAFE_INTEGER };
}
