import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ackOf2xx, dialogFromSentInvite, requestInDialog } from "../src/core/dialog/dialog.ts";
import { cseq, header, topVia } from "../src/core/message/fields.ts";
import type { Endpoint, SipRequest, SipResponse } from "../src/core/message/message.ts";
import { respond } from "../src/core/message/serialize.ts";
import type { ClientTransaction } from "../src/shell/endpoint.ts";
import { LossyRelay } from "./lossy-relay.ts";
import {
  answerAll,
  eventually,
  eventuallyHas,
  Phone,
  ringOnly,
  SkippingClock,
  silent,
  toTag,
} from "./phone.ts";
import { RawTcp, RawUdp, rawRequest, SilentTcpServer } from "./raw-peer.ts";

let clock: SkippingClock;
let open: { stop(): unknown }[];

beforeEach(() => {
  clock = new SkippingClock();
  open = [];
});

afterEach(async () => {
  for (const one of open) await one.stop();
});

async function started(phone: Phone): Promise<Phone> {
  open.push(phone.endpoint);
  await phone.endpoint.start();
  return phone;
}

/** Acknowledges the last response, a 2xx; returns the dialog as the ACK left it. */
function acknowledge(call: ClientTransaction, to: Endpoint, ok: SipResponse) {
  const dialog = dialogFromSentInvite(call.request, ok);
  if (dialog === null) throw new Error("the 2xx made no dialog");
  call.acknowledge(ackOf2xx(dialog, call.request), to);
  return dialog;
}

function last<T>(list: readonly T[]): T {
  const item = list.at(-1);
  if (item === undefined) throw new Error("nothing there yet");
  return item;
}

