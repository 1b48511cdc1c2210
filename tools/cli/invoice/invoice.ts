/**
 * An invoice as the collector made it, cut into its sections. Owns the order of sections and their
 * sums for the eye; what is billed and what the tax is, the collector decides.
 *
 * V1  Lines are net; tax stands once per rate, as the collector cut it (DOMAIN 5.1, R25).
 */

import {
  type InvoiceLineMessage,
  type InvoiceMessage,
  InvoiceSectionMessage,
} from "../../../services/lib/wire/billing.ts";
import { enumTable } from "../../../services/lib/wire/enum-table.ts";
import { decoding, type WireFault } from "../../../services/lib/wire/fault.ts";

/** Sections in the order in which they stand. */
export const SECTIONS = ["initial", "flat", "calls", "adjustment"] as const;
/** One of {@link SECTIONS}. */
export type Section = (typeof SECTIONS)[number];

const SECTION_WORDS = enumTable<Section, InvoiceSectionMessage>()({
  initial: InvoiceSectionMessage.INITIAL,
  flat: InvoiceSectionMessage.FLAT,
  calls: InvoiceSectionMessage.CALLS,
  adjustment: InvoiceSectionMessage.ADJUSTMENT,
});

/** A line with its section in words. */
export type InvoiceLine = Omit<InvoiceLineMessage, "section"> & { readonly section: Section };

/** See the file header. Amounts are whole yen; dates are Tokyo's. */
export interface Invoice extends Omit<InvoiceMessage, "lines" | "seller"> {
  readonly seller: NonNullable<InvoiceMessage["seller"]>;
  readonly lines: readonly InvoiceLine[];
}

/** A section that has lines, and their net sum. */
export interface SectionOfLines {
  readonly section: Section;
  readonly lines: readonly InvoiceLine[];
  readonly netYen: number;
}

const NO_SELLER = { name: "", registrationNumber: "", address: "", telephone: "", bank: "" };

/** Reads an invoice; a fault when it holds a section that this program does not know. */
export const invoiceFromWire = (message: InvoiceMessage): Invoice | WireFault =>
  decoding("Invoice", () => ({
    ...message,
    seller: message.seller ?? NO_SELLER,
    lines: message.lines.map((line, place) => ({
      ...line,
      section: SECTION_WORDS.fromWire(line.section, `lines[${place}].section`),
    })),
  }));

/** A draft has no number yet. */
export const isDraft = ({ number }: Invoice): boolean => number === "";

/** The sections that have lines, in order. */
export const sectionsOf = ({ lines }: Invoice): readonly SectionOfLines[] =>
  SECTIONS.flatMap((section) => {
    const own = lines.filter((line) => line.section === section);
    const netYen = own.reduce((sum, line) => sum + line.netYen, 0);
    return own.length === 0 ? [] : [{ section, lines: own, netYen }];
  });
