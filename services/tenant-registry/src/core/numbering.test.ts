import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type E164, nationalForm } from "../../../lib/telephony/e164.ts";
import { japaneseNumbers as book } from "../shell/phone-book.ts";
import { classOf, readCallerNumber, readOutsideNumber, readOwnNumber } from "./numbering.ts";

const told = (text: string): string => {
  const read = readOutsideNumber(text, book);
  return read.kind === "number" ? `${read.class} ${read.number}` : read.reason;
};

describe("3.1: one row a class, and each refusal", () => {
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
    ["010-1-212-555-0123", "international +12125550123"],
    ["+1 212 555 0123", "international +12125550123"],
    ["+44 (0)20 7183 8750", "international +442071838750"],
    ["010 86 138 0013 8000", "international +8613800138000"],
    ["+1 900 555 1234", "premium-rate"],
    ["+44 800 123 4567", "toll-free"],
    ["+870 773 111 632", "no-country"],
    ["+800 1234 5678", "no-country"],
    ["+1 212 555", "unassigned"],
    ["+99 123 456 789", "unassigned"],
    ["0044 20 7183 8750", "carrier-selection"],
    ["0033-010-81-90-1234-5678", "carrier-selection"],
    ["0081-090-1234-5678", "carrier-selection"],
    ["0081-03-1234-5678", "carrier-selection"],
    ["0081-90-1234", "carrier-selection"],
    ["0091 81 90 1234 5678", "carrier-selection"],
    ["010-81-120-123-456", "toll-free"],
    ["0081-120-123-456", "toll-free"],
    ["81-90-1234-5678", "not-a-number"],
    ["90-1234-5678", "not-a-number"],
    ["+81 110", "emergency"],
    ["0110", "emergency"],
    ["１１９", "emergency"],
    ["1-1-0", "emergency"],
    ["tel:118", "emergency"],
    ["184110", "caller-id-prefix"],
    ["113", "service-number"],
    ["115", "service-number"],
    ["116", "service-number"],
    ["177", "service-number"],
    ["189", "service-number"],
    ["tel:0312345678;ext=12", "not-a-number"],
    ["tel:12;phone-context=example.com", "not-a-number"],
    ["＊２１", "feature-code"],
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

describe("3.1: one number, however it is typed", () => {
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
    "０９０（１２３４）５６７８",
    "０９０・１２３４・５６７８",
    "090–1234—5678",
    "090−1234‑5678",
    "090─1234━5678",
    "090\u00ad1234\u200b5678",
    "\u202a090-1234-5678\u202c",
    "090\u3000\u00a01234 5678",
    "[090] 1234 5678",
    "(+81) 90-1234-5678",
    "＋８１（０）９０ー１２３４ー５６７８",
    "TEL:+81-90-1234-5678",
    "ＴＥＬ：０９０－１２３４－５６７８",
    "tel:090-1234-5678;phone-context=+81",
    "010-81-90-1234-5678",
    "010 81 (0)90 1234 5678",
    "010-81-090-1234-5678",
    "0081-90-1234-5678",
    "00 81 90 1234 5678",
    "0081 (0)90-1234-5678",
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

it("3.3: a company owns 050 numbers only", () => {
  expect(readOwnNumber("050-5555-0100", book)).toMatchObject({ number: "+815055550100" });
  expect(readOwnNumber("03-1234-5678", book)).toMatchObject({ reason: "not-ip-phone" });
  expect(readOwnNumber("+1 212 555 0123", book)).toMatchObject({ reason: "not-ip-phone" });
  // What is said of a destination (toll-free: write the subscriber's number) helps nobody here.
  for (const other of ["0120-123-456", "0570-000-123", "110", "020-4123-4567"]) {
    expect(readOwnNumber(other, book)).toMatchObject({ reason: "not-ip-phone" });
  }
  expect(readOwnNumber("184-050-5555-0100", book)).toMatchObject({ reason: "caller-id-prefix" });
});

it("2.3: a list of callers takes whoever may call, assigned or not, but no service or emergency number", () => {
  const caller = (text: string): string => {
    const read = readCallerNumber(text);
    return read.kind === "number" ? read.number : read.reason;
  };
  expect(caller("０３（１２３４）５６７８")).toBe("+81312345678");
  expect(caller("0120-123-456")).toBe("+81120123456");
  expect(caller("090-0123-4567")).toBe("+819001234567");
  expect(caller("+1 212 555 0123")).toBe("+12125550123");
  expect(caller("110")).toBe("emergency");
  expect(caller("184 03-1234-5678")).toBe("caller-id-prefix");
  expect(caller("03-1234")).toBe("not-a-number");
  expect(caller("#1234")).toBe("feature-code");
});

it("R14: the class of a stored number is that of the number typed", () => {
  expect(classOf("+819012345678" as E164, book)).toBe("mobile");
  expect(classOf("+815055550100" as E164, book)).toBe("ip-phone");
  expect(classOf("+12125550123" as E164, book)).toBe("international");
  expect(classOf("+81120123456" as E164, book)).toBeNull();
});

it("every refusal says what is wrong in both languages, and repeats at most what was typed", () => {
  const reasons = [
    "110",
    "#1",
    "184",
    "117",
    "0033",
    "091",
    "0600",
    "0170",
    "0120",
    "0570",
    "0990",
  ];
  for (const text of [...reasons, "020", "03", "+800 1234 5678", "x".repeat(70)]) {
    const read = readOutsideNumber(text, book);
    if (read.kind === "number") throw new Error(text);
    expect(read.text.rule).toBe("3.1");
    expect(read.text.message.length).toBeGreaterThan(20);
    expect(read.text.messageJa).toMatch(/ください(（[^）]*）)?。$/);
    expect(read.text.message.length).toBeLessThan(200);
  }
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

it("whatever is typed, what passes is a fixed, mobile or 050 number of Japan, or abroad (N1)", () => {
  fc.assert(
    fc.property(fc.oneof(typed, fc.string()), (text) => {
      const read = readOutsideNumber(text, book);
      if (read.kind === "refused") expect(read.text.message.length).toBeGreaterThan(10);
      else if (read.class === "international") expect(read.number).not.toMatch(/^\+81/);
      else expect(read.number).toMatch(/^\+81[1-9][0-9]{8,9}$/);
    }),
    { numRuns: 500 },
  );
});

const FULL_WIDTH = "０１２３４５６７８９";
const SEPARATORS = ["", "-", " ", "　", "－", "ー", "‐", "–", "—", "−", ".", "・", "\u200b", "("];

/** Ways to write digits: each digit in either width, anything between them. */
const written = (digits: string): fc.Arbitrary<string> =>
  fc
    .array(fc.tuple(fc.boolean(), fc.constantFrom(...SEPARATORS)), {
      minLength: digits.length,
      maxLength: digits.length,
    })
    .map((ways) =>
      ways
        .map(([wide, after], index) => {
          const digit = digits[index] ?? "";
          return (wide ? (FULL_WIDTH[Number(digit)] ?? "") : digit) + after;
        })
        .join(""),
    );

const subscriber = fc
  .tuple(fc.constantFrom("3", "6", "50", "70", "80", "90"), fc.stringMatching(/^[1-9][0-9]{7}$/))
  .map(([area, rest]) => area + rest)
  .filter((national) => readOutsideNumber(`0${national}`, book).kind === "number");

it("3.1: any spelling of one number reads to the same E.164", () => {
  const before = fc.constantFrom(
    "0",
    "+81",
    "＋８１",
    "(+81)",
    "+81(0)",
    "tel:+81-0",
    "010-81-",
    "010 81 0",
    "0081 ",
  );
  fc.assert(
    fc.property(
      subscriber.chain((national) => fc.tuple(fc.constant(national), before, written(national))),
      ([national, prefix, spelling]) => {
        const read = readOutsideNumber(prefix + spelling, book);
        expect(read).toMatchObject({ kind: "number", number: `+81${national}` });
      },
    ),
    { numRuns: 500 },
  );
});

it("4.5: nothing like an emergency number passes, under any spelling (N2)", () => {
  const before = fc.constantFrom(
    ...[
      "",
      "0",
      "00",
      "+81",
      "+81(0)",
      "0081",
      "010",
      "010 81",
      "184",
      "186",
      "0033",
      "0091",
      "tel:",
      "9",
      "+",
    ],
  );
  const emergency = fc.constantFrom("110", "118", "119");
  fc.assert(
    fc.property(
      emergency.chain((digits) => fc.tuple(before, written(digits))),
      ([prefix, spelling]) => {
        expect(readOutsideNumber(prefix + spelling, book).kind).toBe("refused");
        expect(readOwnNumber(prefix + spelling, book).kind).toBe("refused");
        expect(readCallerNumber(prefix + spelling).kind).toBe("refused");
      },
    ),
    { numRuns: 500 },
  );
});
