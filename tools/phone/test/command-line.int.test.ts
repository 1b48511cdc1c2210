/**
 * The commands as a person runs them: processes of their own, exit codes, printed ladders.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, expect, it } from "vitest";

const MAIN = new URL("../main.ts", import.meta.url).pathname;
const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill("SIGKILL");
});

interface Run {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly exit: Promise<number>;
}

function run(...args: string[]): Run {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  running.push(child);
  let output = "";
  child.stdout.on("data", (data) => (output += String(data)));
  child.stderr.on("data", (data) => (output += String(data)));
  return { child, output: () => output, exit: once(child, "close").then(([code]) => Number(code)) };
}

async function startTrunk(): Promise<{ trunk: Run; address: string }> {
  const rules = ["--number", "+81901*=answer:0", "--number", "+81902*=busy"];
  const trunk = run("trunk", "--bind", "127.0.0.1:0", ...rules);
  await expect.poll(trunk.output, { timeout: 10_000 }).toMatch(/ready on udp [\d.]+:\d+/);
  return { trunk, address: /udp ([\d.]+:\d+)/.exec(trunk.output())?.[1] ?? "" };
}

const call = (via: string, to: string): Run =>
  run("call", "--from", "+815011112222", "--to", to, "--via", via, "--hangup-after", "50ms");

it("a call to an answering number exits 0, one to a busy number exits 1 and says 486", async () => {
  const { trunk, address } = await startTrunk();
  const answered = call(address, "+819012345678");
  expect(await answered.exit).toBe(0);
  expect(answered.output()).toMatch(
    /──> .*INVITE sip:\+819012345678[^]*<── .*200 OK[^]*hung up by us/,
  );
  const busy = call(address, "+819022345678");
  expect(await busy.exit).toBe(1);
  expect(busy.output()).toContain("not answered: 486");
  const unknown = call(address, "+81312345678");
  expect(await unknown.exit).toBe(1);
  expect(unknown.output()).toContain("not answered: 404");
  trunk.child.kill("SIGTERM");
  expect(await trunk.exit).toBe(0);
});

it("wrong usage exits 2 and says what to write", async () => {
  const wrong = run("trunk", "--number", "+81*=hum");
  expect(await wrong.exit).toBe(2);
  expect(wrong.output()).toContain("ring-then-reject:STATUS:AFTER");
});

it("a taken port exits 1 and names the address", async () => {
  const { address } = await startTrunk();
  const second = run("trunk", "--bind", address);
  expect(await second.exit).toBe(1);
  expect(second.output()).toContain(`bind udp ${address}`);
});

it("an extension that nobody answers exits 1 and says where it tried", async () => {
  const bind = ["--bind", "127.0.0.1:0", "--registrar", "127.0.0.1:1", "--transport", "tcp"];
  const extension = run("extension", "--user", "1001", "--domain", "d", "--password", "p", ...bind);
  expect(await extension.exit).toBe(1);
  expect(extension.output()).toContain("no answer from 127.0.0.1:1");
});

it("an extension whose registrar refuses exits 1 and says what to compare", async () => {
  const { address } = await startTrunk();
  const extension = run(
    "extension",
    "--user",
    "1001",
    "--domain",
    "d",
    "--password",
    "p",
    "--registrar",
    address,
  );
  expect(await extension.exit).toBe(1);
  expect(extension.output()).toContain("registration refused, 405");
});
