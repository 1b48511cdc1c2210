import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";

const RUNTIME = join(import.meta.dirname, "../runtime");
let child: ChildProcess | null = null;
afterEach(() => {
  child?.kill("SIGKILL");
});

/** Runs a main module made of `body`; resolves when it has printed `ready`. */
async function start(
  body: string,
): Promise<{ readonly exit: Promise<number | null>; readonly said: () => string }> {
  const source = `
    import { drainOnSignal, exitOnUncaught } from ${JSON.stringify(`${RUNTIME}/drain.ts`)};
    import { createLogger } from ${JSON.stringify(`${RUNTIME}/log.ts`)};
    const log = createLogger({ service: "s", node: "n", level: "info" });
    setInterval(() => undefined, 1000);
    ${body}
    console.log("ready");`;
  const running = spawn(process.execPath, ["--input-type=module-typescript", "-e", source], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  child = running;
  let said = "";
  const exit = new Promise<number | null>((resolve) =>
    running.once("exit", (code) => resolve(code)),
  );
  await new Promise<void>((resolve) => {
    running.stdout.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes("ready")) resolve();
    });
    void exit.then(() => resolve());
  });
  return { exit, said: () => said };
}

it("SIGTERM runs the steps and exits 0", async () => {
  const { exit, said } = await start(`
    drainOnSignal({ log, boundMs: 5000, steps: [{ name: "a", run: () => console.log("step a") }] });`);
  child?.kill("SIGTERM");
  expect(await exit).toBe(0);
  expect(said()).toContain("step a");
});

it("a second signal exits at once", async () => {
  const { exit } = await start(`
    const stuck = () => new Promise(() => process.kill(process.pid, "SIGINT"));
    drainOnSignal({ log, boundMs: 60_000, steps: [{ name: "stuck", run: stuck }] });`);
  child?.kill("SIGTERM");
  expect(await exit).toBe(1);
});

it("an uncaught exception and a rejected promise are logged and end the process with 1", async () => {
  for (const fault of [
    'setTimeout(() => { throw new Error("boom") })',
    'void Promise.reject(new Error("boom"))',
  ]) {
    const { exit, said } = await start(`exitOnUncaught(log); ${fault};`);
    expect(await exit).toBe(1);
    expect(said()).toMatch(/"level":"fatal".*boom/);
  }
});
