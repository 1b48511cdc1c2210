/**
 * The commit protocol of one call, seen from its anchor edge (ADR 3). Owns: which controller
 * holds the call, which step is the last committed one, which inputs nobody has acknowledged.
 * Does not own: legs, NATS, what a state means (opaque bytes).
 *
 * A1  Receipt is the commit: a step is stored, then its orders are carried out, once, in the order of
 *     the step numbers.
 * A2  Every assignment has a higher epoch than all before it; a step of another epoch changes nothing.
 * A3  Inputs keep their numbers until acknowledged; an assignment holds all unacknowledged ones.
 * A4  A call that nobody ever took is given up; one that was taken is offered until it is over or an
 *     orphan for 12 h: then it is hung up and forgotten. Its caller is let go when it could not be
 *     answered within 30 s of being orphaned.
 * A5  The former holder is told when another one has taken the call: it may be alive and not know.
 */
import { unreachable } from "../../../lib/telephony/assert.ts";
import type { NodeId } from "../../../lib/telephony/ids.ts";
import type { Instant } from "../../../lib/telephony/instant.ts";
import type { EdgeInput, LegFact, LegOrder } from "../../../lib/telephony/leg.ts";

/** A controller answers an assignment at once; after this long the next one is asked. */
export const ASSIGN_ANSWER_MS = 500;
/** A new call without a taker is refused after this long (ARCHITECTURE, when something dies). */
export const NEW_CALL_MS_MAX = 2_000;
/** An input unacknowledged for this long means that its controller is gone or stuck. */
export const ACKNOWLEDGE_MS = 1_000;
/** Pauses between offers of an orphaned call, doubling. */
export const RETRY_MS_MIN = 250;
export const RETRY_MS_MAX = 2_000;
/** A caller who is not answered yet waits this long for a controller to come back. */
export const ORPHAN_RINGING_MS_MAX = 30_000;
/** An orphaned call is hung up and forgotten when the longest call would be over (ARCHITECTURE, numbers). */
export const ORPHAN_MS_MAX = 12 * 3_600_000;
/** 21 legs with 6 facts each stay below it; beyond it the call is broken and is ended. */
export const PENDING_MAX = 256;

/** The last step that this anchor received. `step` 0: none yet. */
export interface Commit {
  readonly step: number;
  readonly stateVersion: number;
  readonly state: Uint8Array;
}

/** One committed transition, from a controller. */
export interface Step extends Commit {
  readonly epoch: number;
  readonly controller: NodeId;
  readonly ackedInput: number;
  readonly orders: readonly LegOrder[];
  readonly over: boolean;
}

interface Kept {
  readonly epoch: number;
  readonly commit: Commit;
  /** Inputs that no committed step contains, in order. */
  readonly pending: readonly EdgeInput[];
  /** Number of the last input. */
  readonly lastSeq: number;
  /** Highest input number that the present controller was given. */
  readonly sentSeq: number;
  /** The caller was ordered to be answered: the call outlives any silence of controllers. */
  readonly answered: boolean;
  /** When the call lost its controller, or came in; null while it has one. */
  readonly orphanedAt: Instant | null;
  /** The caller was let go by us (A4). */
  readonly letGo: boolean;
  /** Who held the call when it was last offered anew (A5); null once another holds it. */
  readonly formerHolder: NodeId | null;
}

/** State of the protocol. */
export type Anchor =
  /** An assignment is under way; `attempt` counts those since the call was last held. */
  | (Kept & { readonly phase: "offering"; readonly attempt: number; readonly answerBy: Instant })
  /** A controller has the call; `ackBy` is null when it owes no acknowledgement. */
  | (Kept & {
      readonly phase: "held";
      readonly controller: NodeId;
      readonly ackBy: Instant | null;
    })
  /** Nobody has it; the next offer goes out at `retryAt`. */
  | (Kept & { readonly phase: "orphaned"; readonly attempt: number; readonly retryAt: Instant })
  | { readonly phase: "over" };

