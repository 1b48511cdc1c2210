/** The rates' half of the BillingService: decks, quotes, unrated legs, re-rating. Invoices: the other half. */
import type { ServerWritableStream } from "@grpc/grpc-js";
import { status } from "@grpc/grpc-js";
import { isStoreFault } from "../../../lib/runtime/database.ts";
import { answered, type GrpcAnswer, refused, unary } from "../../../lib/runtime/grpc.ts";
import { DESTINATION_CLASSES } from "../../../lib/telephony/destination-class.ts";
import { isE164Fault, parseE164 } from "../../../lib/telephony/e164.ts";
import { parseCivilDate } from "../../../lib/telephony/tokyo-time.ts";
import type {
  BillingServiceServer,
  ImportRatesRequest,
  ImportRatesResponse,
  ListRateDecksRequest,
  ListRateDecksResponse,
  ListUnratedRequest,
  ListUnratedResponse,
  QuotedDestinationMessage,
  QuoteMessage,
  QuoteRatesRequest,
  QuoteRatesResponse,
  RerateRequest,
  RerateResponse,
} from "../../../lib/wire/billing.ts";
import type { RatedDestination } from "../core/rating/rate-deck.ts";
import type { FoundRate } from "../core/rating/rating.ts";
import { companyAsked, isMoment, limitOf, MOMENT_FORM, storeRefusal } from "./answers.ts";
import { importDeck, listDecks } from "./rate-decks.ts";
import { readRateFile } from "./rate-file.ts";
import { type RatesPorts, serveRerate } from "./rerate-stream.ts";
import { listUnrated } from "./unrated.ts";

const UNRATED_MAX = 1000;
const QUOTES_MAX = 1000;
const PLAN = /^[A-Za-z0-9._-]{1,64}$/;

const planFault = (plan: string): string | null =>
  PLAN.test(plan) ? null : "plan: 1 to 64 letters, digits, and . _ -";

async function importRates(
  { database, now, onFault }: RatesPorts,
  request: ImportRatesRequest,
): Promise<GrpcAnswer<ImportRatesResponse>> {
  const { plan, csv, dryRun } = request;
  const fault = planFault(plan);
  if (fault !== null) return refused("invalid-argument", fault);
  const validFrom = parseCivilDate(request.validFrom);
  if (validFrom === null) return refused("invalid-argument", "valid_from: a day like 2026-10-01");
  const file = readRateFile(csv);
  if (!file.ok) return answered({ version: 0, faults: file.faults, rates: [], unchanged: false });
  const { rates } = file;
  const how = { at: now(), write: !dryRun };
  const result = await importDeck(database, { plan, validFrom, rates }, how);
  if (isStoreFault(result)) return storeRefusal(result, onFault);
  const { version, unchanged } = result;
  return answered({ version: dryRun ? 0 : (version ?? 0), faults: [], rates, unchanged });
}

async function listRateDecks(
  { database, onFault }: RatesPorts,
  { plan }: ListRateDecksRequest,
): Promise<GrpcAnswer<ListRateDecksResponse>> {
  const fault = plan === "" ? null : planFault(plan);
  if (fault !== null) return refused("invalid-argument", fault);
  const found = await listDecks(database, plan);
  if (isStoreFault(found)) return storeRefusal(found, onFault);
  const decks = found.map(({ importedAt, ...deck }) => ({ ...deck, importedAtMs: importedAt }));
  return answered({ decks });
}

/** The question of a quote, or what is wrong with it. */
function asked(
  { number, class: word, onNet }: QuotedDestinationMessage,
  { plan, atMs }: QuoteRatesRequest,
): RatedDestination | string {
  const destination = parseE164(number);
  if (isE164Fault(destination)) return `number: ${number} is not an E.164 number`;
  const destinationClass = DESTINATION_CLASSES.find((known) => known === word);
  if (destinationClass === undefined) return `class: one of ${DESTINATION_CLASSES.join(", ")}`;
  return { plan, answeredAt: atMs, destination, destinationClass, onNet };
}

const quoteOf = (found: FoundRate): QuoteMessage =>
  found.kind === "found"
    ? { rate: found.rate, deckVersion: found.deckVersion, unrated: "" }
    : { rate: undefined, deckVersion: 0, unrated: found.reason };

async function quoteRates(
  { database, findRates, onFault }: RatesPorts,
  request: QuoteRatesRequest,
): Promise<GrpcAnswer<QuoteRatesResponse>> {
  if (!isMoment(request.atMs)) return refused("invalid-argument", `at_ms: ${MOMENT_FORM}`);
  if (request.destinations.length > QUOTES_MAX) {
    return refused("invalid-argument", `destinations: at most ${QUOTES_MAX}`);
  }
  const questions: RatedDestination[] = [];
  for (const [index, destination] of request.destinations.entries()) {
    const question = asked(destination, request);
    if (typeof question === "string") {
      return refused("invalid-argument", `destinations[${index}].${question}`);
    }
    questions.push(question);
  }
  const found = await database.run((query) => findRates(query, questions));
  return isStoreFault(found)
    ? storeRefusal(found, onFault)
    : answered({ quotes: found.map(quoteOf) });
}

async function unratedLegs(
  { database, onFault }: RatesPorts,
  request: ListUnratedRequest,
): Promise<GrpcAnswer<ListUnratedResponse>> {
  const limit = limitOf(request.limit, UNRATED_MAX);
  if (limit === null) return refused("invalid-argument", `limit: at most ${UNRATED_MAX}`);
  const company = companyAsked(request.companyId);
  if (company !== null && typeof company === "object") return company;
  const found = await listUnrated(database, company, limit);
  if (isStoreFault(found)) return storeRefusal(found, onFault);
  const legs = found.legs.map(({ answeredAt, ...leg }) => ({ ...leg, answeredAtMs: answeredAt }));
  return answered({ legs, total: found.total });
}

function rerateLegs(
  ports: RatesPorts,
  stream: ServerWritableStream<RerateRequest, RerateResponse>,
): void {
  serveRerate(stream, ports).catch((error: unknown) => {
    ports.onFault(error);
    stream.emit("error", { code: status.INTERNAL, details: "internal error; the log says more" });
  });
}

/** The methods that are about rates. */
export const ratesHalf = (
  ports: RatesPorts,
): Pick<
  BillingServiceServer,
  "importRates" | "listRateDecks" | "quoteRates" | "listUnrated" | "rerate"
> => ({
  importRates: unary((request: ImportRatesRequest) => importRates(ports, request), ports.onFault),
  listRateDecks: unary(
    (request: ListRateDecksRequest) => listRateDecks(ports, request),
    ports.onFault,
  ),
  quoteRates: unary((request: QuoteRatesRequest) => quoteRates(ports, request), ports.onFault),
  listUnrated: unary((request: ListUnratedRequest) => unratedLegs(ports, request), ports.onFault),
  rerate: (stream) => rerateLegs(ports, stream),
});