describe.each(["udp", "tcp"] as const)("two endpoints over %s", (transport) => {
  it("INVITE, 180, 200, ACK, BYE, 200: RFC 3665 3.1", async () => {
    const caller = await started(new Phone(clock, silent));
    const callee = await started(new Phone(clock, answerAll));
    const to = callee.address(transport);
    const call = caller.endpoint.sendRequest(caller.outgoing("INVITE", transport), to, caller);
    await eventually(() => expect(caller.statuses()).toEqual([180, 200]));
    const dialog = acknowledge(call, to, last(caller.responses));
    await eventuallyHas(callee.acks, 1);
    const bye = requestInDialog(dialog, { method: "BYE" });
    caller.endpoint.sendRequest(bye.request, to, caller);
    await eventually(() => expect(caller.statuses()).toEqual([180, 200, 200]));
    expect(callee.requests.map((one) => one.method)).toEqual(["INVITE", "BYE"]);
    const byeIn = last(callee.requests);
    expect(cseq(byeIn)).toEqual({ number: 2, method: "BYE" });
    expect(toTag(byeIn)).toBe(callee.tag);
    clock.skip(33_000);
    await eventually(() => {
      expect(callee.endpoint.counters()).toMatchObject({
        serverTransactions: 0,
        clientTransactions: 0,
        acceptedInvites: 0,
      });
    });
    await eventually(() => expect(caller.endpoint.counters().clientTransactions).toBe(0));
    expect(callee.ackMissing).toEqual([]);
    expect(callee.endpoint.counters().responsesRepeatedOut).toEqual({});
  });

  it("9.1, 9.2: CANCEL while ringing gets its 200, the INVITE 487 and an ACK", async () => {
    const caller = await started(new Phone(clock, silent));
    const callee = await started(new Phone(clock, ringOnly));
    const to = callee.address(transport);
    const call = caller.endpoint.sendRequest(caller.outgoing("INVITE", transport), to, caller);
    await eventually(() => expect(caller.statuses()).toEqual([180]));
    call.cancel([["Reason", 'SIP;cause=200;text="Call completed elsewhere"']]);
    call.cancel();
    await eventually(() => expect(caller.statuses()).toEqual([180, 487]));
    expect(callee.cancels).toHaveLength(1);
    const cancel = last(callee.cancels);
    expect(header(cancel, "reason")).toBe('SIP;cause=200;text="Call completed elsewhere"');
    expect(topVia(cancel)?.branch).toBe(topVia(call.request)?.branch);
    await eventually(() => expect(callee.endpoint.counters().requestsIn["ACK"]).toBe(1));
    // The ACK of a refusal belongs to its transaction and is not reported.
    expect(callee.acks).toEqual([]);
    expect(caller.endpoint.counters().responsesIn).toEqual({ 180: 1, 200: 1, 487: 1 });
    // Nobody asks for an ACK that came.
    clock.skip(32_500);
    await eventually(() => expect(callee.endpoint.counters().serverTransactions).toBe(0));
    expect(callee.ackMissing).toEqual([]);
  });

  it("9.1: a CANCEL before the first response waits for it", async () => {
    const held: (() => void)[] = [];
    const caller = await started(new Phone(clock, silent));
    const callee = await started(
      new Phone(clock, (received, transaction, phone) => {
        held.push(() => transaction.respond(phone.response(received, 180)));
      }),
    );
    const to = callee.address(transport);
    const call = caller.endpoint.sendRequest(caller.outgoing("INVITE", transport), to, caller);
    await eventuallyHas(held, 1);
    call.cancel();
    expect(caller.endpoint.counters().requestsOut).toEqual({ INVITE: 1 });
    last(held)();
    await eventually(() => expect(caller.statuses()).toEqual([180, 487]));
    expect(caller.endpoint.counters().requestsOut).toEqual({ INVITE: 1, CANCEL: 1, ACK: 1 });
  });

  it("13.3.1.4: a 2xx without ACK is repeated and then reported", async () => {
    const caller = await started(new Phone(clock, silent));
    const callee = await started(new Phone(clock, answerAll));
    const to = callee.address(transport);
    caller.endpoint.sendRequest(caller.outgoing("INVITE", transport), to, caller);
    await eventually(() => expect(caller.statuses()).toEqual([180, 200]));
    clock.skip(500);
    await eventually(() => expect(caller.statuses()).toEqual([180, 200, 200]));
    clock.skip(32_000);
    await eventually(() => expect(callee.ackMissing).toEqual([200]));
  });

  it("8.1.3.1: silence is reported as a timeout after 64*T1", async () => {
    const caller = await started(new Phone(clock, silent));
    const callee = await started(new Phone(clock, silent));
    const to = callee.address(transport);
    caller.endpoint.sendRequest(caller.outgoing("OPTIONS", transport), to, caller);
    await eventuallyHas(callee.requests, 1);
    clock.skip(32_100);
    await eventually(() => expect(caller.timeouts).toEqual(["no-response"]));
    expect(caller.endpoint.counters().clientTransactions).toBe(0);
    await eventually(() => {
      expect(callee.endpoint.counters().dropped).toEqual({ unanswered: 1 });
    });
  });

  it("17.2.1: an INVITE that is not answered in 200 ms gets 100, which is not passed up", async () => {
    const caller = await started(new Phone(clock, silent));
    const callee = await started(new Phone(clock, silent));
    const to = callee.address(transport);
    caller.endpoint.sendRequest(caller.outgoing("INVITE", transport), to, caller);
    await eventuallyHas(callee.requests, 1);
    clock.skip(200);
    await eventually(() => expect(caller.endpoint.counters().responsesIn).toEqual({ 100: 1 }));
    expect(caller.statuses()).toEqual([]);
  });

  it("a listener that throws loses that call of it only", async () => {
    const caller = await started(new Phone(clock, silent));
    const callee = await started(
      new Phone(clock, () => {
        throw new Error("layer above");
      }),
    );
    const to = callee.address(transport);
    caller.endpoint.sendRequest(caller.outgoing("OPTIONS", transport), to, caller);
    await eventuallyHas(callee.requests, 1);
    caller.endpoint.sendRequest(caller.outgoing("OPTIONS", transport), to, caller);
    await eventuallyHas(callee.requests, 2);
    expect(callee.endpoint.counters().dropped).toEqual({ "listener-fault": 2 });
  });

  it("E1: a full table answers 503 and refuses our own requests", async () => {
    const caller = await started(new Phone(clock, silent));
    const callee = await started(new Phone(clock, ringOnly, { transactionsMax: 1 }));
    const to = callee.address(transport);
    const invite = (): SipRequest => caller.outgoing("INVITE", transport);
    caller.endpoint.sendRequest(invite(), to, caller);
    await eventually(() => expect(caller.statuses()).toEqual([180]));
    caller.endpoint.sendRequest(invite(), to, caller);
    await eventually(() => expect(caller.statuses()).toEqual([180, 503]));
    expect(header(last(caller.responses), "retry-after")).toBe("5");
    callee.endpoint.sendRequest(callee.outgoing("OPTIONS", transport), to, callee);
    await eventually(() => expect(callee.errors).toEqual(["transaction table is full"]));
    expect(callee.endpoint.counters().dropped).toEqual({ "table-full": 2 });
  });
});

