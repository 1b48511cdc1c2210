/** S12: what strangers, scanners and broken peers send. The right answer or silence, and it is counted. */
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { lowestHeap } from "../../loadtest/processes.ts";
import { waitFor } from "../../services/lib/testkit/wait-for.ts";
import { startPhone } from "../phone/phone.ts";
import { HostileTcp, HostileUdp, OFFER, request, statusOf, token, type Wish } from "./hostile.ts";
import { byNumber, DOMAIN, startWorld, type World } from "./world.ts";

const NET = 26;
const MOBILE = "09012345678";
const STRANGER = `127.0.${NET}.66`;
/** Another one: each source address has answers of its own to use up. */
const SCANNER = `127.0.${NET}.67`;
const BOUND_MS = 10_000;
/** Longer than SIP's own T1: what takes this long has stopped everybody's calls. */
const ALIVE_WITHIN_MS = 2_000;
/** Counters of the wire are copied into the metrics every 5 s. */
const COUNTED_WITHIN_MS = 10_000;

let world: World;
let udp: HostileUdp;
/** A socket at the trunk's address: what it sends is taken for the carrier. */
let carrier: HostileUdp;
let pid: number;

beforeAll(async () => {
  const collect = join(import.meta.dirname, "../../loadtest/collect-garbage.ts");
  world = await startWorld({
    net: NET,
    env: { KK_LOG_LEVEL: "info", NODE_OPTIONS: `--expose-gc --import=${collect}` },
  });
  pid = edgeProcess().child.pid;
  udp = new HostileUdp(STRANGER);
  carrier = new HostileUdp(`127.0.${NET}.101`);
  await Promise.all([udp.start(), carrier.start()]);
});

afterAll(async () => {
  udp?.stop();
  carrier?.stop();
  await world?.end();
});

/** Whatever a test sent: the same process, ready, answering. */
afterEach(async () => {
  await isAlive();
  expect(edgeProcess().child.pid).toBe(pid);
  expect((await fetch(`http://${edgeProcess().http}/readyz`)).status).toBe(200);
});

function edgeProcess() {
  const [edge] = world.cluster.of("edge");
  if (edge === undefined) throw new Error("no edge");
  return edge;
}

const number = (digits: string): string => `sip:${digits}@${world.edge.host}`;

const here = (): string => `sip:${world.edge.host}`;

async function isAlive(): Promise<void> {
  const answer = await udp.ask({ method: "OPTIONS", uri: here() }, world.edge, ALIVE_WITHIN_MS);
  expect(statusOf(answer)).toBe(200);
}

/** Status with which an INVITE is refused; its ACK is sent. */
async function refused(from: HostileUdp, given: Pick<Wish, "uri" | "from" | "extra">) {
  const wish = { ...given, callId: token(), branch: `z9hG4bK${token()}` };
  const answer = await from.ask({ ...wish, method: "INVITE", body: OFFER }, world.edge);
  await from.acknowledge(wish, answer, world.edge);
  return statusOf(answer);
}

/** A counter of the edge, of one label value. */
async function counted(name: string, label: string): Promise<number> {
  const text = await (await fetch(`http://${edgeProcess().http}/metrics`)).text();
  const line = text
    .split("\n")
    .find((one) => one.startsWith(`kakehashi_${name}{`) && one.includes(`="${label}"`));
  return line === undefined ? 0 : Number(line.slice(line.lastIndexOf(" ") + 1));
}

type Count = readonly [name: string, label: string, by: number];

/** Runs what must be counted; waits until each counter rose by so many, and by no more. */
async function expectCounted(counts: readonly Count[], work: () => Promise<void>): Promise<void> {
  const read = () => Promise.all(counts.map(([name, label]) => counted(name, label)));
  const before = await read();
  const risen = async () => (await read()).map((now, index) => now - (before[index] ?? 0));
  await work();
  const what = counts.map((count) => count.join(" ")).join(", ");
  await waitFor(
    async () => (await risen()).every((by, index) => by >= (counts[index]?.[2] ?? 0)),
    what,
    COUNTED_WITHIN_MS,
  );
  expect(await risen()).toEqual(counts.map(([, , by]) => by));
}

