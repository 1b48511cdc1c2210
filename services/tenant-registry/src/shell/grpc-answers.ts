/**
 * What every request of the TenantService stands on, and how its ids are read and its refusals said. Owns
 * which outcome is which gRPC status.
 */
import type { StoreFault } from "../../../lib/runtime/database.ts";
import { type GrpcAnswer, refused } from "../../../lib/runtime/grpc.ts";
import { type E164, isE164Fault, parseE164 } from "../../../lib/telephony/e164.ts";
import {
  type CompanyId,
  isIdFault,
  parseCompanyId,
  parseTrunkId,
  type TrunkId,
} from "../../../lib/telephony/ids.ts";
import type { ChangeLog, Changes, Readings } from "../ports.ts";
import type { ChangeFeed } from "./change-feed.ts";
import type { RegistryMetrics } from "./registry-metrics.ts";

/** What the service stands on. */
export interface Registry {
  readonly changes: Changes;
  readonly readings: Readings;
  readonly log: ChangeLog;
  readonly feed: ChangeFeed;
  readonly metrics: RegistryMetrics;
  /** Hears of failures that are ours, and of errors nobody expected. */
  readonly onFault: (error: unknown) => void;
}

/** Answer of one request. */
export type Answer<T> = Promise<GrpcAnswer<T>>;

/** The refusal for a store that could not say. */
export function storeRefusal(
  fault: StoreFault,
  onFault: (error: unknown) => void,
): GrpcAnswer<never> {
  if (fault.cause === "unavailable") {
    return refused("unavailable", "the registry's database does not answer; try again");
  }
  onFault(fault);
  return refused("internal", "internal error; the log of the service says more");
}

/** The refusal of text that is not `what`. */
export const invalid = (what: string, text: string): GrpcAnswer<never> =>
  refused("invalid-argument", `${JSON.stringify(text.slice(0, 80))} is not ${what}`);

/** Goes on with a company id, or refuses it. */
export const withCompanyId = async <T>(
  text: string,
  then: (id: CompanyId) => Answer<T>,
): Answer<T> => {
  const id = parseCompanyId(text);
  return isIdFault(id) ? invalid("a company id", text) : then(id);
};

/** Goes on with a trunk id, or refuses it. */
export const withTrunkId = async <T>(text: string, then: (id: TrunkId) => Answer<T>): Answer<T> => {
  const id = parseTrunkId(text);
  return isIdFault(id) ? invalid("a trunk id", text) : then(id);
};

/** Goes on with a number, or refuses it. */
export const withNumber = async <T>(text: string, then: (number: E164) => Answer<T>): Answer<T> => {
  const number = parseE164(text);
  return isE164Fault(number) ? invalid("an E.164 number", text) : then(number);
};
