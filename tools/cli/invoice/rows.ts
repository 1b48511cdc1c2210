/**
 * An invoice as rows for programs: a head, its lines, then the tax of each rate.
 *
 * W1  Lines are net and tax rows are tax, so that the column `yen` adds up to what is to be paid.
 */
import { type Invoice, isDraft } from "./invoice.ts";
import { taxOf } from "./words.ts";

type Row = readonly (string | number | boolean)[];

const HEAD = [
  "company_id",
  "invoice_month",
  "invoice_number",
  "draft",
  "issue_date",
  "section",
  "month",
  "description",
  "description_ja",
  "source_number",
  "destination_class",
  "quantity",
  "billed_s",
  "unit_yen",
  "yen",
  "tax_percent",
] as const;

/** A head and the rows. */
export function invoiceRows(invoice: Invoice): readonly Row[] {
  const { companyId, issueDate, lines, month, number, taxes } = invoice;
  const own = [companyId, month, number, isDraft(invoice), issueDate];
  return [
    HEAD,
    ...lines.map((line) => [
      ...own,
      line.section,
      line.month,
      line.description,
      line.descriptionJa,
      line.sourceNumber,
      line.destinationClass,
      line.quantity,
      line.billedS,
      line.unitYen,
      line.netYen,
      line.taxPercent,
    ]),
    ...taxes.map(({ percent, taxYen }) => {
      const { en, ja } = taxOf(percent);
      return [...own, "tax", month, en, ja, "", "", 0, 0, 0, taxYen, percent];
    }),
  ];
}
