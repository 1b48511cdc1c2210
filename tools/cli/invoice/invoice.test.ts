import { describe, expect, it } from "vitest";
import { csvText } from "../machine-text.ts";
import { DEMO_INVOICE, DRAFT_INVOICE, readInvoice } from "../test/canned-invoice.ts";
import { invoiceFromWire, sectionsOf } from "./invoice.ts";
import { invoiceRows } from "./rows.ts";
import { invoiceLines } from "./text.ts";
import { callTime, japaneseDate } from "./words.ts";

const page = (lines: readonly string[]): string => `\n${lines.join("\n")}\n`;
const demo = readInvoice(DEMO_INVOICE);

describe("sections", () => {
  it("R16, R17: initial fee, flat fee and calls are groups of their own, each with its sum", () => {
    const sums = sectionsOf(demo).map(({ section, lines, netYen }) => [
      section,
      lines.length,
      netYen,
    ]);
    expect(sums).toEqual([
      ["initial", 1, 500],
      ["flat", 2, 6000],
      ["calls", 2, 35_576],
      ["adjustment", 1, -32],
    ]);
  });

  it("stand in their order, however the lines came, and only those that have lines", () => {
    const lines = [...demo.lines].reverse().filter(({ section }) => section !== "initial");
    expect(sectionsOf({ ...demo, lines }).map(({ section }) => section)).toEqual([
      "flat",
      "calls",
      "adjustment",
    ]);
    expect(sectionsOf({ ...demo, lines: [] })).toEqual([]);
  });

  it("a section of a newer collector is a fault that names the line", () => {
    const [line] = DEMO_INVOICE.lines;
    if (line === undefined) throw new Error("the invoice has lines");
    const newer = { ...DEMO_INVOICE, lines: [line, { ...line, section: -1 as const }] };
    expect(invoiceFromWire(newer)).toMatchObject({ kind: "wire-fault", path: "lines[1].section" });
  });
});

