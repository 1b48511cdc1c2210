/**
 * Programs that are not ours at both ends: SIPp as the carrier, baresip as a telephone. What the
 * npm-sip phones cannot show: a real user agent's registration, hold and audio through our SIP.
 */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { waitFor } from "../../services/lib/testkit/wait-for.ts";
import { headerValues } from "../phone/log.ts";
import { type Sipp, startSipp } from "./sipp.ts";
import { type Softphone, startSoftphone } from "./softphone.ts";
import { DOMAIN, memberOf, type ShownRecord, SIP_PORT, startWorld, type World } from "./world.ts";

const NET = 27;
const CARRIER = `127.0.${NET}.101`;
const SOFTPHONE = `127.0.${NET}.202`;
const DIR = join(import.meta.dirname, "../../.run/e2e", String(NET));
const MOBILE = "09012345678";
/** baresip renews at nine tenths of what the registrar granted, which is 60 s or more. */
const RENEWED_WITHIN_MS = 80_000;

let world: World;
/** Registered from the beginning to the end, to see it renew. */
let lasting: Softphone;
const open: { softphones: Softphone[]; sipps: Sipp[]; sockets: Socket[] } = {
  softphones: [],
  sipps: [],
  sockets: [],
};
let started = 0;

beforeAll(async () => {
  world = await startWorld({ net: NET, carrierPort: 0 });
  lasting = await softphone("1006", { keep: true });
});

afterAll(async () => {
  await lasting?.stop();
  await world?.end();
});

afterEach(async () => {
  await Promise.all(open.sipps.splice(0).map((sipp) => sipp.kill()));
  await Promise.all(open.softphones.splice(0).map((phone) => phone.stop()));
  for (const socket of open.sockets.splice(0)) socket.close();
  await world.hangUpAll();
  await waitFor(async () => (await world.channelsHeld()) === 0, "no channel is held");
});

interface SoftphoneWish {
  readonly transport?: "udp" | "tcp";
  readonly answersAtOnce?: boolean;
  readonly keep?: boolean;
}

async function softphone(user: string, wish: SoftphoneWish = {}): Promise<Softphone> {
  started += 1;
  const phone = await startSoftphone({
    dir: join(DIR, `baresip-${started}`),
    host: SOFTPHONE,
    user,
    domain: DOMAIN,
    password: `e2e-pass-${user}`,
    registrar: world.edge,
    transport: wish.transport ?? "udp",
    answersAtOnce: wish.answersAtOnce ?? false,
  });
  if (wish.keep !== true) open.softphones.push(phone);
  return phone;
}

/** The carrier's audio: a socket of its own, since SIPp only speaks SIP here. */
async function audio(): Promise<Socket> {
  const socket = createSocket("udp4").bind(0, CARRIER);
  open.sockets.push(socket);
  await once(socket, "listening");
  return socket;
}

/** A call in over the trunk, by a scenario. */
async function callIn(
  scenario: string,
  number: string,
  { pauseMs = 0, audioPort = 40_000 } = {},
): Promise<Sipp> {
  const probe = await audio();
  const bind = { host: CARRIER, port: probe.address().port };
  open.sockets.splice(open.sockets.indexOf(probe), 1);
  await new Promise<void>((resolve) => probe.close(() => resolve()));
  return sipp({ scenario, bind, audioPort, pauseMs, calls: { ...world.edge, number } });
}

/** The mobile behind the trunk's gateway. */
const mobile = (ringMs: number): Promise<Sipp> =>
  sipp({
    scenario: "mobile-answers",
    bind: { host: CARRIER, port: SIP_PORT },
    audioPort: 40_002,
    pauseMs: ringMs,
  });

async function sipp(options: Omit<Parameters<typeof startSipp>[0], "dir">): Promise<Sipp> {
  started += 1;
  const running = await startSipp({ ...options, dir: join(DIR, `sipp-${started}`) });
  open.sipps.push(running);
  return running;
}

const seen = new Map<string, number>();

/** The record of the next call to a number, in the order of this file. */
async function nextRecord(number: string): Promise<ShownRecord> {
  const before = seen.get(number) ?? 0;
  seen.set(number, before + 1);
  const record = (await world.records(number, before + 1))[before];
  if (record === undefined) throw new Error(`no record of a call to ${number}`);
  return record;
}

