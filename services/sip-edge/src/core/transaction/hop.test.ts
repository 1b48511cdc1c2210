import { describe, expect, it } from "vitest";
import { headerValues, topVia } from "../message/fields.ts";
import type { Endpoint, SipRequest } from "../message/message.ts";
import { parseMessage } from "../message/parse.ts";
import type { Via } from "../message/via.ts";
import { responseTarget, withSource } from "./hop.ts";

const SOURCE: Endpoint = { transport: "udp", host: "192.0.2.9", port: 40_000 };

function options(...vias: readonly string[]): SipRequest {
  const lines = vias.map((via) => `Via: ${via}\r\n`).join("");
  const message = parseMessage(
    `OPTIONS sip:a@b SIP/2.0\r\n${lines}From: <sip:x@y>;tag=1\r\nTo: <sip:a@b>\r\n` +
      "Call-ID: c\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n",
  );
  if (message.kind !== "request") throw new Error("test message is bad");
  return message;
}

function viaOf(request: SipRequest): Via {
  const via = topVia(request);
  if (via === undefined) throw new Error("no Via");
  return via;
}

function noted(source: Endpoint, ...vias: readonly string[]): readonly string[] {
  const request = options(...vias);
  return headerValues(withSource(request, viaOf(request), source), "via");
}

describe("source of a request", () => {
  it("18.2.1: received is added when the sent-by host is not the source", () => {
    expect(noted(SOURCE, "SIP/2.0/UDP pc.example:5070;branch=z9hG4bKa")).toEqual([
      "SIP/2.0/UDP pc.example:5070;branch=z9hG4bKa;received=192.0.2.9",
    ]);
  });

  it("18.2.1: a sent-by host that is the source stays as it came", () => {
    const request = options("SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKa");
    expect(withSource(request, viaOf(request), SOURCE)).toBe(request);
  });

  it("RFC 3581 4: rport is filled and received always added, on the top Via only", () => {
    const vias = ["SIP/2.0/UDP 192.0.2.9;rport;branch=z9hG4bKa, SIP/2.0/UDP b;branch=z9hG4bKb"];
    expect(noted(SOURCE, ...vias, "SIP/2.0/UDP c;rport;branch=z9hG4bKc")).toEqual([
      "SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKa;received=192.0.2.9;rport=40000",
      "SIP/2.0/UDP b;branch=z9hG4bKb",
      "SIP/2.0/UDP c;rport;branch=z9hG4bKc",
    ]);
  });

  it("18.2.1: a received that the sender claims is replaced", () => {
    const [via] = noted(SOURCE, "SIP/2.0/UDP a;branch=z9hG4bKa;received=203.0.113.1");
    expect(via).toBe("SIP/2.0/UDP a;branch=z9hG4bKa;received=192.0.2.9");
  });

  it("a source port of 0 is not written into rport", () => {
    const [via] = noted({ ...SOURCE, port: 0 }, "SIP/2.0/UDP a;rport;branch=z9hG4bKa");
    expect(via).toBe("SIP/2.0/UDP a;branch=z9hG4bKa;received=192.0.2.9");
  });

  it("what the parser read is the same afterwards, the Via is the new one", () => {
    const request = options("SIP/2.0/UDP a;rport;branch=z9hG4bKa");
    const after = withSource(request, viaOf(request), SOURCE);
    expect(viaOf(after)).toMatchObject({ received: "192.0.2.9", rport: 40_000 });
    expect(after.checked?.from).toBe(request.checked?.from);
  });
});

describe("where a response goes", () => {
  const target = (via: string, source: Endpoint): Endpoint =>
    responseTarget(viaOf(options(via)), source);

  it.each([
    [
      "RFC 3581 4: with rport to the source port",
      "SIP/2.0/UDP a:5070;rport;branch=z9hG4bKa",
      40_000,
    ],
    ["18.2.2: without rport to the sent-by port", "SIP/2.0/UDP a:5070;branch=z9hG4bKa", 5070],
    ["18.2.2: without a port to 5060", "SIP/2.0/UDP a;branch=z9hG4bKa", 5060],
    ["maddr is not followed", "SIP/2.0/UDP a;maddr=203.0.113.7;branch=z9hG4bKa", 5060],
  ])("%s", (_claim, via, port) => {
    expect(target(via, SOURCE)).toEqual({ ...SOURCE, port });
  });

  it("18.2.2: over TCP to the flow, and if it is gone to the sent-by port", () => {
    const source: Endpoint = { ...SOURCE, transport: "tcp", flow: "tcp-7" };
    expect(target("SIP/2.0/TCP a:5070;rport;branch=z9hG4bKa", source)).toEqual({
      ...source,
      port: 5070,
    });
  });
});
