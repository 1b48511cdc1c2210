/**
 * An invoice as the JSON that is kept and as the message that is sent.
 *
 * J1  An issued invoice is read from what was kept and never computed again.
 */
import { z } from "zod";
import { type InvoiceMessage, InvoiceSectionMessage } from "../../../lib/wire/billing.ts";
import type { Invoice } from "../core/invoice/invoice.ts";
import type { Section } from "../core/invoice/lines.ts";

const text = z.string();
const whole = z.int();

const KeptLine = z.object({
  section: z.enum(["initial", "flat", "calls", "adjustment"]),
  description: text,
  descriptionJa: text,
  month: text,
  quantity: whole,
  unitYen: whole,
  netYen: whole,
  taxPercent: whole,
  sourceNumber: text,
  destinationClass: text,
  billedS: whole,
});

/** Shape of an invoice that was kept. */
export const KeptInvoice = z.object({
  number: text,
  companyId: text,
  month: text,
  seller: z.object({
    name: text,
    registrationNumber: text,
    address: text,
    telephone: text,
    bank: text,
  }),
  buyerName: text,
  issueDate: text,
  callsFrom: text,
  callsTo: text,
  lines: z.array(KeptLine),
  taxes: z.array(z.object({ percent: whole, netYen: whole, taxYen: whole })),
  netYen: whole,
  taxYen: whole,
  grossYen: whole,
  obstacles: z.array(text),
  priceVersion: whole,
});

const SECTIONS: Readonly<Record<Section, InvoiceSectionMessage>> = {
  initial: InvoiceSectionMessage.INITIAL,
  flat: InvoiceSectionMessage.FLAT,
  calls: InvoiceSectionMessage.CALLS,
  adjustment: InvoiceSectionMessage.ADJUSTMENT,
};

/** An invoice or a draft as its message. */
export const invoiceToWire = (invoice: Invoice | z.infer<typeof KeptInvoice>): InvoiceMessage => ({
  ...invoice,
  lines: invoice.lines.map((line) => ({ ...line, section: SECTIONS[line.section] })),
});