/** Requests of a method that baresip got or sent. */
const traced = (phone: Softphone, direction: "in" | "out", startsWith: string): readonly string[] =>
  phone
    .trace()
    .filter((one) => one.direction === direction && one.raw.startsWith(startsWith))
    .map(({ raw }) => raw);

/** Where the first session description of a text wants its audio. */
function audioAddress(text: string): { readonly host: string; readonly port: number } {
  const host = /^c=IN IP4 (\S+)/m.exec(text)?.[1] ?? "";
  const port = Number(/^m=audio (\d+)/m.exec(text)?.[1]);
  return { host, port };
}

describe("S1 with SIPp as caller and mobile, baresip and a npm-sip phone as extensions", () => {
  it.each(["udp", "tcp"] as const)(
    "over %s baresip rings, hears that the call was completed elsewhere, and shows no call",
    async (transport) => {
      const phone = await softphone("1001", { transport });
      const desk = await world.telephone("1002", { kind: "ring" });
      const taker = await mobile(500);
      const caller = await callIn("caller-hangs-up", "05055551000", { pauseMs: 300 });
      await caller.ended();
      await taker.ended();
      await phone.heard("CALL_INCOMING");
      await phone.heard("CALL_CLOSED");
      expect(await phone.callsShown()).toBe(0);
      const [cancel] = traced(phone, "in", "CANCEL ");
      expect(headerValues(cancel ?? "", "reason")[0]).toContain(
        'SIP;cause=200;text="Call completed elsewhere"',
      );
      expect(desk.log.requests("CANCEL", "in")[0]?.reason).toContain("completed elsewhere");
      const record = await nextRecord("+815055551000");
      expect(record).toMatchObject({ disposition: "answered", endedBy: "caller" });
      expect(record.legs.map((leg) => [memberOf(leg), leg.endCause, leg.billable])).toEqual([
        ["1001", "cancelled-elsewhere", false],
        ["1002", "cancelled-elsewhere", false],
        ["+819012345678", "answered", true],
      ]);
    },
  );
});

describe("trunk to a standard number, baresip answers", () => {
  it.each(["udp", "tcp"] as const)("over %s, the caller hangs up", async (transport) => {
    const phone = await softphone("1011", { transport, answersAtOnce: true });
    const caller = await callIn("caller-hangs-up", "05055551011", { pauseMs: 300 });
    await caller.ended();
    await phone.heard("CALL_ESTABLISHED");
    await phone.heard("CALL_CLOSED");
    expect(await phone.callsShown()).toBe(0);
    const used = new Set(phone.trace().map((message) => message.transport));
    expect([...used]).toEqual([transport.toUpperCase()]);
    expect(await nextRecord("+815055551011")).toMatchObject({
      disposition: "answered",
      endedBy: "caller",
    });
  });

  it("baresip hangs up; audio went straight between both, each to the other's address", async () => {
    const phone = await softphone("1011", { answersAtOnce: true });
    const ear = await audio();
    const packets: { readonly port: number; readonly isTone: boolean }[] = [];
    ear.on("message", (packet, { port }) => {
      packets.push({ port, isTone: packet.subarray(RTP_HEADER_BYTES).includes(TONE) });
    });
    const options = { audioPort: ear.address().port };
    const caller = await callIn("caller-is-hung-up", "05055551011", options);
    await phone.heard("CALL_ESTABLISHED");
    const [invite = ""] = traced(phone, "in", "INVITE ");
    expect(audioAddress(invite)).toEqual({ host: CARRIER, port: ear.address().port });
    const answered = await waitFor(
      () => /SIP\/2.0 200 [^]*m=audio \d+ /.exec(caller.messages())?.[0],
      "SIPp logs the answer",
    );
    const there = audioAddress(answered);
    expect(there.host).toBe(SOFTPHONE);
    await waitFor(() => packets.length > 2, "baresip's audio arrives");
    // F1 of softphone.ts: what comes back as a tone has been heard there.
    const stop = speak(ear, there);
    await waitFor(() => packets.some(({ isTone }) => isTone), "the tone comes back").finally(stop);
    expect(new Set(packets.map(({ port }) => port))).toEqual(new Set([there.port]));
    await phone.command("hangup");
    await caller.ended();
    expect(await nextRecord("+815055551011")).toMatchObject({ endedBy: "callee" });
  });

  it("baresip holds and resumes: its offers reach the caller, the caller's answers reach it", async () => {
    const phone = await softphone("1011", { answersAtOnce: true });
    const caller = await callIn("caller-is-held", "05055551011");
    await phone.heard("CALL_ESTABLISHED");
    const answers = (direction: string): number =>
      traced(phone, "in", "SIP/2.0 200").filter((raw) => raw.includes(`a=${direction}`)).length;
    await phone.command("hold");
    await waitFor(() => answers("recvonly") === 1, "the caller's answer to the hold");
    await phone.command("resume");
    await waitFor(() => answers("sendrecv") === 1, "the caller's answer to the resume");
    await phone.command("hangup");
    await caller.ended();
    expect(await nextRecord("+815055551011")).toMatchObject({ endedBy: "callee" });
  });
});

