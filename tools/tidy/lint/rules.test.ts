/**
 * Proves that the lint configuration forbids what it is meant to forbid: each row is a small file at a path, linted with
 * the real configuration in a folder laid out like the repository. One run of the linter serves all rows.
 */

import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const CORE = "services/call-controller/src/core";
const SHELL = "services/call-controller/src/shell";
const long = (lines: number): string => Array(lines).fill("export {};").join("\n");
const longFunction = `export function long(): number {\n${"  Math.abs(1);\n".repeat(51)}  return 1;\n}`;
const phases = 'type Phase = "idle" | "busy";\n';

/** Rule, path, text: the rule must report the file. */
const FORBIDDEN: readonly (readonly [string, string, string])[] = [
  ["pure", `${CORE}/class.ts`, "export class Call {}"],
  ["pure", `${CORE}/async.ts`, "export const later = async () => 1;"],
  ["pure", `${CORE}/throw.ts`, 'export const fail = (): never => { throw new Error("no"); };'],
  ["pure", `${CORE}/promise-type.ts`, "export type Later = Promise<number>;"],
  ["pure", `${CORE}/module-state.ts`, "let count = 0;\nexport const next = () => ++count;"],
  ["pure", "services/lib/telephony/date-type.ts", "export type When = Date;"],
  ["no-restricted-globals", `${CORE}/date.ts`, "export const now = () => new Date();"],
  ["no-restricted-globals", `${CORE}/promise.ts`, "export const p = Promise.resolve(1);"],
  ["no-restricted-properties", `${CORE}/chance.ts`, "export const draw = () => Math.random();"],
  ["layers", `${CORE}/package.ts`, 'export { createHash } from "node:crypto";'],
  ["layers", `${CORE}/to-shell.ts`, 'import "../shell/outbox.ts";'],
  ["layers", `${CORE}/to-ports.ts`, 'import "../ports.ts";'],
  ["layers", `${CORE}/to-runtime.ts`, 'export * from "../../../lib/runtime/log.ts";'],
  ["layers", `${CORE}/deep/to-shell.ts`, 'import type {} from "../../shell/outbox.ts";'],
  ["layers", "services/lib/telephony/to-wire.ts", 'import "../wire/subjects.ts";'],
  ["layers", `${SHELL}/to-service.ts`, 'import "../../../sip-edge/src/core/leg.ts";'],
  ["layers", "services/call-controller/test/a.int.test.ts", 'import "../../sip-edge/src/x.ts";'],
  ["layers", "services/lib/runtime/to-service.ts", 'import "../../sip-edge/src/core/leg.ts";'],
  ["layers", `${SHELL}/to-generated.ts`, 'import "../../../lib/wire/gen/call.ts";'],
  ["layers", "tools/cli/to-generated.ts", 'import "../../services/lib/wire/gen/call.ts";'],
  ["layers", `${SHELL}/to-tools.ts`, 'import "../../../../tools/cluster/postgres.ts";'],
  ["layers", `${SHELL}/to-config.ts`, 'import type {} from "../config.ts";'],
  ["layers", `${SHELL}/to-main.ts`, 'export const main = import("../main.ts");'],
  ["no-process-env", `${SHELL}/env.ts`, "export const port = process.env.PORT;"],
  ["consistent-type-assertions", `${SHELL}/as.ts`, "export const n = JSON.parse('1') as number;"],
  ["no-explicit-any", `${SHELL}/any.ts`, "export const id = (x: any): unknown => x;"],
  ["no-non-null-assertion", `${SHELL}/bang.ts`, "export const f = (x: string | null) => x!;"],
  [
    "no-floating-promises",
    `${SHELL}/floating.ts`,
    "export const f = () => { Promise.resolve(1); };",
  ],
  [
    "no-misused-promises",
    `${SHELL}/misused.ts`,
    "export const f = (p: Promise<1>) => (p ? 1 : 2);",
  ],
  ["await-thenable", `${SHELL}/await.ts`, "export const f = async () => await 1;"],
  [
    "switch-exhaustiveness-check",
    `${CORE}/missing-case.ts`,
    `${phases}export function f(x: Phase): number { switch (x) { case "idle": return 1; default: return 2; } }`,
  ],
  [
    "no-cycle",
    `${CORE}/cycle-a.ts`,
    'import { b } from "./cycle-b.ts";\nexport const a = () => b;',
  ],
  ["max-lines", `${SHELL}/long.ts`, long(301)],
  ["max-lines", `${CORE}/too-long.ts`, long(401)],
  ["max-lines-per-function", `${SHELL}/long-function.ts`, longFunction],
  [
    "max-params",
    `${SHELL}/params.ts`,
    "export const f = (a = 1, b = 2, c = 3, d = 4, e = 5) => [a, b, c, d, e];",
  ],
  [
    "no-focused-tests",
    `${CORE}/focus.test.ts`,
    'import { test } from "vitest";\ntest.only("x", () => {});',
  ],
  [
    "no-disabled-tests",
    `${CORE}/skip.test.ts`,
    'import { test } from "vitest";\ntest.skip("x", () => {});',
  ],
];

