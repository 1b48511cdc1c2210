/** What a reader finds in the PDF: its text by page, taken out again by another program's library. */
import { getDocument, OPS, type PDFDocumentProxy } from "pdfjs-dist/legacy/build/pdf.mjs";
import { describe, expect, it } from "vitest";
import { grouped } from "../money.ts";
import { DEMO_INVOICE, DRAFT_INVOICE, longInvoice, readInvoice } from "../test/canned-invoice.ts";
import { invoicePdf } from "./pdf.ts";

const opened = async (message: typeof DEMO_INVOICE): Promise<PDFDocumentProxy> => {
  const { bytes } = await invoicePdf(readInvoice(message));
  return getDocument({ data: new Uint8Array(bytes), verbosity: 0 }).promise;
};

/** Text of each page without spaces: where they stand is the layout's. */
async function pagesOf(document: PDFDocumentProxy): Promise<readonly string[]> {
  const texts: string[] = [];
  for (let number = 1; number <= document.numPages; number += 1) {
    const { items } = await (await document.getPage(number)).getTextContent();
    const text = items.map((item) => ("str" in item ? item.str : "")).join("");
    texts.push(text.replace(/\s/g, ""));
  }
  return texts;
}

const bare = (text: string): string => text.replace(/\s/g, "");

describe("one page", () => {
  it("R25: a qualified invoice: issuer and number, date, buyer, lines, net and tax by rate, total", async () => {
    const [page = "", ...more] = await pagesOf(await opened(DEMO_INVOICE));
    expect(more).toEqual([]);
    for (const text of [
      "請求書",
      "株式会社デモ御中",
      "登録番号T1234567890123",
      "かけはし通信株式会社（見本）",
      "請求書番号KK-2026-11-0001",
      "発行日2026年11月20日",
      "通話期間2026年10月1日〜2026年10月31日",
      "10%対象(税抜)42,044",
      "消費税(10%)4,204",
      "請求金額(税込)¥46,248",
      "お振込先見本銀行本店営業部(001)普通1234567",
      "1/1",
    ]) {
      expect(page).toContain(text);
    }
    for (const { descriptionJa } of DEMO_INVOICE.lines) expect(page).toContain(bare(descriptionJa));
    expect(page).not.toContain("下書き");
  });

  it("R16: flat fees and calls have subtotals of their own; less than nothing is marked", async () => {
    const [page = ""] = await pagesOf(await opened(DEMO_INVOICE));
    expect(page).toContain("月額基本料小計6,000");
    expect(page).toContain("通話料小計35,576");
    expect(page).toContain("前月以前の調整小計▲32");
  });

  it("several tax rates: each with net and tax, then their sums", async () => {
    const taxes = [
      { percent: 8, netYen: 1000, taxYen: 80 },
      { percent: 10, netYen: 2000, taxYen: 200 },
    ];
    const totals = { taxes, netYen: 3000, taxYen: 280, grossYen: 3280 };
    const [page = ""] = await pagesOf(await opened({ ...DEMO_INVOICE, ...totals }));
    expect(page).toContain(
      "8%対象(税抜)1,000消費税(8%)8010%対象(税抜)2,000消費税(10%)200合計(税抜)3,000消費税合計280請求金額(税込)¥3,280",
    );
  });
});

it("nothing runs into its neighbour when a million calls cost a thousand million yen", async () => {
  const [, , , line] = DEMO_INVOICE.lines;
  const large = { ...line!, quantity: 1_234_567, billedS: 99_999 * 3600, netYen: 1_234_567_890 };
  const totals = { netYen: 1_234_567_890, taxYen: 123_456_789, grossYen: 1_358_024_679 };
  const taxes = [{ percent: 10, netYen: totals.netYen, taxYen: totals.taxYen }];
  const document = await opened({ ...DEMO_INVOICE, ...totals, taxes, lines: [large] });
  const { items } = await (await document.getPage(1)).getTextContent();
  const texts = items.flatMap((item) =>
    "str" in item && item.str.trim() !== ""
      ? [{ text: item.str, left: Number(item.transform[4]), y: Number(item.transform[5]), item }]
      : [],
  );
  const collisions = texts.flatMap(({ text, left, y, item }) =>
    texts
      .filter((other) => other.left > left && Math.abs(other.y - y) < 4)
      .filter((other) => other.left < left + item.width - 0.5)
      .map((other) => `${text} ${other.text}`),
  );
  expect(collisions).toEqual([]);
});

