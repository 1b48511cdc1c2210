/**
 * Random calls to small companies: few numbers and telephones, so that lists, limits, hours and loops
 * meet. What the registry would refuse to store is among them, and snapshots that lack a part: the plan
 * must hold whatever it is given.
 */
import fc from "fast-check";
import type { ContractTerm } from "../../lib/telephony/contract.ts";
import type { E164 } from "../../lib/telephony/e164.ts";
import type { GroupId } from "../../lib/telephony/ids.ts";
import type { Instant } from "../../lib/telephony/instant.ts";
import type { Offer } from "../../lib/telephony/leg.ts";
import type {
  OwnNumber,
  RouteGroup,
  RouteSnapshot,
  RouteTarget,
  RouteTerminal,
  TerminalRelay,
} from "../../lib/telephony/route-snapshot.ts";
import { addDays, dateOf } from "../../lib/telephony/tokyo-time.ts";
import {
  counted,
  e164,
  ext,
  HOME_REP,
  IVR,
  NOON,
  number,
  OWN,
  offer,
  REP,
  SALES,
  target,
  term,
  toGroup,
} from "./sample-company.ts";

const OUTSIDE = [
  "+81311110001",
  "+81311110002",
  "+819011110003",
  "+819011110004",
  "+815030000005",
  "+14155550106",
  "+81110000",
];
const OWN_NUMBERS = [REP, HOME_REP, IVR, OWN];
const EXTENSIONS = ["101", "201", "202", "203"];
/** A number of the company that this route does not lead by. */
const FAR = e164("+815020000299");
const STRANGER = e164("+81312345678");

const orNull = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> =>
  fc.option(value, { nil: null });
const oneNumber = fc.constantFrom(...OWN_NUMBERS);

const arbitraryTargets: fc.Arbitrary<readonly RouteTarget[]> = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...OUTSIDE) },
      { weight: 1, arbitrary: fc.constantFrom(OWN, FAR) },
      { weight: 3, arbitrary: fc.constantFrom(...EXTENSIONS) },
    ),
    { maxLength: 6 },
  )
  .map((words) => words.map(target));

const arbitraryRelay: fc.Arbitrary<TerminalRelay> = fc.record({
  targets: arbitraryTargets,
  ringSelf: fc.boolean(),
  followMemberRelay: fc.boolean(),
});

const arbitraryTerminal = (extension: string): fc.Arbitrary<RouteTerminal> =>
  fc.record({
    extension: fc.constant(ext(extension)),
    number: orNull(fc.constantFrom(OWN, STRANGER)),
    homeRepresentative: orNull(fc.constantFrom(HOME_REP, STRANGER)),
    ringMs: fc.constant(20_000),
    relay: orNull(arbitraryRelay),
  });

const arbitraryGroup = (id: string): fc.Arbitrary<RouteGroup> =>
  fc.record({
    id: fc.constant(id as GroupId),
    extension: fc.constant(ext("600")),
    representative: orNull(oneNumber),
    mode: fc.constantFrom("ring-all", "relay"),
    targets: arbitraryTargets,
    followMemberRelay: fc.boolean(),
    totalRingMs: fc.constant(60_000),
  });

const today = dateOf(NOON);

const arbitraryTerm: fc.Arbitrary<ContractTerm> = fc
  .record({
    from: fc.constantFrom(addDays(today, -1), today, addDays(today, 1)),
    until: orNull(fc.constantFrom(today, addDays(today, 1))),
    terminalForwarding: fc.boolean(),
    representativeForwarding: fc.boolean(),
    internationalForwarding: fc.boolean(),
    addOns: fc.array(fc.record({ number: oneNumber, units: fc.integer({ min: 1, max: 2 }) }), {
      maxLength: 2,
    }),
  })
  .map(term);

const arbitraryEntry: fc.Arbitrary<OwnNumber> = fc
  .record({
    of: oneNumber,
    outOfHours: orNull(
      fc.oneof(
        fc.constant({ kind: "group", groupId: "night" as GroupId } as const),
        arbitraryRelay.map((relay) => ({ kind: "relay", relay }) as const),
      ),
    ),
    callers: fc.record({
      deny: fc.subarray<E164>([STRANGER]),
      allow: fc.subarray<E164>([STRANGER]),
      refuseAnonymous: fc.boolean(),
    }),
  })
  .map(({ of, ...more }) => {
    const kind = of === OWN ? "standard" : of === IVR ? "ivr" : "representative";
    return { ...number(of, kind), ...more };
  });

const arbitrarySnapshot: fc.Arbitrary<RouteSnapshot> = fc
  .record({
    entry: orNull(arbitraryEntry),
    called: fc.constantFrom<RouteSnapshot["called"]>(
      { kind: "group", groupId: SALES },
      { kind: "terminal", extension: ext("201") },
    ),
    groups: fc.tuple(arbitraryGroup(SALES), arbitraryGroup("night")),
    terminals: fc.tuple(...EXTENSIONS.map(arbitraryTerminal)),
    contracts: fc.array(arbitraryTerm, { maxLength: 1 }),
    schedule: orNull(fc.constant({ id: "never", open: [], openOnHolidays: true, closedDates: [] })),
    lacking: fc.constantFrom("nothing", "nothing", "forwarders", "destinations", "trunks"),
  })
  .map(({ lacking, ...made }) => {
    const companyNumbers = new Set([...OWN_NUMBERS, FAR]);
    const [group] = made.groups;
    const whole = { ...toGroup(null, group), ...made, companyNumbers };
    const snapshot = { ...whole, ...counted(whole) };
    return lacking === "nothing" ? snapshot : { ...snapshot, [lacking]: [] };
  });

/** A call to a company. */
export interface ArbitraryCall {
  readonly snapshot: RouteSnapshot;
  readonly offer: Offer;
  readonly startedAt: Instant;
}

/** See the file header. Extensions call the number or what it rings, strangers the number. */
export const arbitraryCall: fc.Arbitrary<ArbitraryCall> = fc
  .record({
    snapshot: arbitrarySnapshot,
    caller: fc.constantFrom<string>(STRANGER, REP, FAR, "101"),
    withheld: fc.boolean(),
    diversions: fc.constantFrom(0, 0, 0, 4, 5),
    isMarked: fc.nat({ max: 9 }).map((draw) => draw === 0),
  })
  .map(({ snapshot, caller, withheld, diversions, isMarked }) => {
    const isInternal = caller === "101";
    const called = snapshot.entry?.number ?? (snapshot.called.kind === "group" ? "600" : "201");
    const from = { number: caller, display: "Alice", withheld };
    // No trunk asks for an extension.
    const by = snapshot.entry === null && !isInternal ? "101" : caller;
    // A telephone's mark does not get past the edge.
    const priority = isMarked && by !== "101" ? "psap-callback" : null;
    return {
      snapshot,
      offer: offer(called, by, { diversions, priority, caller: { ...from, number: by } }),
      startedAt: NOON,
    };
  });