/** Path, text: nothing may report the file. */
const ALLOWED: readonly (readonly [string, string])[] = [
  [`${CORE}/call.ts`, 'import { now } from "./ring/plan.ts";\nexport const at = now;'],
  [
    `${CORE}/ring/plan.ts`,
    'import type { A } from "../../../../lib/telephony/a.ts";\nexport const now: A = 1;',
  ],
  [
    "services/lib/telephony/a.ts",
    "export type A = number;\nexport const brand = (x: unknown) => x as A;",
  ],
  [
    `${CORE}/every-case.ts`,
    `${phases}export function f(x: Phase): number { switch (x) { case "idle": return 1; case "busy": return 2; default: return x; } }`,
  ],
  [`${CORE}/long-machine.ts`, long(400)],
  [`${CORE}/const.ts`, 'export const KINDS = ["a", "b"] as const;'],
  [
    `${CORE}/cycle-b.ts`,
    'export type { A } from "../../../lib/telephony/a.ts";\nimport { a } from "./cycle-a.ts";\nexport const b = () => a;',
  ],
  ["services/lib/wire/codec.ts", 'export * from "./gen/call.ts";'],
  ["services/call-controller/src/config.ts", "export const port = process.env.PORT;"],
  [
    "services/call-controller/src/main.ts",
    'import { port } from "./config.ts";\nexport const p = port;',
  ],
  ["services/call-controller/test/b.int.test.ts", 'import "../../../tools/cluster/postgres.ts";'],
];

let root = "";
let reports: ReadonlyMap<string, readonly string[]> = new Map();

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "kakehashi-lint-"));
  for (const path of [".oxlintrc.json", "tsconfig.json", "tools/tidy/lint"]) {
    cpSync(resolve(path), join(root, path), { recursive: true });
  }
  symlinkSync(resolve("node_modules"), join(root, "node_modules"));
  for (const [path, text] of [...FORBIDDEN.map(([, ...file]) => file), ...ALLOWED]) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), `${text}\n`);
  }
  reports = lint();
}, 60_000);

afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Path to the names of the rules that reported it, without their plugins. */
function lint(): ReadonlyMap<string, readonly string[]> {
  const program = resolve("node_modules/.bin/oxlint");
  const { stdout, stderr } = spawnSync(program, ["--format=json", "services", "tools"], {
    cwd: root,
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  const { diagnostics }: { diagnostics: { code: string; filename: string }[] } = JSON.parse(stdout);
  const found = new Map<string, string[]>();
  for (const { code, filename } of diagnostics) {
    const rule = /\((.+)\)/.exec(code)?.[1] ?? code;
    found.set(filename, [...(found.get(filename) ?? []), rule]);
  }
  return found;
}

test.each(FORBIDDEN)("%s reports %s", (rule, path) => {
  expect(reports.get(path) ?? []).toContain(rule);
});

test.each(ALLOWED.filter(([path]) => !path.includes("cycle")))("nothing reports %s", (path) => {
  expect(reports.get(path) ?? []).toEqual([]);
});