describe("many pages", () => {
  it("every line stands on one page, under a head; the totals stand below the last line", async () => {
    const message = longInvoice(150);
    const pages = await pagesOf(await opened(message));
    expect(pages.length).toBeGreaterThan(3);
    for (const { netYen, sourceNumber } of message.lines.filter((one) => one.billedS > 61)) {
      const row = `${sourceNumber.replace("+81", "0")}転送通話料携帯電話あて2026年10月`;
      expect(pages.filter((page) => page.includes(row))).toHaveLength(1);
      expect(pages.some((page) => page.includes(`${grouped(netYen)}10%`))).toBe(true);
    }
    pages.forEach((page, place) => {
      expect(page).toContain("内容ご利用月数量通話時間単価金額(税抜)税率");
      expect(page).toContain(`${place + 1}/${pages.length}`);
      expect(page).toContain("請求書KK-2026-11-0001".slice(place === 0 ? 3 : 0));
      expect(page.includes("10%対象")).toBe(place === pages.length - 1);
    });
    expect(pages.slice(1, -1).every((page) => page.includes("通話料(続き)"))).toBe(true);
    expect(pages.at(-1)).toMatch(/小計.*10%対象/);
  });
});

describe("every page", () => {
  it("a draft is marked on each, and has no number", async () => {
    const pages = await pagesOf(await opened({ ...longInvoice(60), ...DRAFT_HEAD }));
    expect(pages.length).toBeGreaterThan(1);
    for (const page of pages) expect(page).toContain("下書き");
    expect(pages[0]).toContain("発行予定日2026年11月20日");
  });

  it("no glyph is missing, also when a name has characters that the font does not have", async () => {
    const document = await opened({ ...DEMO_INVOICE, buyerName: "𠮷田商店🙂髙﨑㈱" });
    const [page = ""] = await pagesOf(document);
    expect(page).toContain("〓田商店〓髙﨑㈱御中");
    const { argsArray, fnArray } = await (await document.getPage(1)).getOperatorList();
    const glyphs = argsArray.filter((_, place) => fnArray[place] === OPS.showText).flat(2);
    const codes = glyphs.flatMap((glyph) =>
      typeof glyph === "object" && glyph !== null && "originalCharCode" in glyph
        ? [glyph.originalCharCode]
        : [],
    );
    expect(codes.length).toBeGreaterThan(200);
    expect(codes).not.toContain(0);
  });
});

const DRAFT_HEAD = { number: DRAFT_INVOICE.number, obstacles: DRAFT_INVOICE.obstacles };

describe("the file", () => {
  it("F1: the same invoice makes the same bytes", async () => {
    const [one, other] = await Promise.all([
      invoicePdf(readInvoice(DEMO_INVOICE)),
      invoicePdf(readInvoice(DEMO_INVOICE)),
    ]);
    expect(Buffer.from(one.bytes).equals(Buffer.from(other.bytes))).toBe(true);
  });

  it("says what it is, in which language, from whom and of which day", async () => {
    const { info } = await (await opened(DEMO_INVOICE)).getMetadata();
    expect(info).toMatchObject({
      Title: "請求書 KK-2026-11-0001",
      Author: "かけはし通信株式会社（見本）",
      Language: "ja-JP",
      CreationDate: "D:20261119150000Z",
    });
  });
});
