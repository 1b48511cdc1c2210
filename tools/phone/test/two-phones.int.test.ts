/**
 * Two phones on real sockets, calling each other without anything in between, over UDP and TCP.
 * What is asserted is what the other side's wire carried, not what the sender believes.
 */
import { createSocket } from "node:dgram";
import { connect } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { Behaviour } from "../behaviour.ts";
import { headerValues } from "../log.ts";
import { type Phone, type PhoneOptions, startPhone } from "../phone.ts";
import { readAudioPort, readDirection } from "../sdp.ts";
import type { Transport } from "../stack.ts";

const BOUND_MS = 5_000;
const ELSEWHERE = 'SIP;cause=200;text="Call completed elsewhere"';

const running: Phone[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((phone) => phone.close()));
});

async function start(user: string, extra: Partial<PhoneOptions> = {}): Promise<Phone> {
  const bind = { host: "127.0.0.1", port: 0 };
  const phone = await startPhone({ bind, user, domain: "demo", ...extra });
  running.push(phone);
  return phone;
}

describe.each<Transport>(["udp", "tcp"])("two phones over %s", (transport) => {
  async function startPair(): Promise<{ caller: Phone; callee: Phone }> {
    const callee = await start("1002", { transport });
    const caller = await start("1001", { transport, outboundProxy: callee.address });
    return { caller, callee };
  }

  it("an answered call exchanges offer and answer and is acknowledged", async () => {
    const { caller, callee } = await startPair();
    const call = caller.call("1002", { displayName: "Front desk" });
    const incoming = await callee.nextCall(BOUND_MS);
    await incoming.answered(BOUND_MS);
    expect(await call.outcome(BOUND_MS)).toMatchObject({ kind: "answered" });
    expect(call.provisionals.map(({ status }) => status)).toEqual([100, 180]);
    expect(incoming.number).toBe("1002");
    expect(incoming.from).toBe("sip:1001@demo");
    const [invite] = callee.log.requests("INVITE", "in");
    const [ok] = caller.log.responses(200, "in");
    expect(headerValues(invite?.raw ?? "", "from")[0]).toContain('"Front desk"');
    expect(readAudioPort(invite?.body ?? "")).not.toBe(readAudioPort(ok?.body ?? ""));
    expect(callee.log.requests("ACK", "in")).toHaveLength(1);
  });

  it("the raw log holds the very bytes: sender's and receiver's text are the same", async () => {
    const { caller, callee } = await startPair();
    caller.call("1002", { headers: { "x-test": "kept" } });
    await (await callee.nextCall(BOUND_MS)).answered(BOUND_MS);
    const [sent] = caller.log.requests("INVITE", "out");
    const [received] = callee.log.requests("INVITE", "in");
    expect(received?.raw).toBe(sent?.raw);
    expect(received?.raw).toContain("X-Test: kept\r\n");
  });

  it("a busy phone answers 486 and the caller acknowledges it", async () => {
    const { caller, callee } = await startPair();
    callee.setBehaviour({ kind: "busy" });
    expect(await caller.call("1002").failed(BOUND_MS)).toBe(486);
    await callee.log.waitFor(({ method }) => method === "ACK", BOUND_MS);
    expect(callee.callsUp).toBe(0);
  });

  it.each<[string, Behaviour, number, number[]]>([
    ["refuses at once", { kind: "reject", status: 503 }, 503, [100]],
    [
      "rings, then refuses",
      { kind: "ring-then-reject", status: 603, afterMs: 20 },
      603,
      [100, 180],
    ],
  ])("a phone that %s", async (_, behaviour, status, provisionals) => {
    const { caller, callee } = await startPair();
    callee.setBehaviour(behaviour);
    const call = caller.call("1002");
    expect(await call.failed(BOUND_MS)).toBe(status);
    expect(call.provisionals.map((reply) => reply.status)).toEqual(provisionals);
  });

  it("a silent phone sends nothing at all", async () => {
    const { caller, callee } = await startPair();
    callee.setBehaviour({ kind: "silent" });
    caller.call("1002");
    await callee.nextCall(BOUND_MS);
    // A second call is answered on the same path, so a response to the first would have come before.
    callee.setBehaviour({ kind: "busy" });
    expect(await caller.call("1002").failed(BOUND_MS)).toBe(486);
    expect(caller.log.entries().filter((entry) => entry.direction === "in")).toHaveLength(2);
  });

  it("the behaviour may depend on the called number", async () => {
    const { caller, callee } = await startPair();
    callee.setBehaviour(({ number }) =>
      number.startsWith("+8190") ? { kind: "answer", afterMs: 0 } : { kind: "busy" },
    );
    expect(await caller.call("+81312345678").failed(BOUND_MS)).toBe(486);
    await caller.call("+819012345678").answered(BOUND_MS);
  });

  it("13.3.1: a phone stops ringing by itself when the INVITE's Expires is over", async () => {
    const { caller, callee } = await startPair();
    callee.setBehaviour({ kind: "ring" });
    const call = caller.call("1002", { headers: { expires: "1" } });
    const ringing = await callee.nextCall(BOUND_MS);
    expect(await ringing.outcome(BOUND_MS)).toEqual({ kind: "expired" });
    expect(await call.failed(BOUND_MS)).toBe(487);
  });

  it("CANCEL while ringing ends in 487 and its Reason is heard", async () => {
    const { caller, callee } = await startPair();
    callee.setBehaviour({ kind: "ring" });
    const call = caller.call("1002");
    await call.provisional(180, BOUND_MS);
    call.cancel(ELSEWHERE);
    expect(await call.failed(BOUND_MS)).toBe(487);
    const incoming = await callee.nextCall(BOUND_MS);
    expect(await incoming.outcome(BOUND_MS)).toEqual({ kind: "cancelled", reason: ELSEWHERE });
    expect(caller.log.responses(200, "in").map(({ method }) => method)).toEqual(["CANCEL"]);
  });

  it("9.1: a CANCEL asked for at once waits for the first provisional", async () => {
    const { caller, callee } = await startPair();
    callee.setBehaviour({ kind: "trying" });
    const call = caller.call("1002");
    call.cancel();
    expect(await call.failed(BOUND_MS)).toBe(487);
    const order = caller.log.entries().map((entry) => entry.startLine.split(" ")[1]);
    expect(order.indexOf("100")).toBeLessThan(
      caller.log
        .entries()
        .findIndex(({ method, status }) => method === "CANCEL" && status === null),
    );
  });

  it("a 200 that crosses our CANCEL is acknowledged and hung up", async () => {
    const { caller, callee } = await startPair();
    callee.setBehaviour({ kind: "answer-on-cancel" });
    const call = caller.call("1002");
    await call.provisional(180, BOUND_MS);
    call.cancel(ELSEWHERE);
    expect((await call.ended(BOUND_MS)).kind).toBe("hung-up");
    const incoming = await callee.nextCall(BOUND_MS);
    expect(await incoming.ended(BOUND_MS)).toMatchObject({ kind: "hung-up", by: "them" });
    expect(callee.log.requests("ACK", "in")).toHaveLength(1);
  });

  it("BYE from the caller ends both sides and carries its Reason", async () => {
    const { caller, callee } = await startPair();
    const dialog = await caller.call("1002").answered(BOUND_MS);
    const incoming = await callee.nextCall(BOUND_MS);
    await incoming.answered(BOUND_MS);
    expect(await dialog.bye("Q.850;cause=16")).toMatchObject({ status: 200 });
    expect(await incoming.ended(BOUND_MS)).toEqual({
      kind: "hung-up",
      by: "them",
      reason: "Q.850;cause=16",
    });
    expect([caller.callsUp, callee.callsUp]).toEqual([0, 0]);
  });

  it("BYE from the called side ends both sides", async () => {
    const { caller, callee } = await startPair();
    callee.setBehaviour({ kind: "answer", afterMs: 0, byeAfterMs: 10 });
    const call = caller.call("1002");
    expect(await call.ended(BOUND_MS)).toMatchObject({ kind: "hung-up", by: "them" });
    await caller.log.waitFor(({ method, status }) => method === "BYE" && status === 200, BOUND_MS);
  });

  it("re-INVITE, UPDATE and INFO pass in both directions, hold is mirrored", async () => {
    const { caller, callee } = await startPair();
    const ours = await caller.call("1002").answered(BOUND_MS);
    const theirs = await (await callee.nextCall(BOUND_MS)).answered(BOUND_MS);
    const held = await ours.reinvite({ direction: "sendonly" });
    expect(held.status).toBe(200);
    expect(readDirection(held.sdp)).toBe("recvonly");
    expect(await theirs.reinvite()).toMatchObject({ status: 200 });
    expect(await theirs.update()).toMatchObject({ status: 200 });
    expect(await ours.info("Signal=5\r\nDuration=160\r\n")).toMatchObject({ status: 200 });
    expect(callee.log.requests("INFO", "in")[0]?.body).toContain("Signal=5");
    await caller.log.waitFor(({ method, direction }) => method === "ACK" && direction === "in", 1);
    expect(callee.log.requests("ACK", "in")).toHaveLength(2);
  });

  it("a request for an unknown dialog gets 481, also after the end of a known one", async () => {
    const { caller } = await startPair();
    const dialog = await caller.call("1002").answered(BOUND_MS);
    expect((await dialog.bye()).status).toBe(200);
    expect((await dialog.info("late")).status).toBe(481);
  });
});