/** What happened. */
export type AnchorInput =
  | { readonly kind: "fact-seen"; readonly fact: LegFact }
  | { readonly kind: "step-received"; readonly step: Step }
  /** The assignment of this epoch was declined, or met no responder. */
  | { readonly kind: "assignment-failed"; readonly epoch: number }
  /** The inputs sent under this epoch met no responder. */
  | { readonly kind: "inputs-undelivered"; readonly epoch: number }
  /** A controller fell silent. */
  | { readonly kind: "controller-lost"; readonly controller: NodeId }
  | { readonly kind: "deadline-passed" };

/** What the shell must do, in this order. */
export type AnchorEffect =
  | {
      readonly kind: "assign";
      readonly epoch: number;
      readonly commit: Commit;
      readonly pending: readonly EdgeInput[];
    }
  | {
      readonly kind: "send-inputs";
      readonly controller: NodeId;
      readonly epoch: number;
      readonly inputs: readonly EdgeInput[];
    }
  | { readonly kind: "carry-out"; readonly orders: readonly LegOrder[] }
  /** Refuse the caller with 503 and cancel or release every leg; the facts of it still count. */
  | { readonly kind: "let-go"; readonly why: "no-taker" | "orphaned" | "too-many-inputs" }
  /** Tell a controller that has the call under an older epoch that it is no longer its own. */
  | { readonly kind: "dismiss"; readonly controller: NodeId; readonly epoch: number }
  | { readonly kind: "count"; readonly what: "stale-step" | "repeated-step" | "gap" | "adoption" }
  | { readonly kind: "forget" };

/** State and effects after one input. */
export interface AnchorStep {
  readonly state: Anchor;
  readonly effects: readonly AnchorEffect[];
}

const NONE: readonly AnchorEffect[] = [];
const OVER: Anchor = { phase: "over" };
const NOTHING_COMMITTED: Commit = { step: 0, stateVersion: 0, state: new Uint8Array(0) };

/** A new call: its first fact is `offered`, its first effect the assignment of epoch 1. */
export function startAnchor(at: Instant, offered: LegFact): AnchorStep {
  const kept: Kept = {
    epoch: 0,
    commit: NOTHING_COMMITTED,
    pending: [{ seq: 1, at, fact: offered }],
    lastSeq: 1,
    sentSeq: 0,
    answered: false,
    orphanedAt: at,
    letGo: false,
    formerHolder: null,
  };
  return offer(kept, at, 1, NONE);
}

/** What a later life of this edge must know of an answered call (answered.ts). */
export type Inherited = Pick<Kept, "epoch" | "commit" | "pending" | "lastSeq" | "formerHolder">;

/** A talking call of an earlier life: nobody holds it, and it is offered at `retryAt`. */
export const inheritedAnchor = (inherited: Inherited, at: Instant, retryAt: Instant): Anchor => ({
  ...inherited,
  phase: "orphaned",
  sentSeq: 0,
  answered: true,
  orphanedAt: at,
  letGo: false,
  attempt: 0,
  retryAt,
});

/** When the machine wants `deadline-passed`; null when it never does. */
export function anchorDeadline(state: Anchor): Instant | null {
  switch (state.phase) {
    case "offering":
      return state.answerBy;
    case "held":
      return state.ackBy;
    case "orphaned":
      return state.retryAt;
    case "over":
      return null;
    default:
      return unreachable(state);
  }
}

