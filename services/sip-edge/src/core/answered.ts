/**
 * An answered call as the next life of its edge needs it (ADR 8). Owns: what is kept of a call and of
 * a side, when it may be kept, and what a new life makes of it. Does not
 * own: storing (shell/answered-calls.ts), the text of an entry (shell/answered-codec.ts).
 *
 * AN1  Kept is what the next life begins with: legs that would be lost with this one are kept as
 *      ended, and what the actor must hear of them stands among the pending inputs.
 * AN2  A dialog is kept while it is quiet: no request open, no ACK awaited. What is open at a crash is
 *      lost and asked for again by whoever waits for it.
 * AN3  Each life counts on from numbers that no life before it can have reached: epoch, CSeq, relays.
 */
import type { CallId, LegId, NodeId } from "../../../lib/telephony/ids.ts";
import type { Instant } from "../../../lib/telephony/instant.ts";
import type { EdgeInput, LegFact } from "../../../lib/telephony/leg.ts";
import type { Inherited } from "./anchor.ts";
import { inheritedAnchor, PENDING_MAX } from "./anchor.ts";
import type { Bridge } from "./bridge.ts";
import type { EdgeCall } from "./call.ts";
import type { Dialog } from "./dialog/dialog.ts";
import { dialogId, nextHop } from "./dialog/dialog.ts";
import type { BLeg } from "./leg/b-leg.ts";
import type { Peer } from "./leg/destination.ts";
import { destinationOf } from "./leg/destination.ts";
import type { Session } from "./leg/relay.ts";
import { stepSession } from "./leg/session.ts";
import type { Mask } from "./mask.ts";

/** An adoption takes an epoch, an orphaned call one every 2 s: more than a day of them. */
export const EPOCH_JUMP = 100_000;
/** In-dialog requests between two writes of an entry stay below half of it. */
export const SEQUENCE_JUMP = 1_000;

/** A confirmed, quiet dialog (AN2). */
export interface KeptDialog {
  readonly dialog: Dialog;
  /** Our Contact value. */
  readonly contact: string;
  readonly lastRelay: number;
}

/** A dialog whose sockets are ours. */
export interface KeptSide extends KeptDialog {
  readonly peer: Peer;
}

/** Where an answered branch is. */
export interface KeptPlace {
  readonly holder: NodeId;
  readonly peer: Peer;
  /** Null when another edge holds it. */
  readonly dialog: KeptDialog | null;
}

/** The leg that the caller talks to. */
export interface KeptCallee extends KeptPlace {
  readonly leg: LegId;
  readonly branch: number;
  readonly mask: Mask;
  readonly isOutside: boolean;
}

/** An answered call of this anchor. */
export interface KeptCall {
  readonly callId: CallId;
  readonly startedAt: Instant;
  readonly traceparent: string;
  /** Its pending inputs are those that no committed step contains, and those of AN1. */
  readonly anchor: Inherited;
  /** Legs that are over. */
  readonly over: readonly LegId[];
  readonly caller: KeptSide;
  readonly callee: KeptCallee;
}

/** What the machine of a call does not know. */
export type KeptAround = Pick<KeptCall, "callId" | "startedAt" | "traceparent" | "caller"> & {
  readonly callee: Omit<KeptCallee, "leg" | "branch">;
};

/** The leg and branch that the caller talks to; null when nobody does, or when that is ending. */
export function talkingTo({ caller, legs }: Bridge): { leg: LegId; branch: number } | null {
  const callee = caller.phase === "answered" ? legs.get(caller.leg) : undefined;
  const isUp = caller.phase === "answered" && caller.hangingUp === null;
  if (!isUp || callee?.phase !== "answered" || callee.hangingUp !== null) return null;
  return { leg: callee.leg, branch: callee.branch };
}

/** A call as it is kept; null when it does not talk, or no controller ever took it. */
export function keepCall(call: EdgeCall, at: Instant, around: KeptAround): KeptCall | null {
  const { anchor, bridge } = call;
  const talking = talkingTo(bridge);
  if (talking === null || anchor.phase === "over" || anchor.commit.step === 0) return null;
  const others = [...bridge.legs.values()].filter(({ leg }) => leg !== talking.leg);
  const lost = others.flatMap(lossOf);
  const { epoch, commit, lastSeq } = anchor;
  const formerHolder = anchor.phase === "held" ? anchor.controller : anchor.formerHolder;
  const unheard = lost.map((fact, n): EdgeInput => ({ seq: lastSeq + 1 + n, at, fact }));
  const pending = [...anchor.pending, ...unheard];
  if (pending.length > PENDING_MAX) return null;
  return {
    ...around,
    anchor: { epoch, commit, pending, lastSeq: lastSeq + lost.length, formerHolder },
    over: others.map(({ leg }) => leg),
    callee: { ...talking, ...around.callee },
  };
}

