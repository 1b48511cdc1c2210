/**
 * The phone against SIPp's built-in scenarios: a third implementation, over UDP and TCP.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Phone, startPhone } from "../phone.ts";
import type { Transport } from "../stack.ts";

const BOUND_MS = 15_000;
let folder = "";
const phones: Phone[] = [];
const children: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "phone-sipp-"));
});

afterEach(async () => {
  await Promise.all(phones.splice(0).map((phone) => phone.close()));
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await rm(folder, { recursive: true, force: true });
});

async function start(transport: Transport): Promise<Phone> {
  const bind = { host: "127.0.0.1", port: 0 };
  const phone = await startPhone({ bind, transport, user: "1001", domain: "demo" });
  phones.push(phone);
  return phone;
}

function runSipp(...args: string[]): Promise<number> {
  const child = spawn("sipp", ["-i", "127.0.0.1", "-nostdin", ...args], {
    cwd: folder,
    stdio: "ignore",
  });
  children.push(child);
  return once(child, "exit").then(([code]) => Number(code));
}

async function findFreePort(): Promise<string> {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  return String(port);
}

it.each<[Transport, string]>([
  ["udp", "u1"],
  ["tcp", "t1"],
])("20 calls of sipp uac over %s are answered and hung up", async (transport, flag) => {
  const phone = await start(transport);
  const peer = `127.0.0.1:${phone.address.port}`;
  const limits = ["-r", "40", "-m", "20", "-d", "50", "-timeout", "15"];
  const port = await findFreePort();
  expect(await runSipp("-sn", "uac", "-t", flag, "-p", port, ...limits, peer)).toBe(0);
  expect(phone.log.requests("BYE", "in").filter((entry) => !entry.retransmission)).toHaveLength(20);
  expect(phone.callsUp).toBe(0);
});

it("calls to sipp uas are answered, and our BYE is accepted", async () => {
  const port = await findFreePort();
  const done = runSipp("-sn", "uas", "-p", port, "-m", "3", "-timeout", "15");
  const phone = await start("udp");
  for (let n = 0; n < 3; n += 1) {
    // A first INVITE may come before sipp listens: the package's Timer A sends it again.
    const dialog = await phone.call(`sip:service@127.0.0.1:${port}`).answered(BOUND_MS);
    expect((await dialog.bye()).status).toBe(200);
  }
  expect(await done).toBe(0);
});
