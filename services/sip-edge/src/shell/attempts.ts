/**
 * The B-legs of one call at work: where each may go, the branches that were dialled. Owns: look-ups,
 * branches, what may pass to them. Does not own: decisions, the caller's side (call.ts).
 *
 * AT1  A look-up's answer returns as an input of the call.
 * AT2  What passes to a leg loses the caller's names as the leg's INVITE did (DOMAIN R8).
 * AT3  A revived call has the one leg that answered, and dials no other.
 */
import type { CallId, LegId, NodeId } from "../../../lib/telephony/ids.ts";
import type { Instant } from "../../../lib/telephony/instant.ts";
import type { Offer } from "../../../lib/telephony/leg.ts";
import { branchId } from "../../../lib/wire/branch-codec.ts";
import type { KeptCallee, KeptPlace } from "../core/answered.ts";
import type { EdgeCallEffect } from "../core/call.ts";
import { sdpOf } from "../core/leg/content.ts";
import type { SideFact, SideOrder } from "../core/leg/side.ts";
import { leavingOrder, type Mask, maskedOrder } from "../core/mask.ts";
import type { SipRequest } from "../core/message/message.ts";
import { reasonPhrase } from "../core/message/reason-phrase.ts";
import type { Ports } from "../ports.ts";
import type { BranchDoor, Branches } from "./branches.ts";
import type { CallWatch } from "./call-watch.ts";
import { type Ear, heardBy } from "./ear.ts";
import type { Preparation, PreparedBranch } from "./preparation.ts";
import { prepare } from "./preparation.ts";
import type { SideSurroundings } from "./side.ts";

/** What attempts stand on. */
export interface AttemptSurroundings {
  readonly node: NodeId;
  readonly sides: SideSurroundings;
  readonly branches: Branches;
  readonly ports: Ports;
  readonly identityRefused: () => void;
}

/** The caller's words that B-legs are dialled with. */
export interface Dialling {
  readonly offer: Offer;
  readonly callerNumbers: readonly string[];
  readonly invite: SipRequest;
  readonly startedAt: Instant;
}

/** Whose attempts they are; `dialling` is null for a revived call (AT3). */
export interface AttemptsOf {
  readonly callId: CallId;
  readonly dialling: Dialling | null;
  readonly ear: Ear;
  readonly watch: CallWatch;
}

/** What a later life needs of the leg that the caller talks to. */
export type KeptTalk = KeptPlace & Pick<KeptCallee, "mask" | "isOutside">;

interface OpenLeg {
  readonly branches: readonly PreparedBranch[];
  readonly mask: Mask;
  readonly isOutside: boolean;
  readonly expiresS: number;
  readonly doors: Map<number, BranchDoor>;
}

type Of<K extends EdgeCallEffect["kind"]> = Extract<EdgeCallEffect, { kind: K }>;

/** See the file header. */
export class Attempts {
  readonly #around: AttemptSurroundings;
  readonly #of: AttemptsOf;
  readonly #legs = new Map<LegId, OpenLeg>();

  constructor(around: AttemptSurroundings, of: AttemptsOf) {
    this.#around = around;
    this.#of = of;
  }

  /** AT1. */
  prepare({ leg, destination, expiresS, maxForwards }: Of<"prepare">): void {
    const { dialling, ear, watch } = this.#of;
    const unavailable = { kind: "undiallable", leg, status: 503, cause: "unavailable" } as const;
    if (dialling === null) return ear.call?.take(unavailable);
    const { node, ports, sides } = this.#around;
    const { offer, callerNumbers, invite, startedAt } = dialling;
    watch.dialled(leg, destination.kind === "outside" ? destination.number : destination.extension);
    const wish = {
      leg,
      destination,
      limits: { expiresS, maxForwards },
      offer,
      offerSdp: sdpOf(invite),
      callerNumbers,
      sessionId: String(startedAt),
    };
    const here = { node, host: sides.sender.sentBy("udp").host };
    prepare(wish, ports, here).then(
      (preparation) => this.#prepared(leg, expiresS, preparation),
      (error: unknown) => {
        watch.log.error({ err: error, leg }, "look-up failed");
        ear.call?.take(unavailable);
      },
    );
  }

  #prepared(leg: LegId, expiresS: number, preparation: Preparation): void {
    const { ear } = this.#of;
    if (preparation.kind === "undiallable") {
      const { status, cause, isIdentityRefused } = preparation;
      if (isIdentityRefused) this.#around.identityRefused();
      return ear.call?.take({ kind: "undiallable", leg, status, cause });
    }
    const { branches, at, mask, isOutside } = preparation;
    this.#legs.set(leg, { branches, mask, isOutside, expiresS, doors: new Map() });
    return ear.call?.take({ kind: "prepared", leg, branches: branches.length, at });
  }

  /** Sends the prepared INVITE of this branch. */
  dial({ leg, branch }: Of<"dial-branch">): void {
    const open = this.#legs.get(leg);
    const prepared = open?.branches[branch];
    if (open === undefined || prepared === undefined) return;
    const { callId } = this.#of;
    const { peer, holder, requestUri, headers, sdp } = prepared;
    const { expiresS } = open;
    const target = { callId, branch: branchId(leg, branch), peer, holder, expiresS };
    const door = this.#around.branches.open(target, this.#heardFrom(leg, branch));
    open.doors.set(branch, door);
    door.order({ kind: "dial", requestUri, headers, body: sdp });
  }

  /** Takes the leg that answered in an earlier life. */
  reopen(callee: KeptCallee): void {
    const { leg, branch, mask, isOutside } = callee;
    const target = { callId: this.#of.callId, branch: branchId(leg, branch), callee };
    const door = this.#around.branches.reopen(target, this.#heardFrom(leg, branch));
    const doors = new Map([[branch, door]]);
    this.#legs.set(leg, { branches: [], mask, isOutside, expiresS: 0, doors });
  }

  /** Passes an order on (AT2); what may not pass is answered: that is for the caller's side. */
  order({ leg, branch, order }: Of<"order-branch">): SideOrder | null {
    const open = this.#legs.get(leg);
    const door = open?.doors.get(branch);
    if (open === undefined || door === undefined) return null;
    const passed = open.isOutside ? leavingOrder(order, open.mask) : maskedOrder(order, open.mask);
    if (passed !== null) door.order(passed);
    return passed === null && order.kind === "request" ? unsupported(order.request.relayId) : null;
  }

  /** Gives an order to every branch. */
  orderAll(order: SideOrder): void {
    for (const { doors } of this.#legs.values()) {
      for (const door of doors.values()) door.order(order);
    }
  }

  /** What a later life needs of a branch; null unless it is up and quiet. */
  kept({ leg, branch }: { readonly leg: LegId; readonly branch: number }): KeptTalk | null {
    const open = this.#legs.get(leg);
    const place = open?.doors.get(branch)?.kept() ?? null;
    if (open === undefined || place === null) return null;
    const { mask, isOutside } = open;
    return { ...place, mask, isOutside };
  }

  #heardFrom(leg: LegId, branch: number): (fact: SideFact) => void {
    return heardBy(this.#of.ear, branchReported(leg, branch));
  }
}

const branchReported = (leg: LegId, branch: number) => (fact: SideFact) =>
  ({ kind: "branch-reported", leg, branch, fact }) as const;

const unsupported = (relayId: number): SideOrder => ({
  kind: "response",
  response: { relayId, status: 415, reason: reasonPhrase(415), headers: [], body: "" },
});
