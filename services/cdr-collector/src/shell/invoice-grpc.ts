/** The half of the BillingService that is about prices and invoices: checks what is asked, does it, answers. */
import { type Database, isStoreFault, type Query } from "../../../lib/runtime/database.ts";
import { answered, type GrpcAnswer, refused, unary } from "../../../lib/runtime/grpc.ts";
import { type CompanyId, isIdFault, parseCompanyId } from "../../../lib/telephony/ids.ts";
import type { Instant } from "../../../lib/telephony/instant.ts";
import {
  addMonths,
  type CivilMonth,
  monthOf,
  parseCivilMonth,
} from "../../../lib/telephony/tokyo-time.ts";
import type {
  ApplyPricesRequest,
  ApplyPricesResponse,
  BillingServiceServer,
  GetInvoiceResponse,
  GetPricesRequest,
  GetPricesResponse,
} from "../../../lib/wire/billing.ts";
import { fixedPolicyFaults } from "../core/prices/price-file.ts";
import { storeRefusal } from "./answers.ts";
import { invoiceToWire } from "./invoice-document.ts";
import { draftInvoice } from "./invoice-draft.ts";
import type { ReadHistory } from "./invoice-history.ts";
import {
  hasInvoices,
  insertInvoice,
  insertPrices,
  issuedInvoice,
  lockInvoices,
  lockIssuing,
  newestPrices,
} from "./invoice-store.ts";
import { readPriceDocument } from "./price-document.ts";

/** Drafts further ahead say nothing. */
const MONTHS_AHEAD_MAX = 12;

/** What this half needs. */
export interface InvoiceParts {
  readonly database: Database;
  readonly readHistory: ReadHistory;
  readonly now: () => Instant;
  /** Hears of errors that no one expected. */
  readonly onFault: (error: unknown) => void;
}

const NO_PRICES = refused(
  "failed-precondition",
  "no prices yet: apply a price file with `kakehashi prices apply -f FILE` (docs/price-file.md)",
);

/** Runs a transaction that is kept when it answers well; a failing database becomes a refusal. */
async function transacted<T>(
  { database, onFault }: InvoiceParts,
  work: (query: Query) => Promise<GrpcAnswer<T>>,
): Promise<GrpcAnswer<T>> {
  const result = await database.transaction(work, ({ ok }) => ok);
  return isStoreFault(result) ? storeRefusal(result, onFault) : result;
}

/** Applies a price file: whole or not at all; the same content again changes nothing. */
function applyPrices(
  parts: InvoiceParts,
  { document, dryRun }: ApplyPricesRequest,
): Promise<GrpcAnswer<ApplyPricesResponse>> | GrpcAnswer<ApplyPricesResponse> {
  const read = readPriceDocument(document);
  if (read.kind === "faulty") {
    return answered({ version: 0, faults: [...read.faults], unchanged: false });
  }
  return transacted(parts, async (query): Promise<GrpcAnswer<ApplyPricesResponse>> => {
    await lockInvoices(query);
    const newest = await newestPrices(query);
    if (newest !== null && JSON.stringify(newest.file) === JSON.stringify(read.file)) {
      return answered({ version: newest.version, faults: [], unchanged: true });
    }
    if (newest !== null && (await hasInvoices(query))) {
      const faults = fixedPolicyFaults(newest.file.policies, read.file.policies).map(read.placed);
      if (faults.length > 0) return answered({ version: 0, faults, unchanged: false });
    }
    const next = (newest?.version ?? 0) + 1;
    const version = dryRun ? 0 : await insertPrices(query, next, document);
    return answered({ version, faults: [], unchanged: false });
  });
}

const getPrices = (parts: InvoiceParts): Promise<GrpcAnswer<GetPricesResponse>> =>
  transacted(parts, async (query) => {
    const newest = await newestPrices(query);
    if (newest === null) return NO_PRICES;
    const { version, document, appliedAt } = newest;
    return answered({ version, document, appliedAtMs: appliedAt });
  });

interface Asked {
  readonly companyId: CompanyId;
  readonly month: CivilMonth;
}

function parseAsked(
  request: { readonly companyId: string; readonly month: string },
  now: Instant,
): GrpcAnswer<Asked> {
  const companyId = parseCompanyId(request.companyId);
  if (isIdFault(companyId)) return refused("invalid-argument", "company_id: not a company id");
  const month = parseCivilMonth(request.month);
  if (month === null) return refused("invalid-argument", "month: must be like 2026-10");
  const last = addMonths(monthOf(now), MONTHS_AHEAD_MAX);
  if (month > last) return refused("invalid-argument", `month: ${last} at the latest`);
  return answered({ companyId, month });
}

type Invoiced = Promise<GrpcAnswer<GetInvoiceResponse>>;

/** The issued invoice, which needs no registry; null when there is none. */
const findIssued = (
  parts: InvoiceParts,
  { companyId, month }: Asked,
): Promise<GrpcAnswer<GetInvoiceResponse | null>> =>
  transacted(parts, async (query) => {
    const issued = await issuedInvoice(query, companyId, month);
    return answered(issued && { invoice: invoiceToWire(issued) });
  });

/** The issued invoice, else what `make` does with the company's history. */
async function issuedOr(
  parts: InvoiceParts,
  request: { readonly companyId: string; readonly month: string },
  make: (draft: Parameters<typeof draftInvoice>) => Invoiced,
): Invoiced {
  const now = parts.now();
  const asked = parseAsked(request, now);
  if (!asked.ok) return asked;
  const issued = await findIssued(parts, asked.value);
  if (!issued.ok) return issued;
  if (issued.value !== null) return answered(issued.value);
  const history = await parts.readHistory(asked.value.companyId);
  if (!history.ok) return history;
  return transacted(parts, (query) => make([query, history.value, asked.value.month, now]));
}

async function draft(facts: Parameters<typeof draftInvoice>): Invoiced {
  const made = await draftInvoice(...facts);
  return made === null ? NO_PRICES : answered({ invoice: invoiceToWire(made) });
}

/** Issues under the locks, unless someone else just did. */
async function issue(facts: Parameters<typeof draftInvoice>): Invoiced {
  const [query, { companyId }, month] = facts;
  await lockIssuing(query);
  const issued = await issuedInvoice(query, companyId, month);
  if (issued !== null) return answered({ invoice: invoiceToWire(issued) });
  const made = await draftInvoice(...facts);
  if (made === null) return NO_PRICES;
  if (made.obstacles.length > 0) {
    return refused("failed-precondition", `cannot be issued: ${made.obstacles.join("; ")}`);
  }
  return answered({ invoice: invoiceToWire(await insertInvoice(query, made)) });
}

/** ApplyPrices, GetPrices, GetInvoice and IssueInvoice. */
export const invoiceHalf = (
  parts: InvoiceParts,
): Pick<BillingServiceServer, "applyPrices" | "getPrices" | "getInvoice" | "issueInvoice"> => ({
  applyPrices: unary((request) => applyPrices(parts, request), parts.onFault),
  getPrices: unary((_: GetPricesRequest) => getPrices(parts), parts.onFault),
  getInvoice: unary((request) => issuedOr(parts, request, draft), parts.onFault),
  issueInvoice: unary((request) => issuedOr(parts, request, issue), parts.onFault),
});
