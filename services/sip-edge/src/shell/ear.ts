/**
 * Where the sides of a call report to. They outlive it by 64*T1, for answers that come late, and must
 * not hold all of it as long.
 */
import type { EdgeCallInput } from "../core/call.ts";
import type { SideFact } from "../core/leg/side.ts";

/** The call that listens; null once it is over. */
export interface Ear {
  call: { readonly take: (input: EdgeCallInput) => void } | null;
}

/** Reports facts as inputs of the call. Not in a method: its closure would hold the call itself. */
export const heardBy =
  (ear: Ear, asInput: (fact: SideFact) => EdgeCallInput) =>
  (fact: SideFact): void =>
    ear.call?.take(asInput(fact));
