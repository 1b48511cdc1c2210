import fc from "fast-check";
import { expect, test } from "vitest";
import { sipMessage } from "../../../test/message-arbitrary.ts";
import { contacts, cseq, expires, from, headerValues, requestUri, to, topVia } from "./fields.ts";
import { pushBytes, STREAM_START } from "./frame.ts";
import type { SipMessage } from "./message.ts";
import { parseMessage } from "./parse.ts";
import { respond, serialize, withTopVia } from "./serialize.ts";

function parsed(wire: string): SipMessage {
  const message = parseMessage(wire);
  if (message.kind === "parse-fault") throw new Error(`${message.reason} at ${message.where}`);
  return message;
}

/** Latin1 text that looks enough like SIP to get past the first line now and then. */
function debris(): fc.Arbitrary<string> {
  const scrap = fc.constantFrom(
    "\r\n",
    "\r",
    "\n",
    "\0",
    " ",
    "\t",
    ":",
    ";",
    ",",
    "<",
    ">",
    '"',
    "\\",
    "=",
    "%",
    "@",
    "[",
    "SIP/2.0",
    "INVITE ",
    "sip:a@b",
    "Via: ",
    "SIP/2.0/UDP h",
    "From: ",
    "To: ",
    "Call-ID: c",
    "CSeq: 1 INVITE",
    ";tag=",
    ";branch=",
    "Content-Length: 5",
    "__proto__: 1",
    "9".repeat(30),
  );
  const byte = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code));
  return fc.array(fc.oneof(scrap, byte), { maxLength: 60 }).map((parts) => parts.join(""));
}

/** A good message with one byte changed, or with pieces cut out or replaced by debris. */
function mutated(): fc.Arbitrary<string> {
  const byte = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code));
  const flip = fc.tuple(fc.nat(), fc.constant(1), byte);
  const edit = fc.tuple(fc.nat(), fc.nat(40), fc.oneof(debris(), fc.constant("")));
  const edits = fc.oneof(fc.tuple(flip), fc.array(edit, { minLength: 1, maxLength: 4 }));
  return fc.tuple(sipMessage(), edits).map(([message, changes]) => {
    let wire = serialize(message);
    for (const [place, length, insert] of changes) {
      const at = place % (wire.length + 1);
      wire = wire.slice(0, at) + insert + wire.slice(at + length);
    }
    return wire;
  });
}

/** Asks everything that can be asked about a message; throws when a reader does. */
function readAll(message: SipMessage): void {
  expect(topVia(message)).toBeDefined();
  from(message);
  to(message);
  cseq(message);
  contacts(message);
  expires(message);
  for (const { name } of message.headers) headerValues(message, name);
  if (message.kind === "request") expect(requestUri(message).kind).toBe("sip-uri");
}

test("what is serialized parses to itself", () => {
  fc.assert(
    fc.property(sipMessage(), (message) => {
      const first = parsed(serialize(message));
      expect(parsed(serialize(first))).toEqual(first);
      expect(serialize(first)).toBe(serialize(message));
      expect(first.body).toBe(message.body);
      expect(first.headers.filter((line) => line.name !== "content-length")).toEqual(
        message.headers,
      );
    }),
    { numRuns: 200 },
  );
});

test("any bytes give a value, and readers of an accepted message never throw", () => {
  let refused = 0;
  let accepted = 0;
  fc.assert(
    fc.property(fc.oneof(debris(), mutated()), (wire) => {
      const result = parseMessage(wire);
      if (result.kind === "parse-fault") {
        refused += 1;
        expect(result.partial === undefined).toBe(result.status === undefined);
        if (result.partial === undefined || result.status === undefined) return;
        const answer = respond(result.partial, result.status, { toTag: "edge" });
        expect(serialize(answer).split("\r\n\r\n")).toHaveLength(2);
        return;
      }
      accepted += 1;
      readAll(result);
      serialize(result);
    }),
    { numRuns: 1_500 },
  );
  expect(refused).toBeGreaterThan(100);
  expect(accepted).toBeGreaterThan(50);
});

test("an accepted message re-sent is one message to a receiver that splits at bare CR or LF", () => {
  fc.assert(
    fc.property(mutated(), (wire) => {
      const result = parseMessage(wire);
      if (result.kind === "parse-fault") return;
      const head = serialize(result).split("\r\n\r\n", 1)[0] ?? "";
      const lines = head.split(/\r\n|\r|\n/);
      const hasLength = result.headers.some((line) => line.name === "content-length");
      expect(lines).toHaveLength(result.headers.length + (hasLength ? 1 : 2));
    }),
    { numRuns: 500 },
  );
});

test("a stream cut anywhere gives the messages that were put in, and one pong for each ping", () => {
  const cuts = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 20 });
  const items = fc.array(fc.oneof(sipMessage(), fc.constant("ping" as const)), { maxLength: 4 });
  fc.assert(
    fc.property(items, cuts, (sent, sizes) => {
      const wire = sent.map((one) => (one === "ping" ? "\r\n\r\n" : serialize(one))).join("");
      let state = STREAM_START;
      let pongs = 0;
      const got: SipMessage[] = [];
      for (let at = 0, i = 0; at < wire.length; i += 1) {
        const size = sizes[i % sizes.length] ?? 1;
        const pushed = pushBytes(state, wire.slice(at, at + size));
        expect(pushed.close).toBeUndefined();
        expect(pushed.faults).toEqual([]);
        state = pushed.state;
        pongs += pushed.pongs;
        got.push(...pushed.messages);
        at += size;
      }
      expect(got.map(serialize)).toEqual(sent.filter((one) => one !== "ping").map(serialize));
      expect(pongs).toBe(sent.filter((one) => one === "ping").length);
      expect(state).toEqual(STREAM_START);
    }),
    { numRuns: 150 },
  );
});

test("any bytes on a stream give a value", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(debris(), mutated()), { maxLength: 4 }), (chunks) => {
      let state = STREAM_START;
      for (const chunk of chunks) {
        const pushed = pushBytes(state, chunk);
        expect(pushed.close === undefined || pushed.state.phase === "closed").toBe(true);
        state = pushed.state;
      }
    }),
    { numRuns: 500 },
  );
});

test("a Via put on top is the top one", () => {
  fc.assert(
    fc.property(sipMessage(), (message) => {
      if (message.kind !== "request") return;
      const via = { transport: "udp", host: "192.0.2.9", port: 5060, branch: "z9hG4bKx" };
      const sent = withTopVia(message, via);
      expect(topVia(sent)).toMatchObject(via);
      expect(sent.headers.slice(1)).toEqual(message.headers);
    }),
    { numRuns: 100 },
  );
});
