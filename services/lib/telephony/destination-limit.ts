/**
 * How many outside destinations a number or terminal may forward to (DOMAIN R18 to R20, A4 to A8). The
 * same code judges when a company is stored and when a call is made.
 *
 * L1  A repeated destination counts once, over all lists and schedules of its forwarder (A6).
 * L2  Of a contract that shrank, the first destinations in list order stay (A8).
 */
import type { ContractContent } from "./contract.ts";
import { addOnUnits } from "./contract.ts";
import type { E164 } from "./e164.ts";
import type { Extension } from "./ids.ts";

/** On whose account destinations are counted, with all of them in list order, each once. */
export interface Forwarder {
  readonly owner:
    | { readonly kind: "number"; readonly number: E164 }
    | { readonly kind: "terminal"; readonly extension: Extension };
  /** The number whose add-on units count; null for a terminal without own number (A5, A7). */
  readonly addOnNumber: E164 | null;
  readonly destinations: readonly E164[];
}

/** The rule by which a forwarder is limited. */
export const limitRule = ({ owner }: Forwarder): "R18" | "R19" =>
  owner.kind === "number" ? "R19" : "R18";

/** Destinations of a forwarder under a contract: included ones and add-on units (R18 to R20). */
export const destinationLimit = (forwarder: Forwarder, content: ContractContent): number =>
  (forwarder.owner.kind === "number" ? 2 : 1) + addOnUnits(content, forwarder.addOnNumber);

/** True for a destination that the forwarder's limit reaches (A8). */
export function isWithinLimit(
  forwarder: Forwarder,
  content: ContractContent,
  destination: E164,
): boolean {
  const place = forwarder.destinations.indexOf(destination);
  return place >= 0 && place < destinationLimit(forwarder, content);
}
