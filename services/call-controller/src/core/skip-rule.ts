/**
 * By which rule an outside target is passed over, judged at the moment of the call with the same code
 * as when the company was saved: a contract may have shrunk since (DOMAIN A8). Owns the order of the
 * rules; the source number and its channels stand elsewhere.
 *
 * K1  Contract switches are judged in the part where the target is configured (A10).
 * K2  What cannot be judged is not dialled: a destination or forwarder that the snapshot lacks.
 */
import type { ContractContent } from "../../../lib/telephony/contract.ts";
import type { Forwarder } from "../../../lib/telephony/destination-limit.ts";
import { isWithinLimit, limitRule } from "../../../lib/telephony/destination-limit.ts";
import type { E164 } from "../../../lib/telephony/e164.ts";
import type { Offer } from "../../../lib/telephony/leg.ts";
import type { RouteDestination, RouteSnapshot } from "../../../lib/telephony/route-snapshot.ts";
import { isSubscriberNumber } from "../../../lib/telephony/subscriber-number.ts";
import { DIVERSIONS_MAX } from "./limits.ts";
import type { ListOwner } from "./source-number.ts";
import { groupNumber } from "./source-number.ts";

/** Why a target of the list is not dialled: a domain rule by its number, or a plain reason. */
export type SkipReason =
  /** No contract, or no forwarding option at all. */
  | "R2"
  /** On a terminal's relay, but only the representative part was bought. */
  | "R23"
  /** On a group's list, but only the terminal part was bought. */
  | "A10"
  /** Beyond the destinations of the terminal. */
  | "R18"
  /** Beyond the destinations of the representative or IVR number. */
  | "R19"
  /** Outside Japan, which the contract does not allow. */
  | "3.1"
  /** No source number. */
  | "D8"
  /** Emergency services call back (RFC 7090): nobody outside is rung. */
  | "psap-callback"
  /** A number of the own company. */
  | "A19"
  /** The caller's own telephone. */
  | "own-extension"
  /** Rings already in the same ring-all. */
  | "duplicate"
  /** The call was diverted too often before (DOMAIN 4.5). */
  | "diversion-limit"
  /** Emergency, service, toll-free, premium and other numbers of DOMAIN 3.1 that no leg may reach. */
  | "prohibited-number"
  /** The member lets only its relay ring; its targets follow. */
  | "relay-only"
  /** Neither class nor price of the number is in the snapshot. */
  | "unknown-destination"
  /** The source number's trunk is not in the snapshot, so its capacity is not known. */
  | "unknown-trunk";

/** An outside target in its place. */
export interface OutsideTarget {
  readonly owner: ListOwner;
  readonly number: E164;
  /** Null when the snapshot does not describe the number. */
  readonly known: RouteDestination | null;
}

/** The rule against dialling the target whatever its source number is; null when there is none. */
export function prohibition(
  snapshot: RouteSnapshot,
  contract: ContractContent | null,
  { diversions, priority }: Offer,
  { owner, number, known }: OutsideTarget,
): SkipReason | null {
  if (priority === "psap-callback") return "psap-callback";
  if (contract === null) return "R2";
  const { terminalForwarding, representativeForwarding } = contract;
  if (!terminalForwarding && !representativeForwarding) return "R2";
  if (owner.kind === "terminal" && !terminalForwarding) return "R23";
  if (owner.kind === "group" && !representativeForwarding) return "A10";
  if (!isSubscriberNumber(number)) return "prohibited-number";
  if (isOwn(snapshot, number)) return "A19";
  if (known === null) return "unknown-destination";
  if (known.class === "international" && !contract.internationalForwarding) return "3.1";
  return diversions >= DIVERSIONS_MAX ? "diversion-limit" : null;
}

const isOwn = ({ entry, numbers, companyNumbers }: RouteSnapshot, number: E164): boolean =>
  entry?.number === number ||
  numbers.some((own) => own.number === number) ||
  companyNumbers.has(number);

/** The rule by which the destination limit passes the target over (A8); null when it is within. */
export function limitation(
  snapshot: RouteSnapshot,
  contract: ContractContent,
  { owner, number }: OutsideTarget,
): SkipReason | null {
  const forwarder = forwarderOf(snapshot, owner);
  if (forwarder === null) return owner.kind === "group" ? "R19" : "R18";
  return isWithinLimit(forwarder, contract, number) ? null : limitRule(forwarder);
}

/** On whose account a list's destinations are counted: the number that rings it, or the terminal. */
function forwarderOf(snapshot: RouteSnapshot, list: ListOwner): Forwarder | null {
  const number = list.kind === "group" ? groupNumber(snapshot, list.group)?.number : null;
  const isOwner = ({ owner }: Forwarder): boolean =>
    owner.kind === "number"
      ? owner.number === number
      : list.kind === "terminal" && owner.extension === list.terminal.extension;
  return snapshot.forwarders.find(isOwner) ?? null;
}