describe("lost datagrams", () => {
  async function through(relay: LossyRelay, callee: Phone): Promise<Endpoint> {
    open.push(relay);
    return relay.start(callee.address("udp"));
  }

  it("17.1.1.2, 13.2.2.4: INVITE, 200, ACK and BYE each lost once still make one call", async () => {
    const relay = new LossyRelay((line, seenBefore) => {
      const isPicked = line.startsWith("SIP/2.0 200") ? seenBefore === 0 : seenBefore < 1;
      return isPicked && !line.startsWith("SIP/2.0 180");
    });
    const caller = await started(new Phone(clock, silent));
    const callee = await started(new Phone(clock, answerAll));
    const to = await through(relay, callee);
    const call = caller.endpoint.sendRequest(caller.outgoing("INVITE", "udp"), to, caller);
    await eventually(() => expect(relay.count("INVITE")).toBe(1));
    clock.skip(500); // timer A
    await eventually(() => expect(relay.count("SIP/2.0 200")).toBe(1));
    clock.skip(500); // the 200 again
    await eventually(() => expect(caller.statuses()).toEqual([180, 200]));
    const dialog = acknowledge(call, to, last(caller.responses));
    await eventually(() => expect(relay.count("ACK")).toBe(1));
    expect(callee.acks).toEqual([]);
    clock.skip(1000); // the 200 again, answered by the endpoint with the same ACK
    await eventuallyHas(callee.acks, 1);
    expect(caller.statuses()).toEqual([180, 200]);
    caller.endpoint.sendRequest(requestInDialog(dialog, { method: "BYE" }).request, to, caller);
    await eventually(() => expect(relay.count("BYE")).toBe(1));
    clock.skip(500); // timer E
    await eventually(() => expect(caller.statuses()).toEqual([180, 200, 200]));
    expect(callee.requests.map((one) => one.method)).toEqual(["INVITE", "BYE"]);
  });

  it("17.2.1: a lost 486 is repeated by timer G, a lost ACK brings it again", async () => {
    let areAcksLost = true;
    const relay = new LossyRelay((line, seenBefore) =>
      line.startsWith("ACK") ? areAcksLost : line.startsWith("SIP/2.0 486") && seenBefore === 0,
    );
    const caller = await started(new Phone(clock, silent));
    const callee = await started(
      new Phone(clock, (received, transaction, phone) => {
        transaction.respond(phone.response(received, 486));
      }),
    );
    const to = await through(relay, callee);
    caller.endpoint.sendRequest(caller.outgoing("INVITE", "udp"), to, caller);
    await eventually(() => expect(relay.count("SIP/2.0 486")).toBe(1));
    clock.skip(500);
    await eventually(() => expect(relay.count("ACK")).toBeGreaterThan(0));
    areAcksLost = false;
    clock.skip(1000);
    await eventually(() => expect(callee.endpoint.counters().requestsIn["ACK"]).toBe(1));
    expect(caller.statuses()).toEqual([486]);
    clock.skip(32_000);
    await eventually(() => expect(callee.endpoint.counters().serverTransactions).toBe(0));
    expect(callee.ackMissing).toEqual([]);
  });

  it("17.2.2: a repeated BYE is answered with the same response and reported once", async () => {
    const relay = new LossyRelay((line, seenBefore) => line.startsWith("SIP/2.0") && !seenBefore);
    const caller = await started(new Phone(clock, silent));
    const callee = await started(new Phone(clock, answerAll));
    const to = await through(relay, callee);
    caller.endpoint.sendRequest(caller.outgoing("BYE", "udp"), to, caller);
    await eventually(() => expect(relay.count("SIP/2.0 200")).toBe(1));
    clock.skip(500);
    await eventually(() => expect(caller.statuses()).toEqual([200]));
    expect(callee.requests).toHaveLength(1);
    expect(callee.endpoint.counters().requestsRepeatedIn).toEqual({ BYE: 1 });
    expect(callee.endpoint.counters().responsesRepeatedOut).toEqual({ 200: 1 });
  });
});