describe("what the package does not do for us", () => {
  it("13.3.1.4: a 200 is sent again until its ACK", async () => {
    const callee = await start("1002", { behaviour: { kind: "answer", afterMs: 0 } });
    // A caller that never acknowledges: a bare socket.
    const socket = createSocket("udp4").bind(0, "127.0.0.1");
    await new Promise((resolve) => socket.once("listening", resolve));
    const { port } = socket.address();
    const head = (method: string, seq: string, to: string): string =>
      `${method} sip:1002@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:${port};branch=z9hG4bK${method}\r\n` +
      `From: <sip:x@demo>;tag=f\r\nTo: <sip:1002@demo>${to}\r\nCall-ID: never-acked\r\nCSeq: ${seq}\r\n` +
      `Contact: <sip:x@127.0.0.1:${port}>\r\nContent-Length: 0\r\n\r\n`;
    socket.send(head("INVITE", "1 INVITE", ""), callee.address.port, "127.0.0.1");
    const again = await callee.log.waitFor(
      ({ status, retransmission }) => status === 200 && retransmission,
      BOUND_MS,
    );
    socket.send(
      head("ACK", "1 ACK", `;${again.raw.match(/^To:.*;(tag=\w+)/m)?.[1]}`),
      callee.address.port,
      "127.0.0.1",
    );
    expect((await (await callee.nextCall(BOUND_MS)).answered(BOUND_MS)).ended.value).toBeNull();
    socket.close();
  });

  it("a Contact with port 99999 is a fault in the log, not the end of the process", async () => {
    const callee = await start("1002", { behaviour: { kind: "answer", afterMs: 0 } });
    const caller = await start("1001", { outboundProxy: callee.address });
    const contact = "<sip:1001@127.0.0.1:99999>";
    const call = caller.call("1002", { headers: { contact } });
    await call.outcome(BOUND_MS);
    const dialog = await (await callee.nextCall(BOUND_MS)).answered(BOUND_MS);
    expect((await dialog.bye()).status).toBe(503);
    expect(callee.log.faults().join()).toContain("99999");
  });

  it("a Via that breaks the package's parser is contained and reported", async () => {
    const callee = await start("1002");
    const socket = createSocket("udp4");
    const text =
      "OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;__proto__;branch=z9hG4bK1\r\n" +
      "From: <sip:x@demo>;tag=f\r\nTo: <sip:a@b>\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\n\r\n";
    socket.send(text, callee.address.port, "127.0.0.1");
    await callee.log.waitFor(({ callId }) => callId === "c", BOUND_MS);
    const caller = await start("1001", { outboundProxy: callee.address });
    await caller.call("1002").answered(BOUND_MS);
    expect(callee.log.faults().join()).toContain("hasOwnProperty");
    socket.close();
  });

  it("a stream that overflows the package's stack costs that connection only", async () => {
    const callee = await start("1002", { transport: "tcp" });
    const stream = connect(callee.address.port, "127.0.0.1");
    stream.on("error", () => {});
    stream.write("x\r\n\r\n".repeat(12_000));
    await new Promise((resolve) => stream.once("close", resolve));
    expect(callee.log.faults().join()).toContain("call stack");
    const caller = await start("1001", { transport: "tcp", outboundProxy: callee.address });
    await caller.call("1002").answered(BOUND_MS);
  });

  it.each(["sip:1002@host.example", "sip:1002@127.0.0.1:0", "sip:1002@127.0.0.1:65536", "<>"])(
    "a call to %s fails at once with the reason",
    async (target) => {
      const caller = await start("1001");
      expect(await caller.call(target).outcome(BOUND_MS)).toMatchObject({
        kind: "failed",
        status: 503,
        reason: expect.stringContaining("is not an IPv4 address with a port"),
      });
    },
  );

  it("a refused TCP connection is a failed call, and the next one works", async () => {
    const callee = await start("1002", { transport: "tcp" });
    const caller = await start("1001", { transport: "tcp" });
    await callee.close();
    const via = callee.address;
    expect(await caller.call("1002", { via }).failed(BOUND_MS)).toBe(503);
    await start("1002", { transport: "tcp", bind: callee.address });
    await caller.call("1002", { via }).answered(BOUND_MS);
  });

  it("a taken port is a rejected start with the address in its text", async () => {
    const first = await start("1001");
    await expect(start("1002", { bind: first.address })).rejects.toThrow(
      `bind udp 127.0.0.1:${first.address.port}`,
    );
  });

  it("TCP calls leave from the phone's own address", async () => {
    const callee = await start("1002", { transport: "tcp" });
    const caller = await start("1001", {
      transport: "tcp",
      bind: { host: "127.0.1.1", port: 0 },
      outboundProxy: callee.address,
    });
    await caller.call("1002").answered(BOUND_MS);
    expect(callee.log.requests("INVITE", "in")[0]?.remote).toMatch(/^127\.0\.1\.1:/);
  });
});