describe("who is not known", () => {
  it("an INVITE without a SIP identity from an unknown address gets 403", async () => {
    await expectCounted([["sip_authentications_total", "stranger-refused", 1]], async () => {
      const from = "<tel:+81399990000>";
      expect(await refused(udp, { uri: number("05055551010"), from })).toBe(403);
    });
  });

  it("a scanner gets 20 answers and one more a second, then hears nothing", async () => {
    const scanner = new HostileUdp(SCANNER);
    await scanner.start();
    const calls = Array.from({ length: 60 }, token);
    const from = Date.now();
    for (const callId of calls) {
      const wish = { method: "REGISTER", uri: here(), callId };
      await scanner.send(
        request({ ...wish, from: `<sip:100@pbx.invalid>`, here: scanner.here }),
        world.edge,
      );
    }
    await waitFor(
      async () => (await counted("sip_registers_total", "ignored")) >= 1,
      "the last ones are ignored",
    );
    await isAlive();
    const seconds = Math.ceil((Date.now() - from) / 1000);
    const answered = calls.filter((callId) => scanner.finals(callId).length > 0);
    expect(answered.length).toBeGreaterThanOrEqual(20);
    expect(answered.length).toBeLessThanOrEqual(20 + seconds);
    expect(await counted("sip_registers_total", "ignored")).toBe(calls.length - answered.length);
    scanner.stop();
  });

  it.each([
    ["a wrong password", "1001", "wrong-password"],
    ["an extension that does not exist", "1999", "unknown-user"],
  ])("%s gets 401 and nothing else", async (_title, user, outcome) => {
    const phone = await startPhone({
      bind: { host: STRANGER, port: 0 },
      user,
      domain: DOMAIN,
      password: "guessed",
      registrar: world.edge,
    });
    await expectCounted([["sip_authentications_total", outcome, 1]], async () => {
      expect((await phone.register({ expires: 300 })).status).toBe(401);
    });
    await phone.close();
  });

  it("a call of the carrier to a number that nobody has gets 404", async () => {
    await expectCounted([["calls_failed_total", "refused", 1]], async () => {
      expect(await refused(carrier, { uri: number("05055559999") })).toBe(404);
    });
  });
});

describe("what is no SIP", () => {
  it("garbage is met with silence", async () => {
    const before = udp.received.length;
    const counts: readonly Count[] = [
      ["sip_malformed_total", "bad-start-line", 1],
      ["sip_malformed_total", "control-character", 2],
      ["sip_malformed_total", "head-not-terminated", 1],
    ];
    await expectCounted(counts, async () => {
      await udp.send("hello\r\n\r\n", world.edge);
      await udp.send("\0".repeat(600), world.edge);
      await udp.send(String.fromCharCode(...Array.from({ length: 256 }).keys()), world.edge);
      await udp.send("OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h\r\n", world.edge);
    });
    expect(udp.received.slice(before)).toEqual([]);
  });

  it("64 kB as one line and a line break inside a header get 513 and 400", async () => {
    const counts: readonly Count[] = [
      ["sip_malformed_total", "line-too-long", 1],
      ["sip_malformed_total", "control-character", 1],
    ];
    await expectCounted(counts, async () => {
      const long = `Subject: ${"x".repeat(64_500)}\r\n`;
      const one = await udp.ask({ method: "OPTIONS", uri: here(), extra: long }, world.edge);
      expect(statusOf(one)).toBe(513);
      const broken = "Subject: hi\nRoute: <sip:evil.invalid;lr>\r\n";
      const other = await udp.ask({ method: "BYE", uri: here(), extra: broken }, world.edge);
      expect(statusOf(other)).toBe(400);
    });
  });

  it("a datagram of 64 kB whose body is as long is read, and answered", async () => {
    const body = "x".repeat(64_500);
    const answer = await udp.ask({ method: "OPTIONS", uri: here(), body }, world.edge);
    expect(statusOf(answer)).toBe(200);
  });
});

