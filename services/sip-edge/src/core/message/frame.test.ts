import { expect, test } from "vitest";
import { type FrameState, type Pushed, pushBytes, STREAM_START } from "./frame.ts";
import { MESSAGE_BYTES_MAX } from "./parse.ts";

function options(callId: string, size: string | undefined = "0", body = ""): string {
  const length = size === "" ? [] : [`Content-Length: ${size}`];
  return [
    "OPTIONS sip:b@x SIP/2.0",
    "Via: SIP/2.0/TCP h;branch=z9hG4bK1",
    "From: <sip:a@x>;tag=1",
    "To: <sip:b@x>",
    `Call-ID: ${callId}`,
    "CSeq: 1 OPTIONS",
    ...length,
    "",
    body,
  ].join("\r\n");
}

function push(...chunks: readonly string[]): Pushed {
  let state: FrameState = STREAM_START;
  const all = { messages: [], faults: [], pongs: 0, close: undefined };
  let sum: Pushed = { state, ...all };
  for (const chunk of chunks) {
    const pushed = pushBytes(state, chunk);
    state = pushed.state;
    sum = {
      state,
      messages: [...sum.messages, ...pushed.messages],
      faults: [...sum.faults, ...pushed.faults],
      pongs: sum.pongs + pushed.pongs,
      close: sum.close ?? pushed.close,
    };
  }
  return sum;
}

function callIds(pushed: Pushed): readonly (string | undefined)[] {
  return pushed.messages.map((one) => one.headers.find(({ name }) => name === "call-id")?.value);
}

test("RFC 3261 18.3: pipelined requests in one chunk are all read", () => {
  const pushed = push(options("a") + options("b", "3", "xyz") + options("c"));
  expect(callIds(pushed)).toEqual(["a", "b", "c"]);
  expect(pushed.messages[1]?.body).toBe("xyz");
  expect(pushed.state).toEqual(STREAM_START);
});

test("300 pipelined requests, more than 64 kB in one chunk, are no flood", () => {
  const wire = options("a", "100", "x".repeat(100)).repeat(300);
  expect(wire.length).toBeGreaterThan(MESSAGE_BYTES_MAX);
  expect(push(wire).messages).toHaveLength(300);
});

test("a message without a body is there with its last byte, not with the next chunk", () => {
  const wire = options("a");
  expect(push(wire.slice(0, -1)).messages).toHaveLength(0);
  expect(push(wire.slice(0, -1), "\n").messages).toHaveLength(1);
});

test("every cut of two messages and a ping in two chunks gives the same", () => {
  const wire = `${options("a", "2", "hi")}\r\n\r\n${options("b", "4", "\r\n\r\n")}`;
  for (let at = 0; at <= wire.length; at += 1) {
    const pushed = push(wire.slice(0, at), wire.slice(at));
    expect([callIds(pushed), pushed.pongs, pushed.close]).toEqual([["a", "b"], 1, undefined]);
  }
});

test("RFC 5626 4.4.1: each CRLFCRLF is one ping, a lone CRLF is none", () => {
  expect(push("\r\n\r\n\r\n\r\n").pongs).toBe(2);
  expect(push("\r", "\n", "\r", "\n").pongs).toBe(1);
  expect(push(`\r\n${options("a")}`)).toMatchObject({ pongs: 0, close: undefined });
});

test("an unanswerable field is a fault, and the stream goes on", () => {
  const pushed = push(options("a").replace("CSeq: 1", "CSeq: 9999999999") + options("b"));
  expect(pushed.faults.map(({ reason, status }) => [reason, status])).toEqual([["bad-cseq", 400]]);
  expect(callIds(pushed)).toEqual(["b"]);
});

test("another SIP version gets 505, and the stream goes on behind its body", () => {
  const pushed = push(options("a", "2", "hi").replace("SIP/2.0\r\n", "SIP/3.0\r\n") + options("b"));
  expect(pushed.faults.map(({ status }) => status)).toEqual([505]);
  expect(callIds(pushed)).toEqual(["b"]);
});

test.each([
  ["no Content-Length", options("a", ""), "no-content-length"],
  ["Content-Length in letters", options("a", "abc"), "bad-head"],
  ["Content-Length twice", options("a").replace("To:", "l: 5\r\nTo:"), "bad-head"],
  ["a bare line feed", options("a").replace("To:", "X: 1\nTo:"), "bad-head"],
  ["no SIP at all", "x\r\n\r\n".repeat(12_000), "bad-head"],
  ["a lone CR", "\rx", "garbage"],
  ["a head without end", "x".repeat(MESSAGE_BYTES_MAX + 1), "message-too-large"],
  ["a body too large", options("a", String(MESSAGE_BYTES_MAX)), "message-too-large"],
  ["a body of ten digits", options("a", "9999999999"), "message-too-large"],
])("%s closes the stream, and nothing is read after it", (_claim, wire, reason) => {
  const pushed = push(wire + options("b"), options("c"));
  expect(pushed.close).toEqual({ kind: "frame-fault", reason });
  expect(pushed.messages.filter((one) => one.headers.some((h) => h.value === "b"))).toEqual([]);
  expect(pushed.messages.length).toBeLessThanOrEqual(1);
  expect(pushed.faults.length).toBeLessThanOrEqual(1);
  expect(pushed.state).toEqual({ phase: "closed" });
});

test("a doubtful head is answered before the close", () => {
  const pushed = push(options("a").replace("To:", "l: 5\r\nTo:"));
  expect(pushed.faults[0]?.status).toBe(400);
  expect(pushed.close?.reason).toBe("bad-head");
});
