import { describe, expect, it } from "vitest";
import { createSplitter } from "./framing.ts";
import { headerValues, MessageLog } from "./log.ts";

const OPTIONS =
  "OPTIONS sip:a@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK1\r\n" +
  "f: <sip:b@demo>;tag=1\r\nt: <sip:a@127.0.0.1>\r\ni: one\r\nCSeq: 7 OPTIONS\r\n" +
  "X-Long: first\r\n second\r\nContent-Length: 4\r\n\r\nbody";

describe("the message log", () => {
  it("reads a request with short header names", () => {
    const log = new MessageLog();
    log.record("in", "127.0.0.1:9", OPTIONS);
    expect(log.entries()[0]).toMatchObject({
      method: "OPTIONS",
      status: null,
      callId: "one",
      cseq: 7,
      from: "sip:b@demo",
      body: "body",
      retransmission: false,
    });
  });

  it("marks what went the same way before, not the same text in the other direction", () => {
    const log = new MessageLog();
    for (const direction of ["out", "in", "out"] as const) log.record(direction, "x:1", OPTIONS);
    expect(log.entries().map(({ retransmission }) => retransmission)).toEqual([false, false, true]);
  });

  it("keeps no more than its capacity and counts what it dropped", () => {
    const log = new MessageLog(8);
    for (let n = 0; n < 20; n += 1) log.record("in", `x:${n}`, OPTIONS);
    expect(log.entries().length).toBeLessThanOrEqual(8);
    expect(log.entries().length + log.dropped).toBe(20);
    expect(log.entries().at(-1)?.remote).toBe("x:19");
  });

  it("keeps text that is no SIP message", () => {
    const log = new MessageLog();
    log.record("in", "x:1", "garbage");
    expect(log.entries()[0]).toMatchObject({ method: "", status: null, raw: "garbage" });
  });

  it("a wait that runs out tells what was seen", async () => {
    const log = new MessageLog();
    log.record("in", "x:1", OPTIONS);
    log.fault("socket closed");
    await expect(log.waitFor(() => false, 1, "the BYE")).rejects.toThrow(
      /the BYE: not within 1 ms\n.*OPTIONS sip:a@127.0.0.1[^]*fault: socket closed/,
    );
  });

  it("header values are found by full name, folded lines joined, bodies left out", () => {
    expect(headerValues(OPTIONS, "Call-ID")).toEqual(["one"]);
    expect(headerValues(OPTIONS, "x-long")).toEqual(["first second"]);
    expect(headerValues(`${OPTIONS}\r\nVia: no`, "via")).toHaveLength(1);
  });
});

describe("messages of a stream", () => {
  it.each([1, 7, 100, 10_000])("are the same in chunks of %i bytes", (size) => {
    const wire = `${OPTIONS}\r\n\r\n${OPTIONS}${OPTIONS.slice(0, 50)}`;
    const split = createSplitter();
    const messages: string[] = [];
    for (let at = 0; at < wire.length; at += size)
      messages.push(...split(wire.slice(at, at + size)));
    expect(messages).toEqual([OPTIONS, OPTIONS]);
  });
});
