import { expect, it } from "vitest";
import { isExtension, readNumber, shownNumber } from "./numbers.ts";

it.each([
  ["05012345678", "+815012345678"],
  ["050-1234-5678", "+815012345678"],
  ["０５０－１２３４－５６７８", "+815012345678"],
  ["050ー1234ー5678", "+815012345678"],
  ["(03) 1234 5678", "+81312345678"],
  ["+81 50-1234-5678", "+815012345678"],
  ["+81 (0)50 1234 5678", "+815012345678"],
  ["tel:+815012345678", "+815012345678"],
  ["+14155550100", "+14155550100"],
  ["1001", "1001"],
  ["１００１", "1001"],
  ["0123", "0123"],
  ["110", "110"],
  ["01014155550100", "01014155550100"],
  ["0033010312345678", "0033010312345678"],
  ["#1234", "#1234"],
])("%s is sent as %s", (typed, sent) => {
  expect(readNumber(typed)).toBe(sent);
});

it("numbers are shown in the form that can be typed again", () => {
  expect(shownNumber("+815012345678")).toBe("05012345678");
  expect(readNumber(shownNumber("+815012345678"))).toBe("+815012345678");
  expect(shownNumber("1001")).toBe("1001");
  expect(shownNumber("anonymous")).toBe("anonymous");
});

it("only 2 to 8 digits can be an extension", () => {
  expect(["10", "12345678", "1", "123456789", "+8110"].map(isExtension)).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});
