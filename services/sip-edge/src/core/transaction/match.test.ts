import { describe, expect, it } from "vitest";
import { topVia } from "../message/fields.ts";
import type { SipRequest } from "../message/message.ts";
import { parseMessage } from "../message/parse.ts";
import { respond } from "../message/serialize.ts";
import { ackKey, cancelledKey, serverKey } from "./match.ts";

interface Parts {
  readonly method?: string;
  readonly via?: string;
  readonly callId?: string;
  readonly seq?: number;
  readonly toTag?: string;
}

function received(parts: Parts): SipRequest {
  const { method = "INVITE", via = "192.0.2.1:5060;branch=z9hG4bKa", callId = "c" } = parts;
  const to = parts.toTag === undefined ? "<sip:a@b>" : `<sip:a@b>;tag=${parts.toTag}`;
  const message = parseMessage(
    `${method} sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP ${via}\r\nFrom: <sip:x@y>;tag=f\r\nTo: ${to}\r\n` +
      `Call-ID: ${callId}\r\nCSeq: ${parts.seq ?? 1} ${method}\r\nContent-Length: 0\r\n\r\n`,
  );
  if (message.kind !== "request") throw new Error(`test message is bad: ${message.kind}`);
  return message;
}

function key(parts: Parts): string {
  const request = received(parts);
  const via = topVia(request);
  if (via === undefined) throw new Error("no Via");
  return request.method === "CANCEL" ? cancelledKey(request, via) : serverKey(request, via);
}

describe("transaction keys", () => {
  it("17.2.3: an ACK and a CANCEL find their INVITE", () => {
    expect(key({ method: "ACK" })).toBe(key({}));
    expect(key({ method: "CANCEL" })).toBe(key({}));
  });

  it.each<[string, Parts]>([
    ["another branch", { via: "192.0.2.1:5060;branch=z9hG4bKb" }],
    ["another sent-by host", { via: "192.0.2.2:5060;branch=z9hG4bKa" }],
    ["another sent-by port", { via: "192.0.2.1:5061;branch=z9hG4bKa" }],
    ["another method", { method: "OPTIONS" }],
  ])("17.2.3: %s is another transaction", (_claim, parts) => {
    expect(key(parts)).not.toBe(key({}));
  });

  it("18.2.1: a sent-by without port is port 5060", () => {
    expect(key({ via: "192.0.2.1;branch=z9hG4bKa" })).toBe(key({}));
  });

  it("M3: without the magic cookie Call-ID, CSeq and From tag decide, and the ACK still matches", () => {
    const old = { via: "192.0.2.1:5060;branch=1" };
    expect(key({ ...old, method: "ACK", toTag: "t" })).toBe(key(old));
    expect(key({ ...old, callId: "d" })).not.toBe(key(old));
    expect(key({ ...old, seq: 2 })).not.toBe(key(old));
    expect(key({ via: "192.0.2.1:5060" })).toBe(key(old));
  });

  it("13.2.2.4: the ACK of a 2xx has the key of that 2xx, another CSeq or tag has not", () => {
    const ok = respond(received({ seq: 7 }), 200, { toTag: "t" });
    const ack = { method: "ACK", via: "192.0.2.9;branch=z9hG4bKother", seq: 7, toTag: "t" };
    expect(ackKey(received(ack))).toBe(ackKey(ok));
    expect(ackKey(received({ ...ack, seq: 8 }))).not.toBe(ackKey(ok));
    expect(ackKey(received({ ...ack, toTag: "u" }))).not.toBe(ackKey(ok));
  });
});