/** One input. */
export function stepAnchor(state: Anchor, at: Instant, input: AnchorInput): AnchorStep {
  if (state.phase === "over") return { state, effects: NONE };
  switch (input.kind) {
    case "fact-seen":
      return onFact(state, at, input.fact);
    case "step-received":
      return onStep(state, at, input.step);
    case "assignment-failed":
      if (state.phase !== "offering" || input.epoch !== state.epoch) return same(state);
      return pause(state, at, state.attempt);
    case "inputs-undelivered":
      if (state.phase !== "held" || input.epoch !== state.epoch) return same(state);
      return adopt(state, at, "adoption");
    case "controller-lost":
      if (state.phase !== "held" || input.controller !== state.controller) return same(state);
      return adopt(state, at, "adoption");
    case "deadline-passed":
      return onDeadline(state, at);
    default:
      return unreachable(input);
  }
}

type Live = Exclude<Anchor, { phase: "over" }>;

const same = (state: Anchor): AnchorStep => ({ state, effects: NONE });

function kept(state: Live): Kept {
  const { epoch, commit, pending, lastSeq, sentSeq, answered } = state;
  const { orphanedAt, letGo, formerHolder } = state;
  return { epoch, commit, pending, lastSeq, sentSeq, answered, orphanedAt, letGo, formerHolder };
}

/** Numbers the fact; the holder hears it at once, else it waits for the next holder. */
function onFact(state: Live, at: Instant, fact: LegFact): AnchorStep {
  if (state.pending.length >= PENDING_MAX) return onFull(state, fact);
  const seq = state.lastSeq + 1;
  const input: EdgeInput = { seq, at, fact };
  const more = { lastSeq: seq, pending: [...state.pending, input] };
  if (state.phase !== "held") return { state: { ...state, ...more }, effects: NONE };
  const { controller, epoch } = state;
  return {
    state: { ...state, ...more, sentSeq: seq, ackBy: state.ackBy ?? at + ACKNOWLEDGE_MS },
    effects: [{ kind: "send-inputs", controller, epoch, inputs: [input] }],
  };
}

/** A repeated ringing may be lost. Anything else cannot: the call is ended before facts are missing. */
function onFull(state: Live, fact: LegFact): AnchorStep {
  if (fact.kind === "leg-ringing") return same(state);
  return { state: OVER, effects: [{ kind: "let-go", why: "too-many-inputs" }, { kind: "forget" }] };
}

function onStep(state: Live, at: Instant, step: Step): AnchorStep {
  // A2. The late answer to the last assignment still counts: nobody else was asked since.
  if (step.epoch !== state.epoch) {
    const { controller } = step;
    const stale: AnchorEffect = { kind: "count", what: "stale-step" };
    return { state, effects: [stale, { kind: "dismiss", controller, epoch: state.epoch }] };
  }
  if (step.step <= state.commit.step) {
    return { state, effects: [{ kind: "count", what: "repeated-step" }] };
  }
  if (step.step > state.commit.step + 1) return adopt(state, at, "gap");
  return commit(state, at, step);
}

function commit(state: Live, at: Instant, step: Step): AnchorStep {
  const carryOut: readonly AnchorEffect[] =
    step.orders.length === 0 ? NONE : [{ kind: "carry-out", orders: step.orders }];
  const effects = [...dismissFormer(state, step), ...carryOut];
  if (step.over) return { state: OVER, effects: [...effects, { kind: "forget" }] };
  const pending = state.pending.filter((input) => input.seq > step.ackedInput);
  const unsent = pending.filter((input) => input.seq > state.sentSeq);
  const { controller, epoch } = step;
  const next: Anchor = {
    ...kept(state),
    phase: "held",
    controller,
    commit: { step: step.step, stateVersion: step.stateVersion, state: step.state },
    pending,
    sentSeq: state.lastSeq,
    answered: state.answered || step.orders.some((order) => order.kind === "answer-caller"),
    orphanedAt: null,
    formerHolder: null,
    ackBy: ackBy(state, at, pending),
  };
  if (unsent.length === 0) return { state: next, effects };
  return {
    state: next,
    effects: [...effects, { kind: "send-inputs", controller, epoch, inputs: unsent }],
  };
}

