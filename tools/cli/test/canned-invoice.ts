/** Invoices as the collector sends them, for tests of what is printed. All values are samples. */
import {
  type InvoiceLineMessage,
  type InvoiceMessage,
  InvoiceSectionMessage,
} from "../../../services/lib/wire/billing.ts";
import { type Invoice, invoiceFromWire } from "../invoice/invoice.ts";

const REP = "+815012345678";
const OWN = "+815012340001";

/** A line; the net amount of fees follows from quantity and unit. */
export const invoiceLine = (more: Partial<InvoiceLineMessage>): InvoiceLineMessage => ({
  section: InvoiceSectionMessage.FLAT,
  description: "",
  descriptionJa: "",
  month: "2026-11",
  quantity: 0,
  unitYen: 0,
  netYen: (more.quantity ?? 0) * (more.unitYen ?? 0),
  taxPercent: 10,
  sourceNumber: "",
  destinationClass: "",
  billedS: 0,
  ...more,
});

const fee = (
  section: InvoiceSectionMessage,
  [description, descriptionJa]: readonly [string, string],
  [quantity, unitYen]: readonly [number, number],
): InvoiceLineMessage => invoiceLine({ section, description, descriptionJa, quantity, unitYen });

const mobileCalls = {
  section: InvoiceSectionMessage.CALLS,
  description: "Forwarded calls to mobile phones",
  descriptionJa: "転送通話料 携帯電話あて",
  destinationClass: "mobile",
  month: "2026-10",
} as const;

/** The message of an issued invoice with all four sections; `lines` replaces them and its totals. */
export const DEMO_INVOICE: InvoiceMessage = {
  number: "KK-2026-11-0001",
  companyId: "demo",
  month: "2026-11",
  seller: {
    name: "かけはし通信株式会社（見本）",
    registrationNumber: "T1234567890123",
    address: "〒100-0000 東京都千代田区見本町1-2-3\n見本ビル 4階",
    telephone: "03-0000-0000",
    bank: "見本銀行 本店営業部 (001)\n普通 1234567\nカケハシツウシン（カ",
  },
  buyerName: "株式会社デモ",
  issueDate: "2026-11-20",
  callsFrom: "2026-10-01",
  callsTo: "2026-10-31",
  lines: [
    fee(
      InvoiceSectionMessage.INITIAL,
      ["Initial fee: Destination add-on", "初期費用 外線転送先追加 代表番号・IVR番号"],
      [1, 500],
    ),
    fee(
      InvoiceSectionMessage.FLAT,
      ["Outside forwarding, per user", "外線着信転送 標準番号（利用者数分）"],
      [10, 300],
    ),
    fee(
      InvoiceSectionMessage.FLAT,
      ["Outside forwarding, per representative or IVR number", "外線着信転送 代表番号・IVR番号"],
      [3, 1000],
    ),
    invoiceLine({
      ...mobileCalls,
      sourceNumber: REP,
      quantity: 1111,
      billedS: 66_111,
      netYen: 35_552,
    }),
    invoiceLine({
      ...mobileCalls,
      description: "Forwarded calls to landlines",
      descriptionJa: "転送通話料 固定電話あて",
      destinationClass: "landline",
      sourceNumber: OWN,
      quantity: 2,
      billedS: 181,
      netYen: 24,
    }),
    invoiceLine({
      ...mobileCalls,
      section: InvoiceSectionMessage.ADJUSTMENT,
      description: "Forwarded calls to mobile phones, adjustment for 2026-09",
      descriptionJa: "転送通話料 携帯電話あて（2026年9月分の調整）",
      month: "2026-09",
      sourceNumber: REP,
      quantity: 1,
      billedS: 61,
      netYen: -32,
    }),
  ],
  taxes: [{ percent: 10, netYen: 42_044, taxYen: 4204 }],
  netYen: 42_044,
  taxYen: 4204,
  grossYen: 46_248,
  obstacles: [],
  priceVersion: 1,
};

/** As it is read. */
export function readInvoice(message: InvoiceMessage): Invoice {
  const read = invoiceFromWire(message);
  if ("kind" in read) throw new Error(JSON.stringify(read));
  return read;
}

/** The demo invoice with calls of so many source numbers, and totals that fit them. */
export function longInvoice(numbers: number): InvoiceMessage {
  const calls = Array.from({ length: numbers }, (_, place) =>
    invoiceLine({
      ...mobileCalls,
      sourceNumber: `+81501111${String(place).padStart(4, "0")}`,
      quantity: place + 1,
      billedS: 61 * (place + 1),
      netYen: 32 * (place + 1),
    }),
  );
  const fees = DEMO_INVOICE.lines.filter(({ section }) => section !== InvoiceSectionMessage.CALLS);
  const lines = [...fees, ...calls];
  const netYen = lines.reduce((sum, line) => sum + line.netYen, 0);
  const taxYen = Math.floor(netYen / 10);
  const taxes = [{ percent: 10, netYen, taxYen }];
  return { ...DEMO_INVOICE, lines, taxes, netYen, taxYen, grossYen: netYen + taxYen };
}

/** The demo invoice before it is issued. */
export const DRAFT_INVOICE: InvoiceMessage = {
  ...DEMO_INVOICE,
  number: "",
  obstacles: ["3 billable legs have no rate"],
};
