import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { RULE_WORDS } from "./rule-words.ts";
import { legend, ruleText } from "./rules.ts";

it("each code stands once with its words; codes of a newer cluster are left to the table", () => {
  expect(legend("because", ["D8", "no-channel company:demo", "Z9", "D8", ""])).toEqual([
    "",
    "because",
    "  D8                       no source number: the terminal has neither a number nor a home representative number",
    "  no-channel company:demo  all channels of company:demo are taken",
  ]);
  expect(legend("because", ["Z9", "no-channel malformed", "constructor"])).toEqual([]);
});

/** The texts that a type of the call-controller allows, as the file that defines it writes them. */
function textsOf(file: string, type: RegExp): readonly string[] {
  const path = new URL(`../../services/call-controller/src/core/${file}`, import.meta.url);
  const source = readFileSync(path, "utf8").replaceAll(/\/\*[\s\S]*?\*\//g, "");
  const written = type.exec(source)?.[1] ?? "";
  return [...written.matchAll(/"([^"]+)"/g)].map(([, value]) => value ?? "");
}

describe("words", () => {
  const skips = textsOf("skip-rule.ts", /type SkipReason =([^;]*);/);
  const guards = textsOf("loop-guard.ts", /function guardRule\([^)]*\):([^{]*)\{/);
  const refusals = textsOf("refusal.ts", /type RefusalRule =([^;]*);/);

  it("are looked for in the values that the call-controller defines", () => {
    expect(skips).toEqual(expect.arrayContaining(["R2", "R19", "psap-callback", "unknown-trunk"]));
    expect(guards).toEqual(["4.5b", "4.5c", "4.5d"]);
    expect(refusals).toEqual(expect.arrayContaining(["deny", "hours"]));
  });

  it.each([...skips, ...guards, ...refusals, "allocator-unreachable"])(
    "%s has words in both languages",
    (code) => {
      const { en, ja } = RULE_WORDS[code] ?? { en: "", ja: "" };
      expect(en).toMatch(/^[a-z].{10,}$/);
      expect(ja).toMatch(/[\u3041-\u30ff\u4e00-\u9fff]/);
    },
  );
});

it("a code is told with its words, in the language that is wanted", () => {
  expect(ruleText("hours")).toBe(
    "hours (it is out of business hours, and nothing is set to ring then)",
  );
  expect(ruleText("Z9")).toBe("Z9");
  expect(legend("理由", ["D2", "no-channel trunk:a"], "ja")).toEqual([
    "",
    "理由",
    "  D2                  着信した IVR 番号",
    "  no-channel trunk:a  trunk:a のチャネルはすべて使用中です",
  ]);
});
