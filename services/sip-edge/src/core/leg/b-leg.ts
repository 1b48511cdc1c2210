/**
 * One attempt of the ring plan: one or several branches that ring as one leg (DOMAIN 2.3). Owns: which
 * branch answers for the leg, the facts the actor hears. Does not own: SIP (branch.ts), ring plans.
 *
 * BL1  The end is reported once: `leg-failed` when it never answered, `leg-ended` when it did.
 * BL2  The first 2xx is the leg's answer; the other branches are cancelled, a later 2xx is hung up.
 * BL3  A cancelled leg ends when every branch has ended, so its channel is free in truth (ARCHITECTURE, when something dies).
 * BL4  Branches ring all at once (contacts of an extension) or one after another (gateways of a
 *      trunk: the next one only after a 503, which says nothing about the person called).
 */
import { unreachable } from "../../../../lib/telephony/assert.ts";
import type { LegId } from "../../../../lib/telephony/ids.ts";
import type { EndCause, LegFact } from "../../../../lib/telephony/leg.ts";
import { failureCause, failureRank, q850Of, reasonFor } from "./end-cause.ts";
import type { RelayResponse } from "./side.ts";

interface Failure {
  readonly status: number;
  readonly q850: number;
  readonly cause: EndCause;
}

/** State of an attempt. */
export type BLeg =
  /** Its destination is being looked up; nothing was sent. */
  | { readonly phase: "preparing"; readonly leg: LegId; readonly cancelled: EndCause | null }
  | {
      readonly phase: "ringing";
      readonly leg: LegId;
      /** Branches without final response, and those that are kept for a 503. */
      readonly open: readonly number[];
      readonly spare: readonly number[];
      readonly failures: readonly Failure[];
      readonly cancelled: EndCause | null;
      /** Provisional statuses that the actor knows of. */
      readonly told: readonly number[];
      /** Early session description of the only branch; "" when none or not the only one. */
      readonly earlySdp: string;
    }
  | {
      readonly phase: "answered";
      readonly leg: LegId;
      readonly branch: number;
      readonly sdp: string;
      /** Why we hang up; null while the leg is up. */
      readonly hangingUp: EndCause | null;
    }
  | { readonly phase: "over"; readonly leg: LegId };

/** What happened to it. */
export type BLegInput =
  | { readonly kind: "prepared"; readonly branches: number; readonly at: "once" | "in-order" }
  /** There is nowhere to dial to, or it is not allowed. */
  | { readonly kind: "undiallable"; readonly status: number; readonly cause: EndCause }
  | { readonly kind: "progressed"; readonly branch: number; readonly response: RelayResponse }
  | {
      readonly kind: "branch-ended";
      readonly branch: number;
      readonly byFarEnd: boolean;
    }
  | { readonly kind: "cancel-ordered"; readonly cause: EndCause }
  | { readonly kind: "hang-up-ordered"; readonly cause: EndCause };

/** What must be done for it. */
export type BLegEffect =
  | { readonly kind: "dial-branch"; readonly branch: number }
  | { readonly kind: "cancel-branch"; readonly branch: number; readonly reason: string }
  | { readonly kind: "hang-up-branch"; readonly branch: number; readonly reason: string }
  | { readonly kind: "report"; readonly fact: LegFact };

/** State and effects after one input. */
export interface BLegStep {
  readonly state: BLeg;
  readonly effects: readonly BLegEffect[];
}

type Ringing = Extract<BLeg, { phase: "ringing" }>;
type Answered = Extract<BLeg, { phase: "answered" }>;
type Progressed = Extract<BLegInput, { kind: "progressed" }>;

const NONE: readonly BLegEffect[] = [];

/** An attempt that was just ordered. */
export const startBLeg = (leg: LegId): BLeg => ({ phase: "preparing", leg, cancelled: null });

/** One input. */
export function stepBLeg(state: BLeg, input: BLegInput): BLegStep {
  switch (state.phase) {
    case "preparing":
      return stepPreparing(state, input);
    case "ringing":
      return stepRinging(state, input);
    case "answered":
      return stepAnswered(state, input);
    case "over":
      return { state, effects: hangUpLate(input) };
    default:
      return unreachable(state);
  }
}

function stepPreparing(state: Extract<BLeg, { phase: "preparing" }>, input: BLegInput): BLegStep {
  const { leg, cancelled } = state;
  switch (input.kind) {
    case "prepared":
      // A cancel that was ordered meanwhile found no INVITE to cancel: none is sent.
      return cancelled === null
        ? ring(leg, input)
        : fail(leg, { status: 487, q850: 0, cause: cancelled });
    case "undiallable": {
      const { status, cause } = input;
      return fail(leg, { status, q850: 0, cause: cancelled ?? cause });
    }
    case "cancel-ordered":
    case "hang-up-ordered":
      return { state: { ...state, cancelled: cancelled ?? input.cause }, effects: NONE };
    case "progressed":
    case "branch-ended":
      // No branch exists yet.
      return { state, effects: NONE };
    default:
      return unreachable(input);
  }
}

function ring(leg: LegId, input: Extract<BLegInput, { kind: "prepared" }>): BLegStep {
  const all = Array.from({ length: input.branches }, (_, branch) => branch);
  const open = input.at === "once" ? all : all.slice(0, 1);
  const state: Ringing = {
    phase: "ringing",
    leg,
    open,
    spare: all.slice(open.length),
    failures: [],
    cancelled: null,
    told: [],
    earlySdp: "",
  };
  return { state, effects: open.map((branch) => ({ kind: "dial-branch", branch })) };
}

