/**
 * What keeps a call that comes back to us from going round (DOMAIN 4.5). Presenting our own number hides
 * a loop from the far end; what it holds or repeats is counted by the allocator, for all controllers.
 * Owns: what an outside leg claims for it, and the rule that a refused claim stands for. Does not own:
 * guard (a), which is A19 (skip-rule.ts), and the diversion limit.
 *
 * L1  (c) Every outside leg counts against its source number, up to the contract's channelsPerNumber.
 * L2  (b) A call from outside whose caller is a number of the company dials nobody outside while another
 *     call holds anything of that number.
 * L3  (d) The same caller, called number and source, too often in LOOP_WINDOW_MS, dials nobody outside.
 * L4  Guards judge what is about to be dialled. A lease that is taken again under a leg that is up
 *     states its scopes without (b) and no rate: there is no loop left to stop.
 */
import type { ContractTerm } from "../../../lib/telephony/contract.ts";
import { type E164, isE164Fault, parseE164 } from "../../../lib/telephony/e164.ts";
import type { Offer } from "../../../lib/telephony/leg.ts";
import type { RouteSnapshot } from "../../../lib/telephony/route-snapshot.ts";
import type { CallRate, ChannelScope } from "./call/effect.ts";
import { calledText } from "./dialled.ts";
import { limitRevision } from "./limit-revision.ts";
import { LOOP_WINDOW_MS, RATES_MAX } from "./limits.ts";

const SOURCE = "source:";
const LOOP = "loop:";

/** The scopes that guard a leg under `source` (L1, L2). */
export function guardScopes(
  { companyNumbers, revision }: RouteSnapshot,
  contract: ContractTerm,
  { origin, caller }: Offer,
  source: E164,
): readonly ChannelScope[] {
  const scope = (number: E164, onlyWhenFree: boolean): ChannelScope => ({
    id: `${SOURCE}${number}`,
    limit: contract.channelsPerNumber,
    revision: limitRevision(revision, contract),
    onlyWhenFree,
  });
  const own = origin.kind === "trunk" ? parseE164(caller.number) : null;
  if (own === null || isE164Fault(own) || !companyNumbers.has(own)) return [scope(source, false)];
  return own === source ? [scope(source, true)] : [scope(source, false), scope(own, true)];
}

/** The rates that guard legs under `sources` (L3); none when `limit` is 0 or the caller has no number. */
export function loopRates(
  offer: Offer,
  limit: number,
  sources: readonly E164[],
): readonly CallRate[] {
  const { number } = offer.caller;
  if (limit === 0 || number === "") return [];
  const called = calledText(offer);
  return [...new Set(sources)].slice(0, RATES_MAX).map((source) => ({
    id: `${LOOP}${number}>${called}>${source}`,
    limit,
    windowMs: LOOP_WINDOW_MS,
  }));
}

/** The guard that a refused scope or rate of a leg stands for; null when a channel was wanting. */
export function guardRule(
  scopes: readonly ChannelScope[],
  refused: string,
): "4.5b" | "4.5c" | "4.5d" | null {
  if (refused.startsWith(LOOP)) return "4.5d";
  if (!refused.startsWith(SOURCE)) return null;
  return scopes.some(({ id, onlyWhenFree }) => onlyWhenFree && id === refused) ? "4.5b" : "4.5c";
}
