/**
 * From a route snapshot and an offer to the ring plan: who is tried, in which order, for how long, under
 * which source number; and who is not, and by which rule. The same code serves calls and `plan`.
 *
 * P1  Every target of the lists stands in the plan, skipped or not, up to TARGETS_MAX.
 * P2  A target that is not skipped can be dialled: an outside one has a source number and both scopes.
 * P3  Contract switches are judged again here, in the part where the target is configured (A10).
 */
import { unreachable } from "../../../lib/telephony/assert.ts";
import type {
  LegRecord,
  RingMode,
  SourceIdentity,
} from "../../../lib/telephony/call-detail-record.ts";
import type { E164 } from "../../../lib/telephony/e164.ts";
import type { CompanyId, LegId, TrunkId } from "../../../lib/telephony/ids.ts";
import { attemptLeg } from "../../../lib/telephony/ids.ts";
import type { Offer } from "../../../lib/telephony/leg.ts";
import type {
  RouteKey,
  RouteSnapshot,
  RouteTarget,
} from "../../../lib/telephony/route-snapshot.ts";
import type { ChannelScope } from "./call/effect.ts";
import { ANSWER_WITHIN_MS, DIVERSIONS_MAX, TARGETS_MAX } from "./limits.ts";
import type { Refusal } from "./refusal.ts";
import {
  BROKEN_ROUTE,
  OUTSIDE_CALL,
  REGISTRY_AWAY,
  TOO_MANY_HOPS,
  UNKNOWN_NUMBER,
} from "./refusal.ts";
import { sourceNumber } from "./source-number.ts";
import type { Draft } from "./target-list.ts";
import { listTargets } from "./target-list.ts";

/** Why a target of the list is not dialled: a domain rule by its number, or a plain reason. */
export type SkipReason =
  /** No forwarding option at all. */
  | "R2"
  /** On a terminal's relay, but only the representative part was bought. */
  | "R23"
  /** On a group's list, but only the terminal part was bought. */
  | "A10"
  /** No source number. */
  | "D8"
  /** A number of the own company. */
  | "A19"
  /** The caller's own telephone. */
  | "own-extension"
  /** Rings already in the same ring-all. */
  | "duplicate"
  /** The call was diverted too often before (DOMAIN 4.5). */
  | "diversion-limit"
  /** Emergency and other short service numbers. */
  | "prohibited-number"
  /** The member lets only its relay ring; its targets follow. */
  | "relay-only"
  /** The source number's trunk is not in the snapshot, so its capacity is not known. */
  | "unknown-trunk";

/** One entry of the plan. `parentLeg` is the member through whose relay it was reached. */
export interface PlannedTarget {
  readonly leg: LegId;
  readonly seq: number;
  readonly parentLeg: LegId | null;
  readonly member: LegRecord["member"];
  /** Limits that a channel of this leg counts against; none for an extension. */
  readonly scopes: readonly ChannelScope[];
  readonly ringMs: number;
  readonly skip: SkipReason | null;
}

/** See the file header. `trunkId`: trunk of the called number of an outside call. */
export interface RingPlan {
  readonly kind: "plan";
  readonly companyId: CompanyId;
  readonly revision: number;
  readonly trunkId: TrunkId | null;
  readonly mode: RingMode;
  readonly targets: readonly PlannedTarget[];
  /** After so long the whole call stops ringing, whatever its targets do. */
  readonly totalRingMs: number;
}

/** What the registry says of a number or extension; `unreachable`: nobody could say. */
export type Looked =
  | { readonly kind: "found"; readonly snapshot: RouteSnapshot }
  | { readonly kind: "unknown" }
  | { readonly kind: "unreachable" };

/** Plans a call whose `query` was looked up, or says why and how it is refused. */
export function planCall(offer: Offer, query: RouteKey, looked: Looked): RingPlan | Refusal {
  switch (looked.kind) {
    case "found":
      return planRing(looked.snapshot, offer);
    case "unknown": {
      const isOutside = offer.origin.kind === "extension" && query.kind === "number";
      return isOutside ? OUTSIDE_CALL : UNKNOWN_NUMBER;
    }
    case "unreachable":
      return REGISTRY_AWAY;
    default:
      return unreachable(looked);
  }
}

/** Plans a call by its snapshot, or says why and how it is refused. */
export function planRing(snapshot: RouteSnapshot, offer: Offer): RingPlan | Refusal {
  const origin = offer.origin;
  if (origin.kind === "extension" && origin.companyId !== snapshot.companyId) return OUTSIDE_CALL;
  if (offer.maxForwards < 1) return TOO_MANY_HOPS;
  const list = listTargets(snapshot);
  if (list === null) return BROKEN_ROUTE;
  const targets: PlannedTarget[] = [];
  for (const draft of list.drafts.slice(0, TARGETS_MAX)) {
    const isDuplicate =
      list.mode === "ring-all" && targets.some((one) => isSame(one, draft.target));
    targets.push(plan(snapshot, offer, { draft, seq: targets.length + 1, isDuplicate }));
  }
  return {
    kind: "plan",
    companyId: snapshot.companyId,
    revision: snapshot.revision,
    trunkId: origin.kind === "trunk" ? origin.trunkId : null,
    mode: list.mode,
    targets,
    totalRingMs: Math.min(list.totalRingMs ?? ANSWER_WITHIN_MS, ANSWER_WITHIN_MS),
  };
}

