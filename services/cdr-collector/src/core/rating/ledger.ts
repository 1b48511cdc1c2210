/**
 * The ledger of charges: entries are only ever added. What a call costs is the sum of its entries.
 *
 * J1  New entries bring the sum to what is owed, and no further: booking again what is booked adds nothing,
 *     and neither the order of replays nor the cut of batches changes a sum.
 * J2  What was booked on another account of the call (an earlier record named another leg, number, month
 *     or company) is taken back there, and the charge is booked on its own account.
 * J3  Entries of a call are numbered from 1 without gaps, so two writers cannot both add the next one.
 */
import type { DestinationClass } from "../../../../lib/telephony/destination-class.ts";
import type { CallId } from "../../../../lib/telephony/ids.ts";
import type { RatedLeg } from "./rating.ts";

/** Why an entry was booked. */
export const BOOKING_REASONS = ["rated", "record-replaced", "re-rated"] as const;
/** One of {@link BOOKING_REASONS}. */
export type BookingReason = (typeof BOOKING_REASONS)[number];

/** Where a charge is booked: one leg of one call, on one number of one company. */
export type Account = Omit<
  RatedLeg,
  "kind" | "plan" | "talkMs" | "billedS" | "units" | "yen" | "deckVersion"
> & { readonly destinationClass: DestinationClass };

/** One booking. `calls`, `billedS` and `yen` are differences: they add up over the entries of an account. */
export interface Entry extends Account {
  /** From 1, per call. */
  readonly entry: number;
  /** 1 books a call, -1 takes it back, 0 corrects it. */
  readonly calls: number;
  readonly billedS: number;
  readonly yen: number;
  /** Units that the leg is charged for from this entry on; 0 when it was taken back. */
  readonly units: number;
  /** Deck that the charge follows from this entry on; null when it was taken back. */
  readonly deckVersion: number | null;
  readonly reason: BookingReason;
}

type Sums = Pick<Entry, "calls" | "billedS" | "yen">;
const NOTHING: Sums = { calls: 0, billedS: 0, yen: 0 };

const accountOf = (of: Account): Account => ({
  callId: of.callId,
  leg: of.leg,
  companyId: of.companyId,
  sourceNumber: of.sourceNumber,
  sourceClass: of.sourceClass,
  destination: of.destination,
  destinationClass: of.destinationClass,
  onNet: of.onNet,
  answeredAt: of.answeredAt,
});

const keyOf = (account: Account): string => Object.values(accountOf(account)).join(" ");

const difference = (owed: Sums, booked: Sums): Sums => ({
  calls: owed.calls - booked.calls,
  billedS: owed.billedS - booked.billedS,
  yen: owed.yen - booked.yen,
});

const isNothing = ({ calls, billedS, yen }: Sums): boolean =>
  calls === 0 && billedS === 0 && yen === 0;

/** Adds up the entries of each account of a call. */
function balances(
  entries: readonly Entry[],
): Map<string, { readonly account: Account; readonly booked: Sums }> {
  const found = new Map<string, { readonly account: Account; readonly booked: Sums }>();
  for (const entry of entries) {
    const key = keyOf(entry);
    const before = found.get(key)?.booked ?? NOTHING;
    const booked = {
      calls: before.calls + entry.calls,
      billedS: before.billedS + entry.billedS,
      yen: before.yen + entry.yen,
    };
    found.set(key, { account: accountOf(entry), booked });
  }
  return found;
}

/** What the entries of a call add up to. */
export const balanceOf = (entries: readonly Entry[]): number =>
  entries.reduce((sum, { yen }) => sum + yen, 0);

/**
 * The entries that bring a call's ledger from `existing` to `owed` (J1, J2); null owes nothing. The first
 * charge of a call is always `rated`; `occasion` says why a later one differs.
 */
export function entriesFor(
  existing: readonly Entry[],
  owed: RatedLeg | null,
  occasion: BookingReason,
): readonly Entry[] {
  const reason = existing.length === 0 ? "rated" : occasion;
  const accounts = balances(existing);
  const own = owed === null ? null : keyOf(owed);
  const added: Omit<Entry, "entry">[] = [];
  for (const [key, { account, booked }] of accounts) {
    if (key === own || isNothing(booked)) continue;
    const back = difference(NOTHING, booked);
    added.push({ ...account, ...back, units: 0, deckVersion: null, reason });
  }
  if (owed !== null && own !== null) {
    const { billedS, yen, units, deckVersion } = owed;
    const more = difference({ calls: 1, billedS, yen }, accounts.get(own)?.booked ?? NOTHING);
    if (!isNothing(more)) added.push({ ...accountOf(owed), ...more, units, deckVersion, reason });
  }
  return added.map((entry, index) => ({ ...entry, entry: existing.length + index + 1 }));
}

/** Entries by the call they belong to. */
export function byCall(entries: readonly Entry[]): ReadonlyMap<CallId, readonly Entry[]> {
  const calls = new Map<CallId, Entry[]>();
  for (const entry of entries) {
    const known = calls.get(entry.callId);
    if (known === undefined) calls.set(entry.callId, [entry]);
    else known.push(entry);
  }
  return calls;
}
