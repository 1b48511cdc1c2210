import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { setting, text, wholeNumber } from "../../services/lib/runtime/config.ts";
import { settingsPage } from "./settings-page.ts";

const node = setting({
  key: "KK_NODE",
  meaning: "Its name",
  standard: null,
  example: "x",
  schema: text,
});
const wait = setting({
  key: "KK_WAIT",
  meaning: "A | b",
  unit: "ms",
  standard: "0",
  example: "1",
  schema: wholeNumber(0, 9),
});
const word = setting({
  key: "KK_WORD",
  meaning: "A word",
  standard: "",
  example: "x",
  schema: text,
  secret: true,
});

it("docs/settings.md is current (npm run docs:settings writes it)", () => {
  const page = readFileSync(join(import.meta.dirname, "../../docs/settings.md"), "utf8");
  expect(page).toBe(settingsPage());
});

it("a setting that several services share is one row, under those who have it", () => {
  const page = settingsPage({ a: { node, wait }, b: { node, wait }, c: { node, word } });
  expect(page.slice(page.indexOf("\n## "))).toBe(`
## Every service

| variable | unit | default | meaning |
| --- | --- | --- | --- |
| \`KK_NODE\` |  | required | Its name |

## Every service but c

| variable | unit | default | meaning |
| --- | --- | --- | --- |
| \`KK_WAIT\` | ms | \`0\` | A \\| b |

## c

| variable | unit | default | meaning |
| --- | --- | --- | --- |
| \`KK_WORD\` |  | none | A word (secret) |
`);
});
