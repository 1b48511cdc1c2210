/**
 * From a route snapshot and an offer to the ring plan: who is tried, in which order, for how long, under
 * which source number; and who is not, and by which rule. The same code serves calls and `plan`.
 *
 * P1  Every target of the lists stands in the plan, skipped or not, up to TARGETS_MAX.
 * P2  A target that is not skipped can be dialled: an outside one has a source number and all scopes.
 * P3  Contract, business hours and limits are those of the moment at which the call was offered.
 * P4  Emergency services that call back (RFC 7090) ring telephones of the company alone: the terminal or
 *     the members of the group that was called, whoever is denied, at any hour, by no relay (4.5).
 */
import { unreachable } from "../../../lib/telephony/assert.ts";
import type {
  LegRecord,
  RingMode,
  SourceIdentity,
} from "../../../lib/telephony/call-detail-record.ts";
import type { ContractTerm } from "../../../lib/telephony/contract.ts";
import { contractAt } from "../../../lib/telephony/contract.ts";
import type { E164 } from "../../../lib/telephony/e164.ts";
import type { CompanyId, LegId } from "../../../lib/telephony/ids.ts";
import { attemptLeg } from "../../../lib/telephony/ids.ts";
import type { Instant } from "../../../lib/telephony/instant.ts";
import type { Offer } from "../../../lib/telephony/leg.ts";
import type {
  RouteKey,
  RouteSnapshot,
  RouteTarget,
} from "../../../lib/telephony/route-snapshot.ts";
import type { Hours } from "./admission.ts";
import { admit } from "./admission.ts";
import type { ChannelScope } from "./call/effect.ts";
import { limitRevision } from "./limit-revision.ts";
import { ANSWER_WITHIN_MS, TARGETS_MAX } from "./limits.ts";
import { guardScopes } from "./loop-guard.ts";
import type { Refusal } from "./refusal.ts";
import {
  BROKEN_ROUTE,
  OUTSIDE_CALL,
  REGISTRY_AWAY,
  TOO_MANY_HOPS,
  UNKNOWN_NUMBER,
} from "./refusal.ts";
import type { OutsideTarget, SkipReason } from "./skip-rule.ts";
import { limitation, prohibition } from "./skip-rule.ts";
import { sourceNumber } from "./source-number.ts";
import type { Draft } from "./target-list.ts";
import { listTargets, withoutRelays } from "./target-list.ts";

/** A call to be planned: what was offered, and when, on the anchor's clock. */
export interface CallToPlan {
  readonly offer: Offer;
  readonly startedAt: Instant;
}

/** The company that a call belongs to, and what of it the call runs under. */
export interface Route {
  readonly companyId: CompanyId;
  readonly revision: number;
  /** The company's number that was called; null for an extension. */
  readonly called: E164 | null;
  readonly mode: RingMode;
  /** Of the contract in force; empty without one. */
  readonly pricePlan: string;
}

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

/** See the file header. */
export interface RingPlan {
  readonly kind: "plan";
  readonly route: Route;
  readonly hours: Hours | null;
  readonly targets: readonly PlannedTarget[];
  /** After so long the whole call stops ringing, whatever its targets do. */
  readonly totalRingMs: number;
}

/** A caller who is turned away; `route` is null when the call belongs to no company. */
export interface TurnedAway {
  readonly kind: "turned-away";
  readonly refusal: Refusal;
  readonly route: Route | null;
  readonly hours: Hours | null;
}

/** What the registry says of a number or extension; `unreachable`: nobody could say. */
export type Looked =
  | { readonly kind: "found"; readonly snapshot: RouteSnapshot }
  | { readonly kind: "unknown" }
  | { readonly kind: "unreachable" };

/** Plans a call whose `query` was looked up, or says why and how it is refused. */
export function planCall(call: CallToPlan, query: RouteKey, looked: Looked): RingPlan | TurnedAway {
  switch (looked.kind) {
    case "found":
      return planRing(looked.snapshot, call);
    case "unknown": {
      const isOutside = call.offer.origin.kind === "extension" && query.kind === "number";
      return turnAway(isOutside ? OUTSIDE_CALL : UNKNOWN_NUMBER);
    }
    case "unreachable":
      return turnAway(REGISTRY_AWAY);
    default:
      return unreachable(looked);
  }
}

const turnAway = (
  refusal: Refusal,
  route: Route | null = null,
  hours: Hours | null = null,
): TurnedAway => ({ kind: "turned-away", refusal, route, hours });