function stepRinging(state: Ringing, input: BLegInput): BLegStep {
  switch (input.kind) {
    case "progressed": {
      if (!state.open.includes(input.branch)) return { state, effects: NONE };
      if (input.response.status < 200) return onProvisional(state, input);
      return input.response.status < 300 ? onAnswer(state, input) : onFailure(state, input);
    }
    case "cancel-ordered":
    case "hang-up-ordered": {
      if (state.cancelled !== null) return { state, effects: NONE };
      const reason = reasonFor(input.cause);
      return {
        state: { ...state, cancelled: input.cause, spare: [] },
        effects: state.open.map((branch) => ({ kind: "cancel-branch", branch, reason })),
      };
    }
    case "branch-ended":
    case "prepared":
    case "undiallable":
      // A branch ends only after its answer, and a leg is prepared once.
      return { state, effects: NONE };
    default:
      return unreachable(input);
  }
}

/** The actor hears each provisional status once; 100 and what a cancelled leg says is noise. */
function onProvisional(state: Ringing, { response }: Progressed): BLegStep {
  const { status, body } = response;
  const isOnly = state.open.length + state.spare.length + state.failures.length === 1;
  const next = isOnly && body !== "" ? { ...state, earlySdp: body } : state;
  if (status === 100 || state.cancelled !== null || state.told.includes(status)) {
    return { state: next, effects: NONE };
  }
  return {
    state: { ...next, told: [...state.told, status] },
    effects: [{ kind: "report", fact: { kind: "leg-ringing", leg: state.leg, status } }],
  };
}

/** BL2. A cancelled leg is reported as answered too: the actor decides on the lost race. */
function onAnswer(state: Ringing, { branch, response }: Progressed): BLegStep {
  const { leg } = state;
  const reason = reasonFor("cancelled-elsewhere");
  const others = state.cancelled === null ? state.open.filter((open) => open !== branch) : [];
  return {
    state: { phase: "answered", leg, branch, sdp: response.body, hangingUp: null },
    effects: [
      ...others.map((open): BLegEffect => ({ kind: "cancel-branch", branch: open, reason })),
      { kind: "report", fact: { kind: "leg-answered", leg } },
    ],
  };
}

function onFailure(state: Ringing, { branch, response }: Progressed): BLegStep {
  const { status, headers } = response;
  const isOurDoing = state.cancelled !== null && (status === 487 || status === 408);
  const failure: Failure = {
    status,
    q850: q850Of(headers),
    cause: isOurDoing && state.cancelled !== null ? state.cancelled : failureCause(status),
  };
  const open = state.open.filter((other) => other !== branch);
  const failures = [...state.failures, failure];
  const [next, ...spare] = state.spare;
  if (next !== undefined && status === 503) {
    return {
      state: { ...state, open: [...open, next], spare, failures },
      effects: [{ kind: "dial-branch", branch: next }],
    };
  }
  if (open.length > 0) return { state: { ...state, open, failures }, effects: NONE };
  const first = [...failures].sort((a, b) => rank(a) - rank(b))[0] ?? failure;
  return fail(state.leg, first);
}

/** What we did ourselves comes first, then what says most about the person called. */
const rank = ({ cause, status }: Failure): number => (status === 487 ? -1 : failureRank(cause));

function stepAnswered(state: Answered, input: BLegInput): BLegStep {
  switch (input.kind) {
    case "cancel-ordered":
      // It crossed our `leg-answered`: on hearing that, the actor orders to hang up (lost race).
      return { state, effects: NONE };
    case "hang-up-ordered": {
      if (state.hangingUp !== null) return { state, effects: NONE };
      const reason = reasonFor(input.cause);
      return {
        state: { ...state, hangingUp: input.cause },
        effects: [{ kind: "hang-up-branch", branch: state.branch, reason }],
      };
    }
    case "branch-ended":
      return input.branch === state.branch
        ? ended(state, input.byFarEnd)
        : { state, effects: NONE };
    case "progressed":
      return input.branch === state.branch
        ? { state, effects: NONE }
        : { state, effects: hangUpLate(input) };
    case "prepared":
    case "undiallable":
      return { state, effects: NONE };
    default:
      return unreachable(input);
  }
}

/** BL2: a branch that was told to stop answered all the same; its dialog must not stay up. */
function hangUpLate(input: BLegInput): readonly BLegEffect[] {
  if (input.kind !== "progressed") return NONE;
  const { branch, response } = input;
  if (response.status < 200 || response.status >= 300) return NONE;
  return [{ kind: "hang-up-branch", branch, reason: reasonFor("lost-race") }];
}

function ended({ leg, hangingUp }: Answered, byFarEnd: boolean): BLegStep {
  const by = byFarEnd ? "far-end" : hangingUp === null ? "edge" : "us";
  const cause = hangingUp ?? (byFarEnd ? "answered" : "unavailable");
  return {
    state: { phase: "over", leg },
    effects: [{ kind: "report", fact: { kind: "leg-ended", leg, by, cause } }],
  };
}

function fail(leg: LegId, { status, q850, cause }: Failure): BLegStep {
  return {
    state: { phase: "over", leg },
    effects: [{ kind: "report", fact: { kind: "leg-failed", leg, status, q850, cause } }],
  };
}
