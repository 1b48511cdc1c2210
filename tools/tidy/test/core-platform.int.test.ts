/** The compiler refuses a core that reaches for its platform (tsconfig.core.json). */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../../..");

/** One forbidden thing a file; the last one is what a core looks like. */
const FILES: Readonly<Record<string, string>> = {
  timer: "setTimeout(() => undefined, 1);",
  interval: "setInterval(() => undefined, 1);",
  microtask: "queueMicrotask(() => undefined);",
  process: "export const id = process.pid;",
  buffer: 'export const bytes = Buffer.from("x");',
  console: 'console.log("x");',
  fetch: 'export const page = fetch("http://127.0.0.1");',
  crypto: "export const id = crypto.randomUUID();",
  performance: "export const now = performance.now();",
  socket: 'import net from "node:net";\nexport const open = net.connect;',
  enumeration: "export enum Phase { Ringing }",
  core: "export const next = (n: number): number => n + 1;",
};

let dir = "";
let output = "";

beforeAll(() => {
  mkdirSync(join(ROOT, ".run"), { recursive: true });
  dir = mkdtempSync(join(ROOT, ".run/core-"));
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(dir, `${name}.ts`), text);
  const config = { extends: "../../tsconfig.core.json", include: ["*.ts"], exclude: [] };
  writeFileSync(join(dir, "tsconfig.json"), JSON.stringify(config));
  try {
    output = execFileSync(join(ROOT, "node_modules/.bin/tsc"), ["-p", dir, "--pretty", "false"], {
      encoding: "utf8",
      cwd: dir,
    });
  } catch (error) {
    output = error instanceof Error && "stdout" in error ? String(error.stdout) : "";
  }
});

afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe("a core", () => {
  it.each(Object.keys(FILES).filter((name) => name !== "core"))("cannot reach: %s", (name) => {
    expect(output).toContain(`${name}.ts(`);
  });

  it("compiles when it only computes", () => {
    expect(output).not.toContain("core.ts(");
    expect(output).not.toBe("");
  });
});
