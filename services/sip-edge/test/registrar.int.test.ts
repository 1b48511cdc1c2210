/**
 * Registration on real sockets and a real nats-server, with two edges that share their bindings:
 * telephones of the npm package `sip` (tools/phone), a bare client, and baresip where it is installed.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Phone, startPhone } from "../../../tools/phone/phone.ts";
import type { Extension } from "../../lib/telephony/ids.ts";
import { type NatsServer, startNatsServer } from "../../lib/testkit/nats-server.ts";
import { waitFor } from "../../lib/testkit/wait-for.ts";
import { header, headerValues } from "../src/core/message/fields.ts";
import { CONTACTS_MAX } from "../src/core/registration.ts";
import { openBindingsBucket } from "../src/shell/bindings-bucket.ts";
import { challengeOf, Registrant } from "./registrant.ts";
import {
  COMPANY,
  DOMAIN,
  passwordOf,
  type RegistrarEdge,
  startRegistrarEdge,
} from "./registrar-edge.ts";

let server: NatsServer;
let first: RegistrarEdge;
let second: RegistrarEdge;
let skippedMs = 0;
const closers: (() => unknown)[] = [];

/** The real clock, put forward by tests: none waits for an expiry. */
const now = (): number => Date.now() + skippedMs;
// The telephones of tools/phone know MD5 alone and find it behind the preferred one.
const algorithms = ["SHA-256", "MD5"] as const;

beforeAll(async () => {
  server = await startNatsServer();
});
afterAll(() => server.stop());

beforeEach(async () => {
  skippedMs = 0;
  first = await startRegistrarEdge(server, "edge-1", { now, algorithms });
  second = await startRegistrarEdge(server, "edge-2", { now, algorithms });
});
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
  await first.stop();
  await second.stop();
});

async function phone(
  extension: string,
  edge: RegistrarEdge,
  extra: { transport?: "udp" | "tcp"; password?: string } = {},
): Promise<Phone> {
  const started = await startPhone({
    bind: { host: "127.0.0.1", port: 0 },
    user: extension,
    domain: DOMAIN,
    password: passwordOf(extension),
    registrar: extra.transport === "tcp" ? edge.tcp : edge.udp,
    ...extra,
  });
  closers.push(() => started.close());
  return started;
}

async function registrant(extension: string, edge = first): Promise<Registrant> {
  const bare = new Registrant(extension, passwordOf(extension));
  await bare.start();
  bare.use(edge.udp);
  closers.push(() => bare.stop());
  return bare;
}

const bothKnow = (extension: string, count: number): Promise<unknown> =>
  waitFor(
    () => [first, second].every((edge) => edge.contactsOf(extension).length === count),
    `both edges know ${count} contacts of ${extension}`,
  );

const status = (response: { status: number }): number => response.status;

describe.each(["udp", "tcp"] as const)("a telephone over %s", (transport) => {
  const extension = transport === "udp" ? "1001" : "1002";

  it("registers with digest, is found by both edges, refreshes, and unregisters", async () => {
    const telephone = await phone(extension, first, { transport });
    expect(await telephone.register({ expires: 600 })).toMatchObject({ status: 200, expires: 600 });
    await bothKnow(extension, 1);
    for (const { bindings } of [first, second]) {
      const [binding] = bindings.bindingsOf(COMPANY, extension as Extension);
      expect(binding).toMatchObject({
        contactUri: expect.stringContaining(`sip:${extension}@${telephone.address.host}:`),
        edge: "edge-1",
        endpoint: { transport, host: "127.0.0.1" },
      });
      expect(binding?.endpoint.flow === undefined).toBe(transport === "udp");
    }
    expect(await telephone.register({ expires: 600 })).toMatchObject({ status: 200 });
    expect(first.registered.filter((outcome) => outcome !== "unauthenticated")).toEqual([
      "registered",
      "unchanged",
    ]);
    expect(await telephone.unregister()).toMatchObject({ status: 200, contacts: [] });
    await bothKnow(extension, 0);
  });
});

