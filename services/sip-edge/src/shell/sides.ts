/**
 * How the sides of calls are made: a new caller's, a new branch's, one that an earlier life of this
 * edge answered. Owns: our Contact, the choice of the machine. Does not own: what a side does (side.ts,
 * core/leg).
 */
import type { KeptSide } from "../core/answered.ts";
import { REVIVED, reviveDialog } from "../core/answered.ts";
import { aLegKeys, aLegSession, startALeg, stepALeg } from "../core/leg/a-leg.ts";
import { branchKeys, branchSession, startBranch, stepBranch } from "../core/leg/branch.ts";
import type { Peer } from "../core/leg/destination.ts";
import { bare } from "../core/leg/relay.ts";
import type { SideFact, SideOrder } from "../core/leg/side.ts";
import type { Endpoint, SipRequest } from "../core/message/message.ts";
import type { ServerTransaction, SipSender } from "./endpoint-ports.ts";
import type { SideSurroundings } from "./side.ts";
import { Side } from "./side.ts";

/** What the owner of a side may ask of it. */
export interface OwnSide {
  readonly order: (order: SideOrder) => void;
  /** What a later life needs of it; null unless its dialog is up and quiet. */
  readonly kept: () => KeptSide | null;
}

/** The INVITE that was let in. */
export interface CallerStart {
  readonly invite: SipRequest;
  readonly transaction: ServerTransaction;
  readonly peer: Peer;
  readonly localTag: string;
}

type Report = (fact: SideFact) => void;

const CALLER = { step: stepALeg, keys: aLegKeys, session: aLegSession };
const BRANCH = { step: stepBranch, keys: branchKeys, session: branchSession };

/**
 * Asks a revived dialog whether it is still up: one whose BYE found nobody answers 481 and ends
 * (12.2.1.2). Relays of a new life count from far above its number (answered.ts AN3).
 */
export const PROBE: SideOrder = { kind: "request", request: bare(2, "OPTIONS") };

/** The side of a caller who waits for an answer. */
export function newCaller(around: SideSurroundings, start: CallerStart, report: Report): OwnSide {
  const { invite, transaction, peer, localTag } = start;
  const state = startALeg(invite, localTag, contactOf(around.sender, peer.endpoint));
  const side = new Side(around, CALLER, { state, peer }, report);
  side.hold(transaction);
  return side;
}

/** A branch that waits for its `dial` order. */
export function newBranch(
  around: SideSurroundings & { readonly mintToken: () => string },
  peer: Peer,
  report: Report,
): OwnSide {
  const { sender, mintToken } = around;
  const contact = contactOf(sender, peer.endpoint);
  const state = startBranch({ sipCallId: mintToken(), fromTag: mintToken(), contact });
  return new Side(around, BRANCH, { state, peer }, report);
}

/** The side of a caller or a callee with a dialog of an earlier life. */
export function revivedSide(around: SideSurroundings, kept: KeptSide, report: Report): OwnSide {
  const start = { state: reviveDialog(kept), peer: kept.peer };
  const side = new Side(around, REVIVED, start, report);
  side.resume();
  return side;
}

/** Our Contact: where in-dialog requests of this transport reach this edge. */
function contactOf(sender: SipSender, { transport }: Endpoint): string {
  const { host, port } = sender.sentBy(transport);
  const place = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
  return `<sip:edge@${place}:${port}${transport === "tcp" ? ";transport=tcp" : ""}>`;
}
