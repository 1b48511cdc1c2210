import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nationalForm } from "../../../lib/telephony/e164.ts";
import { japaneseNumbers as book } from "../shell/phone-book.ts";
import { readOutsideNumber, readOwnNumber } from "./numbering.ts";

const told = (text: string): string => {
  const read = readOutsideNumber(text, book);
  return read.kind === "number" ? `${read.class} ${read.number}` : read.reason;
};

describe("DOMAIN 3.1, one row a class", () => {
  it.each([
    ["03-1234-5678", "landline +81312345678"],
    ["06-6123-4567", "landline +81661234567"],
    ["050-5555-0100", "ip-phone +815055550100"],
    ["070-1234-5678", "mobile +817012345678"],
    ["080-1234-5678", "mobile +818012345678"],
    ["090-1234-5678", "mobile +819012345678"],
    ["060-1234-5678", "mobile +816012345678"],
    ["0600-123-456", "fmc"],
    ["0600-123-4567", "fmc"],
    ["0800-123-4567", "toll-free"],
    ["0120-123-456", "toll-free"],
    ["0570-012-345", "shared-cost"],
    ["0990-123-456", "premium-rate"],
    ["0170-123-456", "message-dial"],
    ["0180-993-123", "message-dial"],
    ["020-1234-5678", "data-or-pager"],
    ["0204-123-4567", "data-or-pager"],
    ["0200-12345-67890", "data-or-pager"],
    ["0910-1234", "special-access"],
    ["0063-03-1234-5678", "carrier-selection"],
    ["0091-20-03-1234-5678", "carrier-selection"],
    ["010-1-212-555-0123", "international"],
    ["+1 212 555 0123", "international"],
    ["110", "emergency"],
    ["118", "emergency"],
    ["119", "emergency"],
    ["104", "service-number"],
    ["117", "service-number"],
    ["171", "service-number"],
    ["188", "service-number"],
    ["184 03-1234-5678", "caller-id-prefix"],
    ["186-090-1234-5678", "caller-id-prefix"],
    ["#8000", "feature-code"],
    ["*21*0312345678", "feature-code"],
    ["＃７１１９", "feature-code"],
    ["050-0123-4567", "unassigned"],
    ["090-0123-4567", "unassigned"],
    ["03-1234-567", "unassigned"],
    ["1001", "service-number"],
    ["内線12", "not-a-number"],
    ["03-1234-5678 ext 12", "not-a-number"],
    ["", "not-a-number"],
    ["9".repeat(65), "not-a-number"],
  ])("%s is %s", (text, expected) => {
    expect(told(text)).toBe(expected);
  });
});

describe("one number, however it is typed", () => {
  it.each([
    "09012345678",
    "090-1234-5678",
    "090 1234 5678",
    "090(1234)5678",
    "０９０－１２３４－５６７８",
    "０９０ー１２３４ー５６７８",
    "090‐1234‐5678",
    "+819012345678",
    "+81 90-1234-5678",
    "+81 (0)90-1234-5678",
    "＋８１９０１２３４５６７８",
    "tel:+81-90-1234-5678",
    " 090.1234.5678 ",
  ])("%s", (text) => {
    expect(told(text)).toBe("mobile +819012345678");
  });
});

it("a +81 form cannot carry what its 0-form may not (N2)", () => {
  expect(told("+81 0120-123-456")).toBe("toll-free");
  expect(told("+81 120 123 456")).toBe("toll-free");
  expect(told("+8100630312345678")).toBe("carrier-selection");
  expect(told("+81 0 0 63 03 1234 5678")).toBe("carrier-selection");
  expect(told("+81110")).not.toMatch(/^(landline|mobile|ip-phone)/);
});

it("a company owns 050 numbers only (DOMAIN 3.3)", () => {
  expect(readOwnNumber("050-5555-0100", book)).toMatchObject({ number: "+815055550100" });
  expect(readOwnNumber("03-1234-5678", book)).toMatchObject({ reason: "not-ip-phone" });
  expect(readOwnNumber("0120-123-456", book)).toMatchObject({ reason: "toll-free" });
});

const typed = fc
  .tuple(
    fc.constantFrom("03", "06", "050", "070", "080", "090", "060", "0120", "0800", "184090", "1"),
    fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 4, maxLength: 9 }),
    fc.constantFrom("", "-", " ", "－", "ー"),
  )
  .map(([prefix, digits, separator]) => [prefix, ...digits.map(String)].join(separator));

it("reading what was read gives the same number, in both forms (N3)", () => {
  fc.assert(
    fc.property(fc.oneof(typed, fc.string()), (text) => {
      const read = readOutsideNumber(text, book);
      if (read.kind === "refused") return;
      expect(readOutsideNumber(read.number, book)).toEqual(read);
      expect(readOutsideNumber(nationalForm(read.number), book)).toEqual(read);
    }),
    { numRuns: 500 },
  );
});

it("whatever is typed, what passes is a fixed, mobile or 050 number of Japan (N1)", () => {
  fc.assert(
    fc.property(fc.oneof(typed, fc.string()), (text) => {
      const read = readOutsideNumber(text, book);
      if (read.kind === "number") expect(read.number).toMatch(/^\+81[1-9][0-9]{8,9}$/);
      else expect(read.message.length).toBeGreaterThan(10);
    }),
    { numRuns: 500 },
  );
});
