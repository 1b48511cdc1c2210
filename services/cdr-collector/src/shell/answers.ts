/** What the gRPC services have in common: bounds of requests, and refusals. */
import type { StoreFault } from "../../../lib/runtime/database.ts";
import { type GrpcAnswer, refused } from "../../../lib/runtime/grpc.ts";
import { type CompanyId, isIdFault, parseCompanyId } from "../../../lib/telephony/ids.ts";
import { INSTANT_MAX } from "../../../lib/telephony/instant.ts";

const LIMIT_USUAL = 100;

/** The answer when the database could not; `onFault` hears what the answer does not tell. */
export function storeRefusal(
  fault: StoreFault,
  onFault: (error: unknown) => void,
): GrpcAnswer<never> {
  if (fault.cause === "unavailable") {
    return refused("unavailable", `the database does not answer: ${fault.problem}`);
  }
  onFault(fault);
  return refused("internal", "the database refused; the log of the service says more");
}

/** True for milliseconds that name a moment, or 0. */
export const isMoment = (ms: number): boolean => ms >= 0 && ms <= INSTANT_MAX;
/** What {@link isMoment} asks for. */
export const MOMENT_FORM = "milliseconds since 1970, of the years to 2199; or 0";

/** How many are asked for, 0 meaning the usual; null when more than `most`. */
export function limitOf(asked: number, most: number): number | null {
  if (asked > most) return null;
  return asked === 0 ? Math.min(LIMIT_USUAL, most) : asked;
}

/** The company that is asked for; null for all of them. */
export function companyAsked(text: string): CompanyId | null | GrpcAnswer<never> {
  if (text === "") return null;
  const parsed = parseCompanyId(text);
  return isIdFault(parsed) ? refused("invalid-argument", "company_id: not a company id") : parsed;
}