const isSame = (planned: PlannedTarget, target: RouteTarget): boolean =>
  planned.skip !== null
    ? false
    : target.kind === "extension"
      ? planned.member.kind === "extension" && planned.member.extension === target.extension
      : planned.member.kind === "outside" && planned.member.number === target.number;

interface Place {
  readonly draft: Draft;
  readonly seq: number;
  readonly isDuplicate: boolean;
}

function plan(snapshot: RouteSnapshot, offer: Offer, place: Place): PlannedTarget {
  const { draft, seq } = place;
  const parentLeg = draft.parent === null ? null : attemptLeg(draft.parent + 1);
  const base = { leg: attemptLeg(seq), seq, parentLeg, ringMs: draft.target.ringMs };
  switch (draft.target.kind) {
    case "extension": {
      const { extension } = draft.target;
      const isCaller = offer.origin.kind === "extension" && offer.origin.extension === extension;
      const skip = isCaller ? "own-extension" : draft.isSilent ? "relay-only" : null;
      const member = { kind: "extension", extension } as const;
      return {
        ...base,
        member,
        scopes: [],
        skip: skip ?? (place.isDuplicate ? "duplicate" : null),
      };
    }
    case "outside": {
      const { number } = draft.target;
      const trigger = offer.origin.kind === "trunk" ? "external" : "internal";
      const choice = sourceNumber(snapshot, trigger, draft.owner);
      const source = choice.kind === "source" ? choice.source : null;
      const scopes = source === null ? null : scopesOf(snapshot, source);
      const skip =
        prohibition(snapshot, offer, draft.owner.kind, number) ??
        (source === null ? "D8" : scopes === null ? "unknown-trunk" : null) ??
        (place.isDuplicate ? "duplicate" : null);
      return { ...base, member: { kind: "outside", number, source }, scopes: scopes ?? [], skip };
    }
    default:
      return unreachable(draft.target);
  }
}

function prohibition(
  { contract, entry, numbers }: RouteSnapshot,
  { diversions }: Offer,
  part: "group" | "terminal",
  number: E164,
): SkipReason | null {
  if (!contract.terminalForwarding && !contract.representativeForwarding) return "R2";
  if (part === "terminal" && !contract.terminalForwarding) return "R23";
  if (part === "group" && !contract.representativeForwarding) return "A10";
  if (isServiceNumber(number)) return "prohibited-number";
  if (entry?.number === number || numbers.some((own) => own.number === number)) return "A19";
  return diversions >= DIVERSIONS_MAX ? "diversion-limit" : null;
}

/**
 * Last check before a leg (DOMAIN 4.5): 110, 118, 119 and all 1XY are shorter than any subscriber
 * number of Japan (9 or 10 digits behind +81), carrier prefixes begin with 0 there.
 */
const isServiceNumber = (number: E164): boolean =>
  number.startsWith("+81") && !/^\+81[1-9][0-9]{8,9}$/.test(number);

function scopesOf(snapshot: RouteSnapshot, source: SourceIdentity): readonly ChannelScope[] | null {
  const trunk = snapshot.trunks.find((one) => one.id === source.trunkId);
  if (trunk === undefined) return null;
  const { companyId, contract, revision } = snapshot;
  return [
    { id: `company:${companyId}`, limit: contract.extraChannels, revision },
    { id: `trunk:${trunk.id}`, limit: trunk.channels, revision: trunk.revision },
  ];
}

/** A target as `plan` shows it. */
export interface PlanRow {
  readonly target: PlannedTarget;
  /** After the start of the call, when all targets before it ring out. */
  readonly startsAtMs: number;
  /** Channels that it takes while it rings. */
  readonly channels: number;
}

/**
 * How long the call rings when every target rings out. A relay takes longer when telephones are slow
 * to ring or to confirm a CANCEL (ring/sequential.ts), up to `totalRingMs`.
 */
export function ringsOutMs({ mode, targets, totalRingMs }: RingPlan): number {
  if (mode === "ring-all") return totalRingMs;
  const ringMs = targets.reduce((sum, one) => sum + (one.skip === null ? one.ringMs : 0), 0);
  return Math.min(ringMs, totalRingMs);
}

/** The plan with its timetable. */
export function planView(plan: RingPlan): readonly PlanRow[] {
  let startsAtMs = 0;
  return plan.targets.map((target) => {
    const isTried = target.skip === null;
    const row = {
      target,
      startsAtMs,
      channels: isTried && target.member.kind === "outside" ? 1 : 0,
    };
    if (plan.mode !== "ring-all" && isTried) startsAtMs += target.ringMs;
    return row;
  });
}