describe("what is SIP, but not well meant", () => {
  it("headers with the names of JavaScript's own properties go no further", async () => {
    world.carrier.setBehaviour(byNumber({ [MOBILE]: { kind: "reject", status: 486 } }));
    const names = ["__proto__", "constructor", "toString", "X%3A%20y%0D%0ARoute"];
    const extra = names.map((name) => `${name}: <sip:evil.invalid;lr>\r\n`).join("");
    expect(await refused(carrier, { uri: number("05055551010"), extra })).toBe(486);
    const invite = world.carrier.log.requests("INVITE", "in").at(-1)?.raw ?? "";
    expect(invite).toContain(MOBILE);
    expect(invite).not.toMatch(/evil|__proto__|constructor|toString|native code/i);
  });

  it("the same call over a second path gets 482, the first goes on", async () => {
    world.carrier.setBehaviour(byNumber({ [MOBILE]: { kind: "ring" } }));
    const wish = { method: "INVITE", uri: number("05055551010"), callId: token(), body: OFFER };
    const branch = `z9hG4bK${token()}`;
    const first = { ...wish, branch };
    const merged = `z9hG4bK${token()}`;
    await carrier.send(request({ ...first, here: carrier.here }), world.edge);
    await waitFor(() => carrier.received.some((text) => statusOf(text) === 180), "it rings");
    const counts: readonly Count[] = [
      ["invites_refused_total", "merged", 1],
      ["sip_requests_repeated_in_total", "INVITE", 2],
    ];
    await expectCounted(counts, async () => {
      const refusal = await carrier.ask({ ...wish, branch: merged }, world.edge);
      expect(statusOf(refusal)).toBe(482);
      await carrier.acknowledge({ ...wish, body: "", branch: merged }, refusal, world.edge);
      await carrier.send(request({ ...first, here: carrier.here }), world.edge);
      await carrier.send(request({ ...first, here: carrier.here }), world.edge);
    });
    await carrier.send(
      request({ ...first, body: "", method: "CANCEL", here: carrier.here }),
      world.edge,
    );
    const cancelled = await waitFor(
      () => carrier.finals(wish.callId).find((text) => statusOf(text) === 487),
      "the first call ends with 487",
    );
    await carrier.acknowledge({ ...first, body: "" }, cancelled, world.edge);
    await waitFor(async () => (await world.channelsHeld()) === 0, "no channel is held");
  });

  it("a caller whose Contact names an impossible port hears the BYE where it called from", async () => {
    const answering = { kind: "answer", afterMs: 10, byeAfterMs: 50 } as const;
    world.carrier.setBehaviour(byNumber({ [MOBILE]: answering }));
    const contact = `<sip:x@127.0.${NET}.99:99999>`;
    const wish = { uri: number("05055551010"), callId: token(), contact };
    const answer = await carrier.ask({ ...wish, method: "INVITE", body: OFFER }, world.edge);
    expect(statusOf(answer)).toBe(200);
    await carrier.acknowledge(wish, answer, world.edge);
    const bye = await waitFor(
      () => carrier.received.find((text) => text.startsWith("BYE ") && text.includes(wish.callId)),
      "the BYE",
    );
    await carrier.accept(bye, world.edge);
    await waitFor(async () => (await world.channelsHeld()) === 0, "no channel is held");
  });
});

const LONG = 60_000;
/** Each stopped or ended a SIP stack in use elsewhere; all within one datagram. */
const STALLS: readonly (readonly [title: string, text: () => string])[] = [
  [
    "a status line of spaces, broken",
    () =>
      `SIP/2.0 200${" ".repeat(LONG)}a\nb\r\n${request(base()).split("\r\n").slice(1).join("\r\n")}`,
  ],
  ...["Contact", "To", "From", "Route", "Record-Route"].map(
    (name) =>
      [
        `${name} with spaces that never end`,
        () => request({ ...base(), extra: `${name}: <${" ".repeat(8_000)}\r\n` }),
      ] as const,
  ),
  [
    "Authorization without end",
    () => request({ ...base(), extra: `Authorization: ${"a".repeat(LONG)}\r\n` }),
  ],
  [
    "Authorization just as long as a line may be",
    () => request({ ...base(), extra: `Authorization: Digest ${"a,".repeat(4_000)}\r\n` }),
  ],
  [
    "Refer-To with spaces before its end",
    () => request({ ...base(), extra: `Refer-To: <sip:a@b>${" ".repeat(8_000)}x\r\n` }),
  ],
  [
    "more headers than anybody sends",
    () => request({ ...base(), extra: "a: b\r\n".repeat(LONG / 6) }),
  ],
  [
    "one header folded ten thousand times",
    () => request({ ...base(), extra: `Subject: a\r\n${" b\r\n".repeat(10_000)}` }),
  ],
  [
    "a Via of ten thousand parameters",
    () => request({ ...base(), extra: `Via: SIP/2.0/UDP h${";a".repeat(4_000)}\r\n` }),
  ],
  ["empty lines only", () => "\r\n".repeat(LONG / 2)],
  [
    "routes that cannot be written",
    () =>
      request({ ...base(), extra: "Record-Route: <tel:+1>\r\nRecord-Route: <sip:[::1];lr>\r\n" }),
  ],
  ["a port that does not exist", () => request({ ...base(), contact: "<sip:x@127.0.0.9:99999>" })],
];

