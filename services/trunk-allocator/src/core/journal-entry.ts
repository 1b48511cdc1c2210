/**
 * What the allocator's journal holds: facts about leases, in the order in which they became true.
 * Owns the shapes and their JSON form; the pool is nothing but these facts applied one by one.
 *
 * J1  A journal message is a batch of facts that became true together (group commit).
 * J2  A decoded batch has the types of this file, or it is a fault: a journal that cannot be read stops the
 *     allocator rather than being skipped.
 */
import type { Instant } from "../../../lib/telephony/instant.ts";

/** One leg's lease as it is taken. */
export interface TakenLeg {
  readonly leg: string;
  readonly scopes: readonly string[];
}

/** Legs of one call under a holder epoch. */
export interface HeldLegs {
  readonly callId: string;
  readonly epoch: number;
  readonly legs: readonly string[];
}

/** A lease in a snapshot. */
export interface Lease {
  readonly callId: string;
  readonly leg: string;
  readonly epoch: number;
  readonly scopes: readonly string[];
  readonly takenAt: Instant;
  readonly expiresAt: Instant;
}

/** Limit of a scope under a registry revision. */
export interface ScopeLimit {
  readonly scope: string;
  readonly limit: number;
  readonly revision: number;
}

/** A fact. */
export type JournalEntry =
  | { readonly kind: "led"; readonly leader: string; readonly term: number; readonly at: Instant }
  | ({ readonly kind: "limited" } & ScopeLimit)
  | {
      readonly kind: "taken";
      readonly callId: string;
      readonly epoch: number;
      readonly at: Instant;
      readonly expiresAt: Instant;
      readonly legs: readonly TakenLeg[];
    }
  | { readonly kind: "released"; readonly callId: string; readonly legs: readonly string[] }
  | { readonly kind: "renewed"; readonly held: readonly HeldLegs[]; readonly expiresAt: Instant }
  | { readonly kind: "expired"; readonly callId: string; readonly leg: string }
  | {
      readonly kind: "snapshot-part";
      /** 0 starts a snapshot; the pool changes only when the last part is there. */
      readonly part: number;
      readonly parts: number;
      readonly leases: readonly Lease[];
      readonly limits: readonly ScopeLimit[];
    };

/** A journal message that is not a batch of entries. */
export interface JournalFault {
  readonly kind: "journal-fault";
  readonly problem: string;
}

const JOURNAL_VERSION = 1;

/** The JSON text of one journal message. */
export const encodeBatch = (entries: readonly JournalEntry[]): string =>
  JSON.stringify({ v: JOURNAL_VERSION, entries });

type Check = (value: unknown) => boolean;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;
const text: Check = (value) => typeof value === "string";
const number: Check = (value) => Number.isFinite(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
/** Every field of `T` with its check; a field of a later version does no harm. */
const shape =
  <T>(fields: Readonly<Record<Exclude<keyof T, "kind">, Check>>): Check =>
  (value) =>
    isRecord(value) && Object.entries<Check>(fields).every(([name, check]) => check(value[name]));

const TAKEN_LEG = shape<TakenLeg>({ leg: text, scopes: listOf(text) });
const HELD_LEGS = shape<HeldLegs>({ callId: text, epoch: number, legs: listOf(text) });
const LIMIT_FIELDS = { scope: text, limit: number, revision: number };
const LEASE = shape<Lease>({
  callId: text,
  leg: text,
  epoch: number,
  scopes: listOf(text),
  takenAt: number,
  expiresAt: number,
});

type Entry<K extends JournalEntry["kind"]> = Extract<JournalEntry, { kind: K }>;

const KINDS: Readonly<Record<JournalEntry["kind"], Check>> = {
  led: shape<Entry<"led">>({ leader: text, term: number, at: number }),
  limited: shape<Entry<"limited">>(LIMIT_FIELDS),
  taken: shape<Entry<"taken">>({
    callId: text,
    epoch: number,
    at: number,
    expiresAt: number,
    legs: listOf(TAKEN_LEG),
  }),
  released: shape<Entry<"released">>({ callId: text, legs: listOf(text) }),
  renewed: shape<Entry<"renewed">>({ held: listOf(HELD_LEGS), expiresAt: number }),
  expired: shape<Entry<"expired">>({ callId: text, leg: text }),
  "snapshot-part": shape<Entry<"snapshot-part">>({
    part: number,
    parts: number,
    leases: listOf(LEASE),
    limits: listOf(shape<ScopeLimit>(LIMIT_FIELDS)),
  }),
};
const CHECKS: ReadonlyMap<unknown, Check> = new Map(Object.entries(KINDS));

const isEntry = (value: unknown): value is JournalEntry =>
  isRecord(value) && CHECKS.get(value["kind"])?.(value) === true;

/** Reads one journal message. */
export function decodeBatch(text: string): readonly JournalEntry[] | JournalFault {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: "journal-fault", problem: "not JSON" };
  }
  if (!isRecord(value) || value["v"] !== JOURNAL_VERSION || !Array.isArray(value["entries"])) {
    return { kind: "journal-fault", problem: `not a version ${JOURNAL_VERSION} batch` };
  }
  const entries: readonly unknown[] = value["entries"];
  const bad = entries.findIndex((entry) => !isEntry(entry));
  if (bad >= 0) return { kind: "journal-fault", problem: `entries[${bad}] has no known shape` };
  return entries.filter(isEntry);
}

/** True for what {@link decodeBatch} returns when it refuses. */
export const isJournalFault = (
  value: readonly JournalEntry[] | JournalFault,
): value is JournalFault => "kind" in value;