describe("baresip calls", () => {
  it("D6: an extension whose relay leads outside; the mobile sees that extension's number", async () => {
    const phone = await softphone("1001");
    const taker = await mobile(200);
    await phone.command("dial", "1011");
    await phone.heard("CALL_RINGING");
    await phone.heard("CALL_ESTABLISHED");
    await phone.command("hangup");
    await taker.ended();
    const invite = /INVITE sip:[^]*?Content-Length/.exec(taker.messages())?.[0] ?? "";
    expect(invite).toContain(`INVITE sip:${MOBILE}@`);
    expect(headerValues(invite, "from")[0]).toContain("05055551011");
    expect(headerValues(invite, "p-asserted-identity")[0]).toContain("05055551011");
    expect(taker.messages()).not.toMatch(/\b1001\b/);
    const record = await nextRecord("1011");
    expect(record).toMatchObject({ disposition: "answered", endedBy: "caller" });
    expect(record.legs.map((leg) => [memberOf(leg), leg.endCause])).toEqual([
      ["1011", "unregistered"],
      ["+819012345678", "answered"],
    ]);
  });
});

describe("baresip's registration", () => {
  it("ends when it unregisters and begins anew when it registers again", async () => {
    const phone = await softphone("1001");
    const desk = await world.telephone("1002", { kind: "ring" });
    const ringsNow = async (): Promise<number> => {
      const before = traced(phone, "in", "INVITE ").length;
      const call = desk.call("1001");
      const outcome = await Promise.race([
        call.provisional(180, 10_000).then(() => 180),
        call.failed(10_000),
      ]);
      if (outcome === 180) {
        await waitFor(() => traced(phone, "in", "INVITE ").length > before, "baresip is called");
        call.cancel();
        await call.failed(10_000);
      }
      return outcome;
    };
    expect(await ringsNow()).toBe(180);
    await phone.unregister();
    await waitFor(async () => (await ringsNow()) === 480, "nobody is there");
    await phone.register();
    expect(await ringsNow()).toBe(180);
  });

  it(
    "is renewed in time, as one registration: same Call-ID, rising CSeq",
    async () => {
      await lasting.heard("REGISTER_OK", 2, RENEWED_WITHIN_MS);
      const sent = traced(lasting, "out", "REGISTER ");
      const callIds = new Set(sent.flatMap((raw) => headerValues(raw, "call-id")));
      const numbers = sent.map((raw) => Number.parseInt(headerValues(raw, "cseq")[0] ?? "", 10));
      expect(callIds.size).toBe(1);
      expect(numbers).toEqual([...numbers].sort((one, other) => one - other));
      expect(lasting.events.map(({ type }) => type)).not.toContain("REGISTER_FAIL");
    },
    RENEWED_WITHIN_MS + 10_000,
  );
});

const RTP_HEADER_BYTES = 12;
const PACKET_EVERY_MS = 20;
const SAMPLES_PER_PACKET = 160;
/** A loud PCMU sample; silence is 0xff or 0x7f. */
const TONE = 0x12;

/** Sends RTP from a socket every 20 ms until the result is called. */
function speak(from: Socket, to: { readonly host: string; readonly port: number }): () => void {
  let sequence = 0;
  const timer = setInterval(() => {
    const packet = Buffer.alloc(RTP_HEADER_BYTES + SAMPLES_PER_PACKET, TONE);
    packet[0] = 0x80;
    packet[1] = 0;
    packet.writeUInt16BE(sequence & 0xffff, 2);
    packet.writeUInt32BE(sequence * SAMPLES_PER_PACKET, 4);
    packet.writeUInt32BE(0x2727_2727, 8);
    sequence += 1;
    from.send(packet, to.port, to.host);
  }, PACKET_EVERY_MS);
  return () => clearInterval(timer);
}