describe("digest", () => {
  it("a wrong password is refused and counted, and nothing is bound", async () => {
    const telephone = await phone("1003", first, { password: "guess" });
    expect(await telephone.register()).toMatchObject({ status: 401 });
    expect(first.authenticated).toEqual(["challenged", "wrong-password"]);
    expect(first.contactsOf("1003")).toEqual([]);
  });

  it.each(["MD5", "SHA-256"] as const)("%s is accepted", async (algorithm) => {
    const bare = await registrant("1003");
    const answer = await bare.register({ contacts: [bare.contact] }, algorithm);
    expect(answer.status).toBe(200);
    expect(Date.parse(header(answer, "date") ?? "")).toBeGreaterThan(now() - 60_000);
    await bare.register({ contacts: ["*"], headers: ["Expires: 0"] });
  });

  it("a nonce of one edge is good at another: they share a secret that no setting gave them", async () => {
    const bare = await registrant("1004");
    const challenge = challengeOf(await bare.send({}), "SHA-256");
    bare.use(second.udp);
    expect((await bare.send({ credentials: bare.sign(challenge) })).status).toBe(200);
    expect(second.authenticated).toEqual(["extension"]);
  });

  it("an old nonce gets stale=true, which is no failure, and the next answer is accepted", async () => {
    const bare = await registrant("1004");
    const old = challengeOf(await bare.send({}), "SHA-256");
    skippedMs += 5 * 60_000 + 1;
    const refused = await bare.send({ credentials: bare.sign(old) });
    const fresh = challengeOf(refused, "SHA-256");
    expect([refused.status, fresh.isStale]).toEqual([401, true]);
    expect((await bare.send({ credentials: bare.sign(fresh) })).status).toBe(200);
    expect(first.authenticated).toEqual(["challenged", "stale", "extension"]);
  });

  it("a nonce count that was used is refused as stale", async () => {
    const bare = await registrant("1004");
    const challenge = challengeOf(await bare.send({}), "SHA-256");
    const answers = [];
    for (const nc of [1, 2, 2]) {
      answers.push(await bare.send({ credentials: bare.sign(challenge, nc) }));
    }
    expect(answers.map(status)).toEqual([200, 200, 401]);
    expect(first.authenticated.at(-1)).toBe("replayed");
  });

  it("10.3 step 4: a telephone cannot register another's address", async () => {
    const bare = await registrant("1004");
    const answer = await bare.register({ aor: "1005", contacts: [bare.contact] });
    expect([answer.status, first.registered.at(-1)]).toEqual([403, "wrong-aor"]);
    expect(first.contactsOf("1005")).toEqual([]);
  });
});

describe("several contacts", () => {
  it("two telephones of one extension at two edges are both there, and a star removes both", async () => {
    const desk = await phone("1005", first);
    const mobile = await phone("1005", second, { transport: "tcp" });
    expect((await desk.register()).contacts).toHaveLength(1);
    expect((await mobile.register()).contacts).toHaveLength(2);
    await bothKnow("1005", 2);
    expect(await desk.register({ contacts: ["*"], expires: 0 })).toMatchObject({
      status: 200,
      contacts: [],
    });
    await bothKnow("1005", 0);
  });

  it("registering at two edges at once loses none, and never passes the limit", async () => {
    const all = await Promise.all(
      Array.from({ length: CONTACTS_MAX + 2 }, (_, i) =>
        phone("1006", i % 2 === 0 ? first : second),
      ),
    );
    const replies = await Promise.all(all.map((telephone) => telephone.register()));
    expect(replies.map(status).sort()).toEqual([
      ...Array.from({ length: CONTACTS_MAX }, () => 200),
      403,
      403,
    ]);
    await bothKnow("1006", CONTACTS_MAX);
  });
});

describe("refusals", () => {
  it.each<
    [name: string, lines: readonly string[], answer: number, line: readonly [string, string]]
  >([
    ["too brief: 423", ["Contact: <sip:a@127.0.0.1>;expires=30"], 423, ["min-expires", "60"]],
    ["an extension we do not know: 420", ["Require: path"], 420, ["unsupported", "path"]],
    ["a star without Expires 0: 400", ["Contact: *"], 400, ["call-id", "bare-1007"]],
  ])("%s", async (_, headers, answer, [name, value]) => {
    const bare = await registrant("1007");
    const response = await bare.register({ headers });
    expect([response.status, header(response, name)]).toEqual([answer, value]);
  });

  it("a query answers the contacts and their time", async () => {
    const bare = await registrant("1007");
    await bare.register({ contacts: [`${bare.contact};q=0.7`], headers: ["Expires: 120"] });
    const answer = await bare.register({});
    const [contact = ""] = headerValues(answer, "contact");
    expect(contact).toMatch(/^<sip:1007@127\.0\.0\.1:\d+>;q=0\.7;expires=1[12]\d$/);
    skippedMs += 121_000;
    expect(headerValues(await bare.register({}), "contact")).toEqual([]);
    expect([first.contactsOf("1007"), second.contactsOf("1007")]).toEqual([[], []]);
  });
});