describe("text", () => {
  it("R25: lines are net, tax stands once per rate, then what is to be paid", () => {
    expect(page(invoiceLines(demo, "en"))).toMatchInlineSnapshot(`
      "
      Invoice

      Number               KK-2026-11-0001
      Issued               2026-11-20
      Month                2026-11
      Calls of             2026-10-01 - 2026-10-31
      To                   株式会社デモ (demo)
      From                 かけはし通信株式会社（見本）
      Registration number  T1234567890123
      Address              〒100-0000 東京都千代田区見本町1-2-3, 見本ビル 4階
      Telephone            03-0000-0000
      Bank                 見本銀行 本店営業部 (001), 普通 1234567, カケハシツウシン（カ

      Description                                                 Source       Month    Quantity      Time   Unit     Net  Tax
      Initial fees
        Initial fee: Destination add-on                                        2026-11         1              500     500  10%
        Subtotal                                                                                                      500
      Monthly fees
        Outside forwarding, per user                                           2026-11        10              300   3,000  10%
        Outside forwarding, per representative or IVR number                   2026-11         3            1,000   3,000  10%
        Subtotal                                                                                                    6,000
      Calls
        Forwarded calls to mobile phones                          05012345678  2026-10     1,111  18:21:51         35,552  10%
        Forwarded calls to landlines                              05012340001  2026-10         2   0:03:01             24  10%
        Subtotal                                                                                                   35,576
      Adjustments of earlier months
        Forwarded calls to mobile phones, adjustment for 2026-09  05012345678  2026-09         1   0:01:01            -32  10%
        Subtotal                                                                                                      -32

      Net at 10%      42,044 yen
      Tax 10%          4,204 yen
      Net total       42,044 yen
      Tax total        4,204 yen
      Total with tax  46,248 yen
      "
    `);
  });

  it("in Japanese", () => {
    expect(page(invoiceLines(demo, "ja"))).toMatchInlineSnapshot(`
      "
      請求書

      請求書番号  KK-2026-11-0001
      発行日      2026-11-20
      ご利用月    2026-11
      通話期間    2026-10-01 - 2026-10-31
      ご請求先    株式会社デモ (demo)
      発行者      かけはし通信株式会社（見本）
      登録番号    T1234567890123
      住所        〒100-0000 東京都千代田区見本町1-2-3, 見本ビル 4階
      電話番号    03-0000-0000
      お振込先    見本銀行 本店営業部 (001), 普通 1234567, カケハシツウシン（カ

      内容                                            転送元番号   ご利用月   数量  通話時間   単価  金額 (税抜)  税率
      初期費用
        初期費用 外線転送先追加 代表番号・IVR番号                  2026-11       1              500          500   10%
        小計                                                                                                 500
      月額基本料
        外線着信転送 標準番号（利用者数分）                        2026-11      10              300        3,000   10%
        外線着信転送 代表番号・IVR番号                             2026-11       3            1,000        3,000   10%
        小計                                                                                               6,000
      通話料
        転送通話料 携帯電話あて                       05012345678  2026-10   1,111  18:21:51              35,552   10%
        転送通話料 固定電話あて                       05012340001  2026-10       2   0:03:01                  24   10%
        小計                                                                                              35,576
      前月以前の調整
        転送通話料 携帯電話あて（2026年9月分の調整）  05012345678  2026-09       1   0:01:01                 -32   10%
        小計                                                                                                 -32

      10%対象 (税抜)   42,044 円
      消費税 (10%)      4,204 円
      合計 (税抜)      42,044 円
      消費税合計        4,204 円
      請求金額 (税込)  46,248 円
      "
    `);
  });

  it("what is exempt stands apart in the totals", () => {
    const taxes = [...demo.taxes, { percent: 0, netYen: 1005, taxYen: 0 }];
    const lines = invoiceLines({ ...demo, taxes }, "both");
    expect(lines.find((line) => line.startsWith("免税対象 Net exempt from tax"))).toMatch(/1,005/);
  });

  it("in both languages each line stands in Japanese with the English below", () => {
    const lines = invoiceLines(demo, "both");
    expect(lines).toContain("請求書 Invoice");
    const place = lines.findIndex((line) => line.includes("利用者数分"));
    expect(lines[place]).toMatch(/ 3,000 +10%$/);
    expect(lines[place + 1]).toBe("    Outside forwarding, per user");
  });

  it("a draft says so, has no number, and tells what stands in the way", () => {
    const lines = invoiceLines(readInvoice(DRAFT_INVOICE), "en");
    expect(lines[0]).toBe("Invoice (draft)");
    expect(lines.filter((line) => /^Number|^Issued/.test(line))).toEqual([]);
    expect(lines.slice(-2)).toEqual(["It cannot be issued yet", "  3 billable legs have no rate"]);
  });
});

describe("rows", () => {
  it("the column yen adds up to what is to be paid", () => {
    const [head, ...rows] = invoiceRows(demo);
    const column = head?.indexOf("yen") ?? -1;
    expect(rows.reduce((sum, row) => sum + Number(row[column]), 0)).toBe(demo.grossYen);
    for (const row of rows) expect(row).toHaveLength(head?.length ?? 0);
  });

  it("CSV: a description that a spreadsheet would run is made harmless", () => {
    const [line] = demo.lines;
    if (line === undefined) throw new Error("the invoice has lines");
    const evil = { ...demo, lines: [{ ...line, description: '=HYPERLINK("x")' }], taxes: [] };
    expect(csvText(invoiceRows(evil))).toMatchInlineSnapshot(`
      "company_id,invoice_month,invoice_number,draft,issue_date,section,month,description,description_ja,source_number,destination_class,quantity,billed_s,unit_yen,yen,tax_percent
      demo,2026-11,KK-2026-11-0001,false,2026-11-20,initial,2026-11,"'=HYPERLINK(""x"")",初期費用 外線転送先追加 代表番号・IVR番号,,,1,0,500,500,10
      "
    `);
  });
});

it.each([
  [0, ""],
  [59, "0:00:59"],
  [3661, "1:01:01"],
  [360_000, "100:00:00"],
])("%i s of calls are shown as %j", (seconds, text) => {
  expect(callTime(seconds)).toBe(text);
});

it.each([
  ["2026-11-05", "2026年11月5日"],
  ["2026-01", "2026年1月"],
  ["soon", "soon"],
])("%s is %s", (text, japanese) => {
  expect(japaneseDate(text)).toBe(japanese);
});
