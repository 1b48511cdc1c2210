/**
 * Inputs that stopped or killed other stacks: twice the input may cost at most about twice the time.
 * Ratios of the best of several times, taken by turns, and two more tries, so that a busy machine does not
 * decide; quadratic code fails each of them.
 */

import { expect, test } from "vitest";
import { readCredentials } from "./digest.ts";
import { contacts, from, header, headerValues } from "./fields.ts";
import { pushBytes, STREAM_START } from "./frame.ts";
import { readNameAddr } from "./name-addr.ts";
import { parseMessage } from "./parse.ts";
import { splitList } from "./scan.ts";
import { scrubSdp } from "./sdp.ts";
import { parseSipUri } from "./uri.ts";
import { readVia } from "./via.ts";

const HEAD = [
  "Via: SIP/2.0/UDP h;branch=z9hG4bK1",
  "From: <sip:a@x>;tag=1",
  "To: <sip:b@x>",
  "Call-ID: c",
  "CSeq: 1 OPTIONS",
  "",
].join("\r\n");

function options(line: string): string {
  return `OPTIONS sip:b@x SIP/2.0\r\n${HEAD}${line}\r\n\r\n`;
}

function usedMs(run: () => void): number {
  const start = performance.now();
  run();
  return performance.now() - start;
}

const TRIES = 7;

/** Repeats the run so that the small size takes long enough to be measured, then compares by turns. */
function growth(run: (size: number) => void, size: number): number {
  run(size);
  const once = Math.max(
    Math.min(...Array.from({ length: TRIES }, () => usedMs(() => run(size)))),
    0.001,
  );
  const rounds = Math.min(2_000, Math.max(1, Math.ceil(2 / once)));
  const repeated = (n: number): number =>
    usedMs(() => {
      for (let i = 0; i < rounds; i += 1) run(n);
    });
  const pairs = Array.from({ length: TRIES }, () => [repeated(size), repeated(size * 2)] as const);
  return Math.min(...pairs.map(([, twice]) => twice)) / Math.min(...pairs.map(([one]) => one));
}

function inBytes(wire: string): void {
  let state = STREAM_START;
  for (let i = 0; i < wire.length; i += 1) state = pushBytes(state, wire.charAt(i)).state;
}

/** Small enough for every limit, so that the whole text is read; the table's numbers in brackets. */
test.each<readonly [string, number, (size: number) => void]>([
  [
    "(1) spaces in a status line",
    3_000,
    (n) => parseMessage(`SIP/2.0 200${" ".repeat(n)}a\nb\r\n${HEAD}\r\n`),
  ],
  [
    "(2) Contact of spaces",
    3_000,
    (n) => {
      const message = parseMessage(options(`Contact: <${" ".repeat(n)}`));
      if (message.kind !== "parse-fault") contacts(message);
    },
  ],
  ["(2) address of words and spaces", 30_000, (n) => void readNameAddr(`${"a ".repeat(n)}x`)],
  ["(2) address that never closes", 30_000, (n) => void readNameAddr(`"${"\\".repeat(n)}`)],
  ["(3) Authorization of letters", 30_000, (n) => void readCredentials("a".repeat(n))],
  [
    "(3) Authorization of commas",
    30_000,
    (n) => void readCredentials(`Digest ${"a=b,".repeat(n)}`),
  ],
  ["(3) Refer-To of spaces", 30_000, (n) => void readNameAddr(`<sip:a@b>${" ".repeat(n)}x`)],
  [
    "(4) garbage heads on a stream",
    6_000,
    (n) => void pushBytes(STREAM_START, "x\r\n\r\n".repeat(n)),
  ],
  ["(8) endless head, byte by byte", 30_000, (n) => inBytes(`OPTIONS ${"x".repeat(n)}`)],
  [
    "(8) long body, byte by byte",
    30_000,
    (n) => inBytes(options(`Content-Length: ${n}`) + "x".repeat(n)),
  ],
  [
    "(9) pipelined requests in one chunk",
    150,
    (n) => void pushBytes(STREAM_START, options("Content-Length: 0").repeat(n)),
  ],
  ["(10) escaped header names", 2_000, (n) => void parseMessage(options(`${"X%3A".repeat(n)}: y`))],
  [
    "(11) bare line feeds in a value",
    3_000,
    (n) => void parseMessage(options(`Subject: ${"\n".repeat(n)}`)),
  ],
  ["(11) lines without a colon", 15_000, (n) => void parseMessage(options("x\r\n".repeat(n)))],
  [
    "(12) parameters named __proto__",
    1_500,
    (n) => void readVia(`SIP/2.0/UDP h${";__proto__=1".repeat(n)}`),
  ],
  [
    "(12) different parameters",
    1_500,
    (n) => {
      let list = "SIP/2.0/UDP h";
      for (let i = 0; i < n; i += 1) list += `;p${i}=1`;
      readVia(list);
    },
  ],
  ["folded lines", 6_000, (n) => void parseMessage(options(`X: ${"a\r\n ".repeat(n)}`))],
  ["commas in a Route", 30_000, (n) => void splitList(`<${"a,".repeat(n)}`)],
  ["quotes in a list", 30_000, (n) => void splitList('"a",'.repeat(n))],
  ["parameters of a URI", 6_000, (n) => void parseSipUri(`sip:a@b${";x".repeat(n)}`)],
  ["escapes in a user", 15_000, (n) => void parseSipUri(`sip:${"%41".repeat(n)}@b`)],
  [
    "lines of an SDP body",
    6_000,
    (n) => void scrubSdp("a=x\r\n".repeat(n), { hidden: ["0312345678"] }),
  ],
])("time is linear: %s", { retry: 2 }, (_name, size, run) => {
  expect(growth(run, size)).toBeLessThan(3);
});

test("a message at every limit is read: 120 headers of many elements", () => {
  const line = `Route: ${"<sip:h;lr>,".repeat(40)}<sip:h>`;
  const wire = options(Array.from({ length: 120 }, () => line).join("\r\n"));
  const message = parseMessage(wire);
  if (message.kind === "parse-fault") throw new Error(message.reason);
  expect(headerValues(message, "route")).toHaveLength(120 * 41);
  expect(from(message).tag).toBe("1");
  expect(header(message, "call-id")).toBe("c");
});