/** A5. Who takes its own call back has dropped the older epoch already. */
function dismissFormer(
  { formerHolder }: Live,
  { controller, epoch }: Step,
): readonly AnchorEffect[] {
  if (formerHolder === null || formerHolder === controller) return NONE;
  return [{ kind: "dismiss", controller: formerHolder, epoch }];
}

/** Progress buys time; silence about the same inputs does not. */
function ackBy(state: Live, at: Instant, pending: readonly EdgeInput[]): Instant | null {
  if (pending.length === 0) return null;
  const hasProgress = pending.length < state.pending.length || state.phase !== "held";
  return hasProgress || state.ackBy === null ? at + ACKNOWLEDGE_MS : state.ackBy;
}

/** The present holder is given up: the call is offered again at once. */
function adopt(state: Live, at: Instant, what: "gap" | "adoption"): AnchorStep {
  const orphanedAt = state.orphanedAt ?? at;
  const formerHolder = state.phase === "held" ? state.controller : state.formerHolder;
  const before = { ...kept(state), orphanedAt, formerHolder };
  return offer(before, at, 1, [{ kind: "count", what }]);
}

/** A2, A3: a fresh epoch, everything that the next holder needs. */
function offer(
  before: Kept,
  at: Instant,
  attempt: number,
  effects: readonly AnchorEffect[],
): AnchorStep {
  const { commit, pending } = before;
  const epoch = before.epoch + 1;
  return {
    state: {
      ...before,
      phase: "offering",
      epoch,
      sentSeq: before.lastSeq,
      attempt,
      answerBy: at + ASSIGN_ANSWER_MS,
    },
    effects: [...effects, { kind: "assign", epoch, commit, pending }],
  };
}

/** No taker this time: give up a new call when its time is over (A4), else wait and offer again. */
function pause(state: Live, at: Instant, attempt: number): AnchorStep {
  const since = state.orphanedAt ?? at;
  if (isNewAndLate(state, at)) {
    return { state: OVER, effects: [{ kind: "let-go", why: "no-taker" }, { kind: "forget" }] };
  }
  if (at >= since + ORPHAN_MS_MAX) {
    const letGo: readonly AnchorEffect[] = state.letGo
      ? NONE
      : [{ kind: "let-go", why: "orphaned" }];
    return { state: OVER, effects: [...letGo, { kind: "forget" }] };
  }
  const retryMs = Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** Math.min(attempt - 1, 3));
  const giveUpAt = state.commit.step === 0 ? since + NEW_CALL_MS_MAX : Number.POSITIVE_INFINITY;
  const retryAt = Math.min(at + retryMs, giveUpAt);
  const isLetGo = state.letGo || (!state.answered && at >= since + ORPHAN_RINGING_MS_MAX);
  return {
    state: { ...kept(state), phase: "orphaned", attempt, letGo: isLetGo, retryAt },
    effects: isLetGo && !state.letGo ? [{ kind: "let-go", why: "orphaned" }] : NONE,
  };
}

function onDeadline(state: Live, at: Instant): AnchorStep {
  const due = anchorDeadline(state);
  if (due === null || at < due) return same(state);
  switch (state.phase) {
    case "offering":
      // The silent controller may yet answer: the next offer's epoch makes that answer stale.
      // After two silences in a row a pause spares the cluster.
      return isNewAndLate(state, at) || (state.commit.step > 0 && state.attempt >= 2)
        ? pause(state, at, state.attempt)
        : offer(kept(state), at, state.attempt + 1, NONE);
    case "held":
      return adopt(state, at, "adoption");
    case "orphaned":
      return isNewAndLate(state, at)
        ? pause(state, at, state.attempt)
        : offer(kept(state), at, state.attempt + 1, NONE);
    default:
      return unreachable(state);
  }
}

function isNewAndLate(state: Live, at: Instant): boolean {
  return state.commit.step === 0 && at >= (state.orphanedAt ?? at) + NEW_CALL_MS_MAX;
}
