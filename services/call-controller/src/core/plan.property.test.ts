import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ContractTerm } from "../../../lib/telephony/contract.ts";
import type { CallId, LegId, NodeId } from "../../../lib/telephony/ids.ts";
import type { LegFact, LegOrder } from "../../../lib/telephony/leg.ts";
import { dateOf } from "../../../lib/telephony/tokyo-time.ts";
import type { ArbitraryCall } from "../../test/arbitrary-company.ts";
import { arbitraryCall } from "../../test/arbitrary-company.ts";
import { EDGE, NOON } from "../../test/sample-company.ts";
import type { CallInput } from "./call/input.ts";
import type { CallState } from "./call/state.ts";
import { start, step } from "./call.ts";
import type { PlannedTarget } from "./ring-plan.ts";
import { planRing } from "./ring-plan.ts";

type Dial = LegOrder & { readonly kind: "dial" };
type OutsideDial = Dial & { readonly destination: { readonly kind: "outside" } };

/** What is dialled when every channel is granted and every telephone is busy. */
function dialled({ snapshot, offer }: ArbitraryCall): readonly Dial[] {
  const at = NOON;
  const dials: Dial[] = [];
  let state: CallState = start({
    callId: "c1" as CallId,
    anchor: EDGE,
    controller: "ctl-1" as NodeId,
    epoch: 1,
    at,
    loopCallsMax: 5,
  });
  const todo: CallInput[] = [];
  const busy = (leg: LegId): LegFact => ({
    kind: "leg-failed",
    leg,
    status: 486,
    q850: 17,
    cause: "busy",
  });
  const facts: LegFact[] = [{ kind: "offered", offer }];
  for (let turn = 0; turn < 200; turn += 1) {
    const fact = todo.length === 0 ? facts.shift() : undefined;
    const input = fact && { seq: state.head.lastSeq + 1, at, fact };
    const next = todo.shift() ?? (input && ({ kind: "edge-reported", input } as const));
    if (next === undefined) return dials;
    const after = step(state, at, next);
    state = after.state;
    for (const effect of after.effects) {
      if (effect.kind === "look-up-route") todo.push({ kind: "route-found", snapshot });
      if (effect.kind === "take-channels") {
        const granted = effect.claims.map(({ leg }) => leg);
        todo.push({ kind: "channels-taken", granted, refused: [] });
      }
      if (effect.kind !== "dial") continue;
      dials.push(effect);
      facts.push(busy(effect.leg));
    }
  }
  throw new Error("never comes to rest");
}

const isOutside = (dial: Dial): dial is OutsideDial => dial.destination.kind === "outside";

const planned = (call: ArbitraryCall): readonly PlannedTarget[] => {
  const plan = planRing(call.snapshot, call);
  return plan.kind === "plan" ? plan.targets : [];
};

/** Reckoned by dates as text, without the code that is judged. */
function contractOf({ snapshot, startedAt }: ArbitraryCall): ContractTerm | undefined {
  const today = dateOf(startedAt);
  return snapshot.contracts.find(
    ({ from, until }) => from <= today && (until === null || today < until),
  );
}

const unitsOf = ({ addOns }: ContractTerm, number: string | null): number =>
  addOns.reduce((sum, one) => sum + (one.number === number ? one.units : 0), 0);

/** On whose account a leg was dialled: the extension whose relay it is, or null for the group's list. */
function accountOf(call: ArbitraryCall, leg: LegId): string | null {
  const targets = planned(call);
  const self = targets.find((one) => one.leg === leg);
  const parent = targets.find((one) => one.leg === self?.parentLeg);
  if (parent?.member.kind === "extension") return parent.member.extension;
  const { called, entry, schedule } = call.snapshot;
  const isNight = schedule !== null && entry?.outOfHours?.kind === "group";
  return called.kind === "terminal" && !isNight ? called.extension : null;
}

const RUNS = 2_000;

function always(claim: (call: ArbitraryCall, dials: readonly OutsideDial[]) => void): void {
  fc.assert(
    fc.property(arbitraryCall, (call) => {
      claim(call, dialled(call).filter(isOutside));
    }),
    { numRuns: RUNS },
  );
}

