import fc from "fast-check";
import parsePhoneNumber from "libphonenumber-js/max";
import { describe, expect, it } from "vitest";
import type { E164 } from "./e164.ts";
import { isSubscriberNumber } from "./subscriber-number.ts";

/** What a faulty order could hold for it: the digits after +81, without their first 0 and with it. */
function mayReach(dialled: string): boolean {
  const forms = dialled.startsWith("+")
    ? [dialled]
    : [`+81${dialled.replace(/^0/, "")}`, `+81${dialled}`];
  return forms.some((form) => isSubscriberNumber(form as E164));
}

describe("a leg to", () => {
  it.each([
    ["a 0120 toll-free number", ["0120123456"]],
    ["a 0800 toll-free number", ["08001234567"]],
    ["a 0570 number", ["0570012345"]],
    ["a 0990 premium number", ["0990123456"]],
    ["a 0170 message dial", ["0170123456"]],
    ["a 0180 mass calling number", ["0180999123"]],
    ["a 020 machine", ["02012345678"]],
    ["a 0204 pager", ["02041234567"]],
    ["a 0200 machine of 14 digits", ["02001234567890"]],
    ["a 0600 number, of 10 or 11 digits", ["0600123456", "06001234567"]],
    ["a 091 access number", ["0910123456", "0912345", "0912345678901"]],
    ["a carrier selection 00XY", ["0077312345678", "003768123456", "0033"]],
    ["a carrier selection 002YZ", ["0020312345678"]],
    ["a carrier selection 0091XY", ["009120312345678"]],
    ["an international call by 010 that was left in", ["010442079460001"]],
    ["an emergency number", ["110", "118", "119"]],
    ["a 1XY service", ["104", "113", "115", "116", "117", "171", "177", "188", "189"]],
    ["an emergency number written after 184 or 186", ["184110", "186119"]],
    ["a number with 184 or 186 left in", ["18409012345678", "1860312345678"]],
    ["a feature code", ["#1234", "*21"]],
    ["a number one digit short or long", ["031234567", "090123456789", "09012345"]],
  ] as const)("3.1: %s is never built", (_row, dialled) => {
    expect(dialled.filter(mayReach)).toEqual([]);
  });

  it.each([
    ["a place", ["0312345678", "0112345678", "0123456789", "0178123456", "0991234567"]],
    ["an IP telephone", ["05012345678"]],
    ["a mobile", ["07012345678", "08012345678", "09012345678"]],
    ["a 060 mobile", ["06012345678"]],
    ["another country, by +", ["+442079460001", "+12125550100", "+6834000"]],
  ] as const)("3.1: %s is built", (_row, dialled) => {
    expect(dialled.filter((number) => !mayReach(number))).toEqual([]);
  });

  it("3.1: whatever the numbering plan calls landline, mobile or IP telephone is built", () => {
    const allowed = ["FIXED_LINE", "MOBILE", "VOIP"];
    let seen = 0;
    fc.assert(
      fc.property(fc.stringMatching(/^[1-9][0-9]{8,9}$/), (digits) => {
        const planned = parsePhoneNumber(`+81${digits}`);
        if (planned?.isValid() !== true || !allowed.includes(planned.getType() ?? "")) return;
        seen += 1;
        expect(isSubscriberNumber(`+81${digits}` as E164)).toBe(true);
      }),
      { numRuns: 5_000 },
    );
    expect(seen).toBeGreaterThan(100);
  });
});