describe("the bucket", () => {
  it("an entry goes away by itself, and those who watch are told", async () => {
    const bucket = await openBindingsBucket(first.nats);
    const seen: (string | null)[] = [];
    const watch = await bucket.watch((key, { text }) => {
      if (key === "test.brief") seen.push(text);
    });
    if (watch === "unreachable") throw new Error("no watch");
    closers.push(() => watch.stop());
    const entry = { text: "here", revision: 0, lifetimeS: 1 };
    const written = await bucket.write("test.brief", entry);
    expect(written).toBeTypeOf("number");
    expect(await bucket.write("test.brief", entry)).toBe("conflict");
    await waitFor(() => seen.length === 2, "the entry came and went");
    expect(seen).toEqual(["here", null]);
    expect(await bucket.read("test.brief")).toMatchObject({ text: null });
    const { revision } = (await bucket.read("test.brief")) as { revision: number };
    expect(await bucket.write("test.brief", { ...entry, revision })).toBeTypeOf("number");
  });

  it("NATS away: 503 with Retry-After, telephones stay known; back: all is as before (R4)", async () => {
    const bare = await registrant("1008");
    await bare.register({ contacts: [bare.contact] });
    await bothKnow("1008", 1);
    await server.kill();
    await waitFor(() => !first.nats.isConnected(), "the edge knows that NATS is away");
    const away = await bare.register({ contacts: ["<sip:1008@127.0.0.1:9>"] });
    expect([away.status, header(away, "retry-after")]).toEqual([503, "5"]);
    expect([first.contactsOf("1008"), second.contactsOf("1008")]).toEqual([
      [bare.contact.slice(1, -1)],
      [bare.contact.slice(1, -1)],
    ]);
    await server.restart();
    const back = await waitFor(
      async () => {
        const answer = await bare.register({ contacts: ["<sip:1008@127.0.0.1:9>"] });
        return answer.status === 200 && answer;
      },
      "the registrar takes REGISTERs again",
      15_000,
    );
    expect(headerValues(back, "contact")).toHaveLength(2);
    await waitFor(
      () => second.contactsOf("1008").length === 2,
      "the other edge hears of it",
      15_000,
    );
  });
});

const BARESIP = "/usr/bin/baresip";
const MODULES = ["/usr/lib/baresip/modules", "/usr/lib/x86_64-linux-gnu/baresip/modules"];

describe.runIf(existsSync(BARESIP))("baresip", () => {
  it.each(["udp", "tcp"] as const)(
    "over %s registers, is found by all edges, and unregisters when it ends",
    async (transport) => {
      const folder = await mkdtemp(join(tmpdir(), "kakehashi-baresip-"));
      // Version 1.0 gives up ("Function not implemented") when SHA-256 is offered at all.
      const plain = { now, algorithms: ["MD5"] } as const;
      const md5Only = await startRegistrarEdge(server, "edge-3", plain);
      closers.push(() => md5Only.stop());
      const edge = transport === "udp" ? md5Only.udp : md5Only.tcp;
      const modules = MODULES.find((path) => existsSync(path)) ?? "";
      await writeFile(
        join(folder, "config"),
        `sip_listen 127.0.0.1:0\nmodule_path ${modules}\nmodule account.so\nmodule g711.so\n`,
      );
      const account = `<sip:1009@${DOMAIN};transport=${transport}>;auth_pass=${passwordOf("1009")}`;
      const outbound = `;outbound="sip:${edge.host}:${edge.port};transport=${transport}";regint=60`;
      await writeFile(join(folder, "accounts"), `${account}${outbound}\n`);
      const child = spawn(BARESIP, ["-f", folder, "-s"], { stdio: ["ignore", "pipe", "pipe"] });
      const said: string[] = [];
      child.stdout.on("data", (bytes) => said.push(String(bytes)));
      child.stderr.on("data", (bytes) => said.push(String(bytes)));
      const ended = new Promise((resolve) => child.once("exit", resolve));
      closers.push(async () => {
        child.kill("SIGKILL");
        await ended;
        await rm(folder, { recursive: true, force: true });
      });
      await bothKnow("1009", 1).catch((cause: unknown) => {
        throw new Error(`baresip did not register:\n${said.join("")}`, { cause });
      });
      child.kill("SIGTERM");
      await ended;
      await bothKnow("1009", 0);
      expect(md5Only.authenticated).toEqual(["challenged", "extension", "challenged", "extension"]);
      expect(md5Only.registered.filter((outcome) => outcome === "registered")).toHaveLength(2);
    },
  );
});