describe("hostile and broken peers", () => {
  const listening = async (): Promise<Phone> => started(new Phone(clock, answerAll));

  async function stillAnswers(callee: Phone): Promise<void> {
    const caller = await started(new Phone(clock, silent));
    for (const transport of ["udp", "tcp"] as const) {
      const options = caller.outgoing("OPTIONS", transport);
      caller.endpoint.sendRequest(options, callee.address(transport), caller);
    }
    await eventually(() => expect(caller.statuses()).toEqual([200, 200]));
  }

  async function datagrams(to: Endpoint, ...texts: readonly string[]): Promise<RawUdp> {
    const raw = new RawUdp();
    open.push(raw);
    await raw.start();
    for (const text of texts) raw.send(text, to);
    return raw;
  }

  it("garbage, header names of Object.prototype and 64 kB datagrams are counted, not fatal", async () => {
    const callee = await listening();
    await datagrams(
      callee.address("udp"),
      "\0\0\0\0",
      "\r\n\r\n",
      "x".repeat(65_000),
      `SIP/2.0 200${" ".repeat(60_000)}a\nb\r\n\r\n`,
      "INVITE sip:a@b SIP/2.0\r\n__proto__: x\r\nconstructor: y\r\n\r\n",
    );
    await eventually(() => {
      const { malformed } = callee.endpoint.counters();
      expect(Object.values(malformed).reduce((sum, count) => sum + count, 0)).toBe(4);
    });
    await stillAnswers(callee);
  });

  it("8.2: a malformed request gets a 400 to where it came from, a malformed response nothing", async () => {
    const callee = await listening();
    const bad = rawRequest("OPTIONS", "Content-Length: 99\r\n");
    const raw = await datagrams(
      callee.address("udp"),
      bad.replace("OPTIONS sip:a@127.0.0.1 SIP/2.0", "SIP/2.0 200 OK"),
      bad,
    );
    await eventuallyHas(raw.received, 1);
    expect(raw.received[0]).toMatch(/^SIP\/2\.0 400 /);
    expect(callee.endpoint.counters().malformed).toEqual({ "body-too-short": 2 });
  });

  it("RE3: stateless answers are limited, the rest is dropped and counted", async () => {
    const callee = await listening();
    const bad = rawRequest("OPTIONS", "Content-Length: 99\r\n");
    const raw = await datagrams(callee.address("udp"), ...new Array<string>(300).fill(bad));
    await eventually(() => {
      expect(callee.endpoint.counters().malformed["body-too-short"]).toBe(300);
    });
    const limited = callee.endpoint.counters().dropped["rate-limited"] ?? 0;
    expect(limited).toBeGreaterThan(50);
    await eventuallyHas(raw.received, 300 - limited);
  });

  it.each([
    ["port 0", { transport: "udp", host: "127.0.0.1", port: 0 }],
    ["port 99999", { transport: "udp", host: "127.0.0.1", port: 99_999 }],
    ["a host name", { transport: "udp", host: "no.such.host", port: 5060 }],
    ["another address family", { transport: "udp", host: "::1", port: 5060 }],
    ["TCP port 0", { transport: "tcp", host: "127.0.0.1", port: 0 }],
    ["TCP port 99999", { transport: "tcp", host: "127.0.0.1", port: 99_999 }],
    ["a TCP port where nobody listens", { transport: "tcp", host: "127.0.0.1", port: 1 }],
  ] as const)("18.4: sending to %s is a transport error of that request only", async (_, to) => {
    const caller = await listening();
    caller.endpoint.sendRequest(caller.outgoing("INVITE", to.transport), to, caller);
    expect(caller.errors).toEqual([]);
    await eventuallyHas(caller.errors, 1);
    expect(caller.endpoint.counters().clientTransactions).toBe(0);
    await stillAnswers(caller);
  });

  it("18.4: an answer that the kernel refuses is reported, each time a timer sends it", async () => {
    const filler: readonly [string, string][] = [["X-Filler", "x".repeat(70_000)]];
    const callee = await started(
      new Phone(clock, (received, transaction, phone) => {
        transaction.respond(respond(received, 486, { toTag: phone.tag, headers: filler }));
      }),
    );
    await datagrams(callee.address("udp"), rawRequest("INVITE", ""));
    await eventuallyHas(callee.serverErrors, 1);
    clock.skip(500);
    await eventuallyHas(callee.serverErrors, 2);
    clock.skip(33_000);
    await eventually(() => expect(callee.ackMissing).toEqual([486]));
  });

  it("9.2: a CANCEL that comes after the answer gets 200 and has no effect", async () => {
    const callee = await listening();
    const raw = await datagrams(
      callee.address("udp"),
      rawRequest("INVITE", ""),
      rawRequest("CANCEL", ""),
    );
    await eventually(() => expect(raw.received.join("\n")).toContain("CSeq: 1 CANCEL"));
    const statuses = raw.received.map((text) => text.slice(8, 11));
    expect(statuses).toEqual(["180", "200", "200"]);
    expect(callee.cancels).toEqual([]);
    // 9.2: the same To tag as the answer to the INVITE.
    expect(raw.received[2]).toContain(`To: <sip:a@127.0.0.1>;tag=${callee.tag}`);
  });

  it("9.2: a CANCEL that fits no INVITE gets 481", async () => {
    const callee = await listening();
    const raw = await datagrams(callee.address("udp"), rawRequest("CANCEL", ""));
    await eventuallyHas(raw.received, 1);
    expect(raw.received[0]).toMatch(/^SIP\/2\.0 481 /);
    expect(callee.requests).toEqual([]);
  });

  it("17.1.1.2: a stray 2xx with our sent-by is reported, other strays are only counted", async () => {
    const callee = await listening();
    const { port } = callee.address("udp");
    const stray = (status: number, host: string): string =>
      rawRequest("INVITE", "")
        .replace("INVITE sip:a@127.0.0.1 SIP/2.0", `SIP/2.0 ${status} X`)
        .replace(/UDP [^;]*/, `UDP ${host}:${port}`);
    await datagrams(
      callee.address("udp"),
      stray(200, "192.0.2.1"),
      stray(486, "127.0.0.1"),
      stray(200, "127.0.0.1"),
    );
    await eventuallyHas(callee.strays, 1);
    expect(callee.endpoint.counters().dropped).toEqual({ "response-stray": 3 });
  });

  it("18.3: a TCP stream cut at every byte gives the same messages", async () => {
    const callee = await listening();
    const peer = await tcpPeer(callee.address("tcp"));
    const stream = ["1", "2", "3"]
      .map((branch) => rawRequest("OPTIONS", "", "sip:a@127.0.0.1", branch))
      .join("\r\n\r\n");
    for (const byte of stream) peer.write(byte);
    await eventually(() => expect(peer.text().match(/SIP\/2\.0 200/g)).toHaveLength(3));
    expect(callee.requests).toHaveLength(3);
    // RFC 5626 3.5.1: each CRLFCRLF between the messages was answered with CRLF.
    expect(peer.text().replace(/SIP\/2\.0 200[^]*?\r\n\r\n/g, "")).toBe("\r\n\r\n");
  });

  it("18.3: many messages in one write are all read", async () => {
    const callee = await listening();
    const peer = await tcpPeer(callee.address("tcp"));
    let stream = "";
    for (let i = 0; i < 300; i += 1) {
      stream += rawRequest("OPTIONS", "", "sip:a@127.0.0.1", String(i));
    }
    peer.write(stream);
    await eventually(() => expect(peer.text().match(/SIP\/2\.0 200/g)).toHaveLength(300));
  });

  it("F2: a stream that cannot be framed is answered, closed and reported", async () => {
    const callee = await listening();
    const peer = await tcpPeer(callee.address("tcp"));
    peer.write(rawRequest("OPTIONS", "Content-Length: abc\r\n"));
    await eventually(() => expect(peer.isClosed()).toBe(true));
    expect(peer.text()).toMatch(/^SIP\/2\.0 400 /);
    await eventuallyHas(callee.closedFlows, 1);
    expect(callee.endpoint.counters().dropped).toEqual({ framing: 1 });
    await stillAnswers(callee);
  });

  it("F1: a TCP peer that resets its connection disturbs nobody", async () => {
    const callee = await listening();
    const peer = await tcpPeer(callee.address("tcp"));
    peer.write(rawRequest("OPTIONS", ""));
    peer.reset();
    await eventuallyHas(callee.closedFlows, 1);
    await stillAnswers(callee);
    expect(callee.endpoint.counters().connections).toBe(1);
  });

  it("T2: connections beyond the cap are closed", async () => {
    const callee = await started(new Phone(clock, answerAll, { connectionsMax: 1 }));
    const first = await tcpPeer(callee.address("tcp"));
    const second = await tcpPeer(callee.address("tcp"));
    await eventually(() => expect(second.isClosed()).toBe(true));
    first.write(rawRequest("OPTIONS", ""));
    await eventually(() => expect(first.text()).toMatch(/^SIP\/2\.0 200/));
    expect(callee.endpoint.counters()).toMatchObject({ connections: 1, connectionsRefused: 1 });
  });

  it("F1: an idle connection is closed", async () => {
    const callee = await started(new Phone(clock, answerAll, { connectionIdleMs: 20 }));
    const peer = await tcpPeer(callee.address("tcp"));
    await eventually(() => expect(peer.isClosed()).toBe(true));
  });

  it("T1: a request to a flow uses that very connection", async () => {
    const callee = await listening();
    const peer = await tcpPeer(callee.address("tcp"));
    peer.write(rawRequest("REGISTER", ""));
    await eventuallyHas(callee.transactions, 1);
    const { source } = last(callee.transactions);
    // The host and port lead nowhere: only the flow can be meant.
    const to = { ...source, host: "127.0.0.1", port: 1 };
    callee.endpoint.sendRequest(callee.outgoing("OPTIONS", "tcp"), to, callee);
    await eventually(() => expect(peer.text()).toContain("OPTIONS sip:callee@127.0.0.1 SIP/2.0"));
    expect(callee.endpoint.counters().connections).toBe(1);
  });

  it("T4: no two lives of an endpoint give a connection the same flow id", async () => {
    const flows = [];
    for (let life = 1; life <= 2; life += 1) {
      const callee = await listening();
      const peer = await tcpPeer(callee.address("tcp"));
      peer.write(rawRequest("REGISTER", ""));
      await eventuallyHas(callee.transactions, 1);
      flows.push(last(callee.transactions).source.flow);
    }
    expect(flows[0]).toBeDefined();
    expect(flows[0]).not.toBe(flows[1]);
  });

  it("18.2.2: the answer to a closed TCP connection goes to the sent-by port of its source", async () => {
    const held: (() => void)[] = [];
    const callee = await started(
      new Phone(clock, (received, transaction, phone) => {
        held.push(() => transaction.respond(phone.response(received, 200)));
      }),
    );
    const caller = await started(new Phone(clock, silent));
    const peer = await tcpPeer(callee.address("tcp"));
    const sentBy = `127.0.0.1:${caller.address("tcp").port}`;
    peer.write(rawRequest("OPTIONS", "").replace("UDP 127.0.0.1:9", `TCP ${sentBy}`));
    await eventuallyHas(held, 1);
    peer.reset();
    await eventuallyHas(callee.closedFlows, 1);
    last(held)();
    await eventually(() => expect(caller.endpoint.counters().responsesIn).toEqual({ 200: 1 }));
  });

  it("F1: what waits for a TCP peer that does not read is bounded", async () => {
    const caller = await started(new Phone(clock, silent));
    const peer = new SilentTcpServer();
    open.push(peer);
    const to = await peer.start();
    const message = caller.outgoing("MESSAGE", "tcp");
    const large = { ...message, body: "x".repeat(60_000) };
    for (let i = 0; i < 400; i += 1) caller.endpoint.sendRequest(large, to, caller);
    await eventually(() => expect(caller.errors).toContain("peer reads too slowly"));
    // 1 MiB in the queue; what the kernel takes is its own affair.
    expect(caller.errors.length).toBeGreaterThan(200);
  });

  async function tcpPeer(to: Endpoint): Promise<RawTcp> {
    const peer = new RawTcp();
    open.push(peer);
    await peer.start(to);
    return peer;
  }
});