describe("whatever a company looks like", () => {
  it("what is dialled is what the plan says, in its order", () => {
    fc.assert(
      fc.property(arbitraryCall, (call) => {
        const tried = planned(call).filter(({ skip }) => skip === null);
        const dials = dialled(call).map(({ leg }) => leg);
        expect(dials.toSorted()).toEqual(tried.map(({ leg }) => leg).toSorted());
        const plan = planRing(call.snapshot, call);
        if (plan.kind === "plan" && plan.route.mode !== "ring-all")
          expect(dials).toEqual(tried.map(({ leg }) => leg));
      }),
      { numRuns: RUNS },
    );
  });

  it("R2, R23, A10: nobody outside is dialled beyond what was bought", () => {
    always((call, dials) => {
      const contract = contractOf(call);
      if (contract === undefined) return expect(dials).toEqual([]);
      for (const { leg, destination } of dials) {
        const isOfGroup = accountOf(call, leg) === null;
        expect(isOfGroup ? contract.representativeForwarding : contract.terminalForwarding).toBe(
          true,
        );
        const isAbroad = !destination.number.startsWith("+81");
        expect(!isAbroad || contract.internationalForwarding).toBe(true);
      }
    });
  });

  it("R18, R19, A8: no account reaches more destinations than it has", () => {
    always((call, dials) => {
      const contract = contractOf(call);
      const { terminals, entry, groups, called } = call.snapshot;
      const reached = Map.groupBy(dials, ({ leg }) => accountOf(call, leg));
      for (const [account, legs] of reached) {
        const distinct = new Set(legs.map(({ destination }) => destination.number));
        const terminal = terminals.find(({ extension }) => extension === account);
        const shared = entry !== null && entry.kind !== "standard" ? entry.number : null;
        const group = groups.find((one) => called.kind === "group" && one.id === called.groupId);
        const own = account === null ? (shared ?? group?.representative) : terminal?.number;
        const included = account === null ? 2 : 1;
        const units = contract === undefined ? 0 : unitsOf(contract, own ?? null);
        expect(distinct.size).toBeLessThanOrEqual(included + units);
      }
    });
  });

  it("R8, A17, A18: only numbers of the company are shown, and nothing of the caller", () => {
    always(({ snapshot, offer }, dials) => {
      const own = snapshot.numbers.map(({ number }) => number);
      for (const { destination } of dials) {
        expect(own).toContain(destination.source);
        expect(own).toContain(destination.diverting?.number);
        const { number, display } = offer.caller;
        const said = JSON.stringify(destination);
        expect(said).not.toContain(display);
        if (!own.some((one) => one === number)) expect(said).not.toContain(`"${number}"`);
      }
    });
  });

  it("A19, A21: no number of the company and no prohibited number is dialled, and nobody after five diversions", () => {
    always(({ snapshot, offer }, dials) => {
      if (offer.diversions >= 5) return expect(dials).toEqual([]);
      for (const { destination } of dials) {
        expect(snapshot.companyNumbers.has(destination.number)).toBe(false);
        expect(destination.number).not.toBe("+81110000");
      }
    });
  });

  it("no telephone rings twice in a ring-all", () => {
    fc.assert(
      fc.property(arbitraryCall, (call) => {
        const plan = planRing(call.snapshot, call);
        if (plan.kind !== "plan" || plan.route.mode !== "ring-all") return;
        const rung = dialled(call).map(({ destination: to }) =>
          to.kind === "outside" ? to.number : to.extension,
        );
        expect(rung).toEqual([...new Set(rung)]);
      }),
      { numRuns: RUNS },
    );
  });

  it("R15, A15: every outside leg counts for the company, its trunk and its source number", () => {
    always((call, dials) => {
      for (const { leg, destination } of dials) {
        const target = planned(call).find((one) => one.leg === leg);
        expect(target?.scopes.map(({ id }) => id).slice(0, 3)).toEqual([
          `company:${call.snapshot.companyId}`,
          `trunk:${destination.trunkId}`,
          `source:${destination.source}`,
        ]);
      }
    });
  });

  it("4.5: emergency services that call back are never turned away by a list or an hour, nor passed on", () => {
    fc.assert(
      fc.property(arbitraryCall, (call) => {
        if (call.offer.priority === null) return;
        expect(planRing(call.snapshot, call).kind).toBe("plan");
        const { groups, called } = call.snapshot;
        const list = groups.find((one) => called.kind === "group" && one.id === called.groupId);
        const members = list?.targets.flatMap((one) =>
          one.kind === "extension" ? [one.extension] : [],
        );
        const rung = dialled(call).map(({ destination: to }) =>
          to.kind === "outside" ? to.number : to.extension,
        );
        expect(new Set<string>(rung)).toEqual(
          new Set<string>(called.kind === "terminal" ? [called.extension] : members),
        );
      }),
      { numRuns: RUNS },
    );
  });

  it("a caller whom the number denies reaches nobody", () => {
    fc.assert(
      fc.property(arbitraryCall, (call) => {
        const { snapshot, offer } = call;
        if (offer.priority !== null) return;
        const isDenied = snapshot.entry?.callers.deny.some((one) => one === offer.caller.number);
        expect(isDenied === true && dialled(call).length > 0).toBe(false);
      }),
      { numRuns: RUNS },
    );
  });
});

it("the companies are varied enough: every rule passes somebody over, and every row of the table dials", () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(arbitraryCall, (call) => {
      const plan = planRing(call.snapshot, call);
      if (plan.kind === "turned-away") seen.add(plan.refusal.rule ?? `${plan.refusal.status}`);
      for (const { skip, member } of planned(call)) {
        if (skip !== null) seen.add(skip);
        else if (member.kind === "outside" && member.source !== null) seen.add(member.source.rule);
      }
    }),
    { numRuns: 3 * RUNS, seed: 1 },
  );
  const skips = ["R2", "R23", "A10", "R18", "R19", "3.1", "D8", "A19", "prohibited-number"];
  const others = [
    "duplicate",
    "relay-only",
    "own-extension",
    "unknown-trunk",
    "unknown-destination",
    "diversion-limit",
    "psap-callback",
  ];
  const wishes = ["deny", "allow", "anonymous", "hours"];
  const rows = ["D1", "D2", "D3", "D4", "D5", "D6", "D7", "D9"];
  expect([...seen]).toEqual(expect.arrayContaining([...skips, ...others, ...wishes, ...rows]));
});
