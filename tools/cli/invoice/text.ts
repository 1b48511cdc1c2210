/** An invoice for a terminal, in English, Japanese or both. */
import { facts, indent, plain, table } from "../columns.ts";
import { type Bilingual, inLanguage, type Language } from "../language.ts";
import { grouped } from "../money.ts";
import { shownNumber } from "../numbers.ts";
import { type Invoice, type InvoiceLine, isDraft, sectionsOf } from "./invoice.ts";
import { callTime, LABELS, SECTION_TITLES, taxedNet, taxOf } from "./words.ts";

/** The whole invoice. */
export function invoiceLines(invoice: Invoice, language: Language): readonly string[] {
  const word = (words: Bilingual): string => inLanguage(words, language);
  return [
    `${word(LABELS.title)}${isDraft(invoice) ? ` (${word(LABELS.draft)})` : ""}`,
    "",
    ...facts(headOf(invoice).map(([words, value]) => [word(words), value])),
    "",
    ...lineTable(invoice, language),
    "",
    ...totalTable(invoice, language),
    ...obstaclesOf(invoice, word),
  ];
}

/** Facts above the table. */
function headOf(invoice: Invoice): readonly (readonly [Bilingual, string])[] {
  const { seller } = invoice;
  return [
    [LABELS.number, invoice.number],
    [isDraft(invoice) ? LABELS.toBeIssued : LABELS.issued, invoice.issueDate],
    [LABELS.month, invoice.month],
    [LABELS.calls, `${invoice.callsFrom} - ${invoice.callsTo}`],
    [LABELS.buyer, `${invoice.buyerName} (${invoice.companyId})`],
    [LABELS.seller, seller.name],
    [LABELS.registration, seller.registrationNumber],
    [LABELS.address, oneLine(seller.address)],
    [LABELS.telephone, seller.telephone],
    [LABELS.bank, oneLine(seller.bank)],
  ];
}

const oneLine = (text: string): string => text.trim().replace(/\s*\n\s*/g, ", ");

/** Both languages of a line on one terminal line each would be hard to read: one below the other. */
function descriptions({ description, descriptionJa }: InvoiceLine, language: Language) {
  const ja = descriptionJa === "" ? description : descriptionJa;
  if (language === "en" || ja === description) return [description];
  return language === "ja" ? [ja] : [ja, `  ${description}`];
}

function lineTable(invoice: Invoice, language: Language): readonly string[] {
  const word = (words: Bilingual): string => inLanguage(words, language);
  const rows = sectionsOf(invoice).flatMap(({ section, lines, netYen }) => [
    [word(SECTION_TITLES[section])],
    ...lines.flatMap((line) => lineRows(line, language)),
    [`  ${word(LABELS.subtotal)}`, "", "", "", "", "", grouped(netYen)],
  ]);
  return table(
    [
      { title: word(LABELS.description) },
      { title: word(LABELS.source) },
      { title: word(LABELS.month) },
      { title: word(LABELS.quantity), align: "right" },
      { title: word(LABELS.time), align: "right" },
      { title: word(LABELS.unit), align: "right" },
      { title: word(LABELS.amount), align: "right" },
      { title: word(LABELS.rate), align: "right" },
    ],
    rows,
  );
}

function lineRows(line: InvoiceLine, language: Language): readonly (readonly string[])[] {
  const [first = "", ...more] = descriptions(line, language);
  return [
    [
      `  ${first}`,
      shownNumber(line.sourceNumber),
      line.month,
      line.quantity === 0 ? "" : grouped(line.quantity),
      callTime(line.billedS),
      line.unitYen === 0 ? "" : grouped(line.unitYen),
      grouped(line.netYen),
      `${line.taxPercent}%`,
    ],
    ...more.map((text) => [`  ${text}`]),
  ];
}

function totalTable(invoice: Invoice, language: Language): readonly string[] {
  const word = (words: Bilingual): string => inLanguage(words, language);
  const sum = (value: number): string => `${grouped(value)} ${language === "ja" ? "円" : "yen"}`;
  const rows: readonly (readonly [string, string])[] = [
    ...invoice.taxes.flatMap(({ netYen, percent, taxYen }) => [
      [word(taxedNet(percent)), sum(netYen)] as const,
      [word(taxOf(percent)), sum(taxYen)] as const,
    ]),
    [word(LABELS.net), sum(invoice.netYen)],
    [word(LABELS.tax), sum(invoice.taxYen)],
    [word(LABELS.gross), sum(invoice.grossYen)],
  ];
  return table([{ title: "" }, { title: "", align: "right" }], rows).slice(1);
}

const obstaclesOf = (
  { obstacles }: Invoice,
  word: (words: Bilingual) => string,
): readonly string[] =>
  obstacles.length === 0 ? [] : ["", word(LABELS.obstacle), ...indent(obstacles.map(plain))];
