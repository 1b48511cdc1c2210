import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { answerAll, eventually, Phone, SkippingClock } from "./phone.ts";

const CALLS = 200;
const CALLS_PER_SECOND = 50;

let phone: Phone | null = null;
let directory: string | null = null;

afterEach(async () => {
  await phone?.endpoint.stop();
  if (directory !== null) await rm(directory, { recursive: true, force: true });
});

interface Run {
  readonly code: number | null;
  readonly screen: string;
}

/** Runs SIPp's built-in caller against the port until all calls are done. */
async function sipp(port: number, transport: "u1" | "t1"): Promise<Run> {
  directory = await mkdtemp(join(tmpdir(), "sipp-"));
  const args = ["-sn", "uac", `127.0.0.1:${port}`, "-i", "127.0.0.1", "-t", transport, "-nostdin"];
  args.push("-m", String(CALLS), "-r", String(CALLS_PER_SECOND), "-d", "50");
  args.push("-timeout", "20s", "-timeout_error", "-recv_timeout", "5000");
  const child = spawn("sipp", args, { cwd: directory, stdio: ["ignore", "pipe", "pipe"] });
  let screen = "";
  child.stdout.on("data", (bytes) => {
    screen += String(bytes);
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, screen }));
  });
}

describe("SIPp as the caller (a SIP stack that is not ours)", () => {
  it.each([
    ["UDP", "udp", "u1"],
    ["TCP", "tcp", "t1"],
  ] as const)("200 calls at 50 a second over %s: none fails", async (_name, transport, option) => {
    const clock = new SkippingClock();
    phone = new Phone(clock, answerAll);
    await phone.endpoint.start();
    const { code, screen } = await sipp(phone.address(transport).port, option);
    // SIPp exits with 0 only when every call succeeded.
    expect(code === 0 ? "" : screen.slice(-3000)).toBe("");
    const counters = phone.endpoint.counters();
    expect(counters.requestsIn).toEqual({ INVITE: CALLS, ACK: CALLS, BYE: CALLS });
    expect(counters.malformed).toEqual({});
    expect(counters.dropped).toEqual({});
    clock.skip(33_000);
    await eventually(() => expect(phone?.endpoint.counters().serverTransactions).toBe(0));
    expect(phone.ackMissing).toEqual([]);
  });
});