const base = () =>
  ({
    method: "INVITE",
    uri: number("05055551010"),
    here: udp.here,
    from: "<tel:1>",
    body: OFFER,
  }) as const;

describe("what stopped others", () => {
  it.each(STALLS)("%s: OPTIONS is answered meanwhile", async (_title, text) => {
    for (let round = 0; round < 5; round += 1) {
      await udp.send(text(), world.edge);
      await isAlive();
    }
  });

  it("TCP: lines without a message, 60 kB of them: the connection is closed", async () => {
    const tcp = new HostileTcp(world.edge, STRANGER);
    await expectCounted([["sip_dropped_total", "framing", 1]], async () => {
      tcp.write("x\r\n\r\n".repeat(12_000));
      await waitFor(() => tcp.isClosed, "it is closed");
    });
    await isAlive();
    tcp.stop();
  });

  it("TCP: a Content-Length that is none, then data without end: closed, nothing is kept", async () => {
    const tcp = new HostileTcp(world.edge, STRANGER);
    const options = request({ ...base(), method: "OPTIONS", transport: "TCP", body: "" });
    tcp.write(options.replace(/Content-Length: \d+/, "Content-Length: abc"));
    await waitFor(() => tcp.answers(400) === 1, "it is refused");
    for (let part = 0; part < 100 && !tcp.isClosed; part += 1) {
      tcp.write("y".repeat(1 << 20));
      await isAlive();
    }
    await waitFor(() => tcp.isClosed, "it is closed");
    tcp.stop();
  });

  it("TCP: a message that never ends is cut off at 64 kB", async () => {
    const tcp = new HostileTcp(world.edge, STRANGER);
    tcp.write("OPTIONS sip:a@b SIP/2.0\r\n");
    for (let part = 0; part < 100 && !tcp.isClosed; part += 1) {
      tcp.write(`Subject: ${"y".repeat(8_000)}\r\n`);
      await isAlive();
    }
    await waitFor(() => tcp.isClosed, "it is closed");
    tcp.stop();
  });

  it("TCP: 300 requests in one write are all answered", async () => {
    const tcp = new HostileTcp(world.edge, STRANGER);
    const wish = { ...base(), method: "OPTIONS", transport: "TCP", body: "" } as const;
    tcp.write(Array.from({ length: 300 }, () => request(wish)).join(""));
    await waitFor(() => tcp.answers(200) === 300, "300 answers", BOUND_MS);
    expect(tcp.isClosed).toBe(false);
    tcp.stop();
  });
});

describe("many of them", () => {
  it("ten thousand hostile datagrams leave nothing behind, and a call goes through", async () => {
    await flood(10_000);
    const { child, http } = edgeProcess();
    const before = await lowestHeap(child.pid, http);
    await flood(10_000);
    const after = await lowestHeap(child.pid, http);
    expect(after / before).toBeLessThan(1.1);
    world.carrier.setBehaviour(byNumber({ [MOBILE]: { kind: "answer", afterMs: 20 } }));
    const call = world.caller.call("05055551010");
    const talk = await call.answered(BOUND_MS);
    await talk.bye();
    await waitFor(async () => (await world.channelsHeld()) === 0, "no channel is held");
    expect(world.carrier.callsUp).toBe(0);
  });
});

/** Datagrams of all kinds, in portions, each followed by one that must be answered. */
async function flood(count: number): Promise<void> {
  const texts = STALLS.map(([, text]) => text().slice(0, 2_000));
  const junk = () => String.fromCharCode(...Array.from({ length: 40 }, (_, n) => (n * 31) % 256));
  for (let sent = 0; sent < count; sent += 1) {
    const known = texts[sent % (texts.length * 2)];
    const wish = { ...base(), from: `<sip:${sent}@scan.invalid>` };
    await udp.send(known ?? (sent % 2 === 0 ? request(wish) : junk()), world.edge);
    if (sent % 50 === 0) await isAlive();
  }
  await isAlive();
}