/** AN1. What the actor must hear of a leg that ends with this life. */
function lossOf(state: BLeg): readonly LegFact[] {
  const { leg } = state;
  switch (state.phase) {
    case "over":
      return [];
    case "preparing":
    case "ringing": {
      const cause = state.cancelled ?? "unavailable";
      const status = state.cancelled === null ? 503 : 487;
      return [{ kind: "leg-failed", leg, status, q850: 0, cause }];
    }
    case "answered": {
      const cause = state.hangingUp ?? "unavailable";
      return [{ kind: "leg-ended", leg, by: state.hangingUp === null ? "edge" : "us", cause }];
    }
  }
}

/** A dialog as it is kept; null unless it is up and quiet (AN2). */
export function keepDialog(session: Session | null): KeptDialog | null {
  if (session?.phase !== "up") return null;
  const { dialog, contact, lastRelay, asked, passed, byeReason } = session;
  const isQuiet = asked.length === 0 && passed.length === 0 && byeReason === null;
  return isQuiet ? { dialog, contact, lastRelay } : null;
}

/** The call of a new life: nobody holds it, and it is offered at `offerAt`. */
export function reviveCall(kept: KeptCall, at: Instant, offerAt: Instant): EdgeCall {
  const { leg, branch } = kept.callee;
  const callee: BLeg = { phase: "answered", leg, branch, sdp: "", hangingUp: null };
  const over = kept.over.map((id): [LegId, BLeg] => [id, { phase: "over", leg: id }]);
  return {
    anchor: inheritedAnchor(kept.anchor, at, offerAt),
    bridge: {
      caller: { phase: "answered", leg, hangingUp: null },
      legs: new Map([...over, [leg, callee]]),
    },
  };
}

/** The dialog of a new life. */
export const reviveDialog = ({ dialog, contact, lastRelay }: KeptDialog): Session => ({
  phase: "up",
  dialog,
  contact,
  lastRelay,
  asked: [],
  passed: [],
  byeReason: null,
});

/** A revived side is its dialog alone: how it came to be no longer matters. */
export const REVIVED = {
  step: stepSession,
  keys: (state: Session): readonly string[] =>
    state.phase === "gone" ? [] : [dialogId(state.dialog)],
  session: (state: Session): Session => state,
};

/** AN3, for a call. */
export function callOfNextLife(kept: KeptCall): KeptCall {
  const { callee } = kept;
  const dialog = callee.dialog === null ? null : dialogOfNextLife(callee.dialog);
  const peer =
    callee.dialog === null ? callee.peer : peerOfNextLife(callee.peer, callee.dialog.dialog);
  return {
    ...kept,
    anchor: { ...kept.anchor, epoch: kept.anchor.epoch + EPOCH_JUMP },
    caller: sideOfNextLife(kept.caller),
    callee: { ...callee, dialog, peer },
  };
}

/** AN3, for a side alone: that of a branch held for another anchor. */
export const sideOfNextLife = (side: KeptSide): KeptSide => ({
  ...dialogOfNextLife(side),
  peer: peerOfNextLife(side.peer, side.dialog),
});

const dialogOfNextLife = ({ dialog, contact, lastRelay }: KeptDialog): KeptDialog => ({
  dialog: { ...dialog, localSeq: (dialog.localSeq ?? 0) + SEQUENCE_JUMP },
  contact,
  lastRelay: lastRelay + SEQUENCE_JUMP,
});

/**
 * A connection dies with the life that held it; until the peer opens another one (side.ts SI3), its
 * Contact is where it may listen.
 */
function peerOfNextLife(peer: Peer, dialog: Dialog): Peer {
  if (peer.endpoint.transport === "udp") return peer;
  const { transport, host, port } = peer.endpoint;
  const known: Peer = { kind: "carrier", endpoint: { transport, host, port } };
  const { host: heldBy, port: at } = destinationOf(known, nextHop(dialog));
  return { kind: peer.kind, endpoint: { transport, host: heldBy, port: at } };
}
