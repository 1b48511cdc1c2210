import { expect, it } from "vitest";
import { legend } from "./rules.ts";

it("each code stands once with its words; codes of a newer cluster are left to the table", () => {
  expect(legend("because", ["D8", "no-channel company:demo", "Z9", "D8", ""])).toEqual([
    "",
    "because",
    "  D8                       no source number: the terminal has neither a number nor a home representative number",
    "  no-channel company:demo  all channels of company:demo are taken",
  ]);
  expect(legend("because", ["Z9", "no-channel malformed", "constructor"])).toEqual([]);
});
