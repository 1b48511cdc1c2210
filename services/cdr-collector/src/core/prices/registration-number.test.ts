import fc from "fast-check";
import { expect, it } from "vitest";
import { corporateCheckDigit, registrationProblem } from "./registration-number.ts";

it.each([
  // The National Tax Agency's own number.
  ["7000012050002"],
  // Worked example with every digit: 74 mod 9 = 2.
  ["7123456789012"],
  ["9000000000000"],
])("%s is a corporate number", (number) => {
  expect(registrationProblem(`T${number}`, true)).toBeNull();
});

it("the check digit is 1 to 9 and shows each single wrong digit but 0 for 9", () => {
  const base = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 12, maxLength: 12 });
  const place = fc.integer({ min: 0, max: 11 });
  fc.assert(
    fc.property(base, place, fc.integer({ min: 1, max: 8 }), (digits, at, by) => {
      const wrong = digits.map((digit, index) => (index === at ? (digit + by) % 10 : digit));
      const [right, other] = [digits, wrong].map((each) => corporateCheckDigit(each.join("")));
      expect(right).toBeGreaterThanOrEqual(1);
      expect(right).toBeLessThanOrEqual(9);
      if (Math.abs(digits[at]! - wrong[at]!) !== 9) expect(other).not.toBe(right);
    }),
  );
});

it("only a corporation's number has a check digit; any has T and 13 digits", () => {
  expect(registrationProblem("T1000000000000", true)).toBe("check-digit");
  expect(registrationProblem("T1000000000000", false)).toBeNull();
  for (const written of ["9000000000000", "T900000000000", "T90000000000000", "t9000000000000"]) {
    expect(registrationProblem(written, false)).toBe("form");
  }
});