/** Plans a call by its snapshot, or says why and how it is refused. */
export function planRing(snapshot: RouteSnapshot, call: CallToPlan): RingPlan | TurnedAway {
  const { offer, startedAt } = call;
  const { origin } = offer;
  const { companyId, revision, entry } = snapshot;
  // The caller's company is another one: the record of the call is not this one's.
  if (origin.kind === "extension" && origin.companyId !== companyId) return turnAway(OUTSIDE_CALL);
  const contract = contractAt(snapshot.contracts, startedAt);
  const route: Route = {
    companyId,
    revision,
    called: entry?.number ?? null,
    mode: "direct",
    pricePlan: contract?.pricePlan ?? "",
  };
  if (offer.maxForwards < 1) return turnAway(TOO_MANY_HOPS, route);
  const admission = admit(snapshot, offer, startedAt);
  const { hours } = admission;
  if (admission.kind === "turned-away") return turnAway(admission.refusal, route, hours);
  const isCallback = offer.priority === "psap-callback";
  const rung = isCallback ? withoutRelays(snapshot) : snapshot;
  const list = listTargets(rung, admission.outOfHours);
  if (list === null) return turnAway(BROKEN_ROUTE, route, hours);
  const { mode } = list;
  const targets: PlannedTarget[] = [];
  for (const draft of list.drafts.slice(0, TARGETS_MAX)) {
    const isDuplicate = mode === "ring-all" && targets.some((one) => isSame(one, draft.target));
    const place = { draft, seq: targets.length + 1, isDuplicate };
    targets.push(plan({ snapshot, contract, offer }, place));
  }
  const totalRingMs = Math.min(list.totalRingMs ?? ANSWER_WITHIN_MS, ANSWER_WITHIN_MS);
  return { kind: "plan", route: { ...route, mode }, hours, targets, totalRingMs };
}

const isSame = (planned: PlannedTarget, target: RouteTarget): boolean =>
  planned.skip !== null
    ? false
    : target.kind === "extension"
      ? planned.member.kind === "extension" && planned.member.extension === target.extension
      : planned.member.kind === "outside" && planned.member.number === target.number;

/** What all targets of a call are judged by. */
interface Ground {
  readonly snapshot: RouteSnapshot;
  readonly contract: ContractTerm | null;
  readonly offer: Offer;
}

interface Place {
  readonly draft: Draft;
  readonly seq: number;
  readonly isDuplicate: boolean;
}

function plan(ground: Ground, place: Place): PlannedTarget {
  const { draft, seq } = place;
  const { target } = draft;
  const parentLeg = draft.parent === null ? null : attemptLeg(draft.parent + 1);
  const base = { leg: attemptLeg(seq), seq, parentLeg, ringMs: target.ringMs };
  switch (target.kind) {
    case "extension": {
      const { extension } = target;
      const { origin } = ground.offer;
      const isCaller = origin.kind === "extension" && origin.extension === extension;
      const skip = isCaller ? "own-extension" : draft.isSilent ? "relay-only" : null;
      const member = { kind: "extension", extension } as const;
      return {
        ...base,
        member,
        scopes: [],
        skip: skip ?? (place.isDuplicate ? "duplicate" : null),
      };
    }
    case "outside":
      return { ...base, ...planOutside(ground, draft, target.number, place.isDuplicate) };
    default:
      return unreachable(target);
  }
}

function planOutside(
  { snapshot, contract, offer }: Ground,
  { owner }: Draft,
  number: E164,
  isDuplicate: boolean,
): Pick<PlannedTarget, "member" | "scopes" | "skip"> {
  const known = snapshot.destinations.find((one) => one.number === number) ?? null;
  const target: OutsideTarget = { owner, number, known };
  const trigger = offer.origin.kind === "trunk" ? "external" : "internal";
  const choice = sourceNumber(snapshot, trigger, owner);
  const source = choice.kind === "source" ? choice.source : null;
  const scopes = scopesOf(snapshot, contract, offer, source);
  const skip =
    prohibition(snapshot, contract, offer, target) ??
    (source === null ? "D8" : null) ??
    (contract === null ? null : limitation(snapshot, contract, target)) ??
    (scopes === null ? "unknown-trunk" : null) ??
    (isDuplicate ? "duplicate" : null);
  // A number that is not known is not dialled (skip-rule.ts K2), so nobody rates it.
  const { class: kind, onNet } = known ?? { class: null, onNet: false };
  return {
    member: { kind: "outside", number, class: kind, onNet, source },
    scopes: skip === null ? (scopes ?? []) : [],
    skip,
  };
}

function scopesOf(
  snapshot: RouteSnapshot,
  contract: ContractTerm | null,
  offer: Offer,
  source: SourceIdentity | null,
): readonly ChannelScope[] | null {
  const trunk = snapshot.trunks.find((one) => one.id === source?.trunkId);
  if (contract === null || source === null || trunk === undefined) return null;
  const { companyId } = snapshot;
  const revision = limitRevision(snapshot.revision, contract);
  const onlyWhenFree = false;
  return [
    { id: `company:${companyId}`, limit: contract.extraChannels, revision, onlyWhenFree },
    { id: `trunk:${trunk.id}`, limit: trunk.channels, revision: trunk.revision, onlyWhenFree },
    ...guardScopes(snapshot, contract, offer, source.number),
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
export function ringsOutMs({ route, targets, totalRingMs }: RingPlan): number {
  if (route.mode === "ring-all") return totalRingMs;
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
    if (plan.route.mode !== "ring-all" && isTried) startsAtMs += target.ringMs;
    return row;
  });
}
