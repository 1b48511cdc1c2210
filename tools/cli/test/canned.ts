/** Answers of services, as they come over the wire, for tests of what is printed. */
import type { QuoteRatesResponse } from "../../../services/lib/wire/billing.ts";
import type { ListCallsResponse, PlanResponse } from "../../../services/lib/wire/call.ts";
import type {
  CallRecordMessage,
  ChargeEntryMessage,
  SpanMessage,
} from "../../../services/lib/wire/cdr.ts";
import {
  type Company,
  type Contract,
  DiversionProfile,
  GroupMode,
  IdentityProfile,
  NumberFormat,
  NumberKind,
  PrivacyProfile,
  type RouteSnapshot,
  type Trunk,
} from "../../../services/lib/wire/tenant.ts";
import type { ListLeasesResponse } from "../../../services/lib/wire/trunk.ts";

const REP = "+815012345678";
const OWN = "+815012340001";
const MOBILE = "+819012345678";

const TERM: Contract = {
  terminalForwarding: true,
  representativeForwarding: true,
  extraChannels: 4,
  fromDate: "",
  untilDate: "",
  addOns: [],
  channelsPerNumber: 3,
  internationalForwarding: false,
  pricePlan: "standard",
};

/** 2026-10-31 23:59:50 in Tokyo. */
export const NOW = Date.UTC(2026, 9, 31, 14, 59, 50);

export const DEMO_COMPANY: Company = {
  id: "demo",
  name: "株式会社デモ",
  domain: "demo.example.com",
  contracts: [
    {
      ...TERM,
      extraChannels: 2,
      channelsPerNumber: 2,
      fromDate: "2026-04-01",
      untilDate: "2026-10-01",
    },
    {
      ...TERM,
      fromDate: "2026-10-01",
      untilDate: "2027-04-01",
      addOns: [{ number: REP, units: 1 }],
    },
    { ...TERM, fromDate: "2027-04-01", terminalForwarding: false, pricePlan: "rep-only" },
  ],
  schedules: [
    {
      id: "office",
      name: "営業時間",
      open: [
        { weekdays: [1, 2, 3, 4, 5], fromMinute: 540, untilMinute: 1080 },
        { weekdays: [6], fromMinute: 600, untilMinute: 1440 },
      ],
      openOnHolidays: false,
      closedDates: ["2026-12-29", "2026-12-30"],
    },
  ],
  numbers: [
    {
      number: REP,
      kind: NumberKind.REPRESENTATIVE,
      trunkId: "carrier-a",
      rings: { $case: "groupId", value: "sales" },
      scheduleId: "office",
      outOfHours: { $case: "outOfHoursGroupId", value: "night" },
      callers: { deny: ["+81312345678"], allow: [], refuseAnonymous: true },
    },
    {
      number: OWN,
      kind: NumberKind.STANDARD,
      trunkId: "carrier-a",
      rings: { $case: "extension", value: "1001" },
      scheduleId: "office",
      outOfHours: {
        $case: "outOfHoursRelay",
        value: {
          targets: [{ kind: { $case: "outside", value: MOBILE }, ringS: 30 }],
          ringSelf: false,
          followMemberRelay: false,
        },
      },
      callers: { deny: [], allow: [], refuseAnonymous: false },
    },
  ],
  terminals: [
    {
      extension: "1001",
      name: "山田",
      number: OWN,
      homeRepresentative: "",
      relay: {
        targets: [{ kind: { $case: "outside", value: MOBILE }, ringS: 25 }],
        ringSelf: true,
        followMemberRelay: false,
      },
      ringS: 20,
      password: "",
    },
    {
      extension: "1002",
      name: "Reception",
      number: "",
      homeRepresentative: REP,
      relay: undefined,
      ringS: 20,
      password: "",
    },
  ],
  groups: [
    {
      id: "sales",
      name: "営業",
      extension: "2000",
      representative: REP,
      mode: GroupMode.RING_ALL,
      targets: [
        { kind: { $case: "extension", value: "1001" }, ringS: 20 },
        { kind: { $case: "outside", value: MOBILE }, ringS: 20 },
      ],
      followMemberRelay: false,
      totalRingS: 60,
    },
  ],
  users: [{ id: "yamada", name: "山田 太郎", extensions: ["1001"] }],
  revision: 12,
};

export const DEMO_TRUNK: Trunk = {
  id: "carrier-a",
  sources: ["192.0.2.10"],
  gateways: [{ host: "192.0.2.10", port: 5060, transport: "udp" }],
  channels: 30,
  identity: IdentityProfile.PAI,
  format: NumberFormat.E164,
  privacy: PrivacyProfile.NONE,
  diversion: DiversionProfile.HISTORY_INFO,
  noUserPhone: true,
  revision: 3,
};

export const DEMO_ROUTE: RouteSnapshot = {
  revision: 12,
  companyId: DEMO_COMPANY.id,
  contracts: DEMO_COMPANY.contracts,
  entry: DEMO_COMPANY.numbers[0],
  called: { $case: "groupId", value: "sales" },
  groups: DEMO_COMPANY.groups,
  terminals: DEMO_COMPANY.terminals,
  numbers: DEMO_COMPANY.numbers,
  trunks: [DEMO_TRUNK],
  forwarders: [],
  schedule: DEMO_COMPANY.schedules[0],
  holidays: [],
  companyNumbers: [],
  destinations: [],
};

export const DEMO_CALLS: ListCallsResponse = {
  calls: [
    {
      callId: "01KDEMO1",
      companyId: "demo",
      phase: "ringing",
      called: REP,
      caller: "+81312345678",
      mode: "ring-all",
      startedAtMs: NOW - 4230,
      answeredAtMs: 0,
      anchor: "edge-1",
      controller: "controller-2",
      epoch: 2,
      legs: [
        { leg: "b1", phase: "ended", target: "1001", sourceNumber: "", holdsChannel: false },
        { leg: "b2", phase: "ringing", target: MOBILE, sourceNumber: REP, holdsChannel: true },
        { leg: "b10", phase: "hanging-up", target: "1003", sourceNumber: "", holdsChannel: false },
      ],
    },
    {
      callId: "01KDEMO2",
      companyId: "",
      phase: "talking",
      called: "1002",
      caller: "anonymous",
      mode: "",
      startedAtMs: NOW - 200_000,
      answeredAtMs: NOW - 190_000,
      anchor: "edge-1",
      controller: "controller-1",
      epoch: 1,
      legs: [],
    },
  ],
  silentControllers: ["controller-3"],
};

export const DEMO_LEASES: ListLeasesResponse = {
  scopes: [
    { id: "trunk:carrier-a", held: 1, limit: 30 },
    { id: "company:demo", held: 1, limit: 4 },
  ],
  leases: [
    {
      callId: "01KDEMO1",
      leg: "b2",
      epoch: 2,
      scopeIds: ["company:demo", "trunk:carrier-a"],
      takenAtMs: NOW - 4200,
      expiresAtMs: NOW + 55_800,
    },
  ],
  leader: "127.0.0.1:7021",
};

const TARGET = {
  sourceNumber: "",
  sourceRule: "",
  trunkId: "",
  channels: 0,
  skipped: "",
  destinationClass: "",
  onNet: false,
} as const;

const FORWARDED = {
  kind: "outside",
  sourceNumber: REP,
  sourceRule: "D1",
  trunkId: "carrier-a",
  channels: 1,
} as const;

/** A relay to 1001, a mobile, a number of another company of the service, and one that is skipped. */
export const DEMO_PLAN: PlanResponse = {
  companyId: "demo",
  called: REP,
  mode: "relay",
  revision: 12,
  totalRingS: 65,
  targets: [
    { ...TARGET, seq: 1, kind: "extension", target: "1001", ringS: 20, startsAtS: 0 },
    {
      ...TARGET,
      ...FORWARDED,
      seq: 2,
      target: MOBILE,
      ringS: 25,
      startsAtS: 20,
      destinationClass: "mobile",
    },
    {
      ...TARGET,
      ...FORWARDED,
      seq: 3,
      target: "+815055550100",
      ringS: 20,
      startsAtS: 45,
      destinationClass: "ip-phone",
      onNet: true,
    },
    {
      ...TARGET,
      seq: 4,
      kind: "outside",
      target: "+81312345678",
      ringS: 20,
      startsAtS: 65,
      skipped: "R19",
      destinationClass: "landline",
    },
  ],
  refusal: "",
  refusalStatus: 0,
  refusalRule: "",
  pricePlan: "standard",
  hours: "open",
  atMs: NOW,
};

/** The rates of the two outside targets that ring. */
export const DEMO_QUOTES: QuoteRatesResponse = {
  quotes: [
    { rate: { class: "mobile", prefix: "", unitS: 60, unitYen: 16 }, deckVersion: 3, unrated: "" },
    { rate: { class: "on-net", prefix: "", unitS: 0, unitYen: 0 }, deckVersion: 3, unrated: "" },
  ],
};

type LegMessage = CallRecordMessage["legs"][number];

const legMessage = (seq: number, more: Partial<LegMessage>): LegMessage => ({
  leg: `b${seq}`,
  parentLeg: "",
  seq,
  memberKind: "extension",
  destination: `100${seq}`,
  sourceNumber: "",
  sourceClass: 0,
  presentedNumber: "",
  sourceRule: "",
  trunkId: "",
  invitedAtMs: 0,
  ringingAtMs: 0,
  answeredAtMs: 0,
  endedAtMs: NOW + 66_500,
  talkMs: 0,
  sipStatus: 0,
  q850Cause: 0,
  endCause: 15, // not-tried
  channelHeldMs: 0,
  billable: false,
  skipped: "",
  destinationClass: "",
  onNet: false,
  ...more,
});

const outside = {
  memberKind: "outside",
  destination: MOBILE,
  sourceNumber: REP,
  presentedNumber: REP,
  sourceClass: 2, // representative
  sourceRule: "D5",
  trunkId: "carrier-a",
  destinationClass: "mobile",
} as const;

/** A relay: 1001 busy, the relay of 1002 answers outside, a third has no channel, 1004 was not tried. */
export const DEMO_RECORD: CallRecordMessage = {
  schemaVersion: 1,
  callId: "01KDEMO3",
  epoch: 2,
  companyId: "demo",
  revision: 12,
  traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
  trunkId: "carrier-a",
  callerExtension: "",
  callerNumber: "+81312345678",
  callerWithheld: true,
  calledNumber: REP,
  mode: 3, // relay
  trigger: "external",
  startedAtMs: NOW,
  ringingAtMs: NOW + 120,
  answeredAtMs: NOW + 5300,
  endedAtMs: NOW + 66_500,
  durationMs: 66_500,
  billableMs: 61_200,
  disposition: 1, // answered
  endedBy: "callee",
  fault: 1, // none
  sipStatus: 200,
  q850Cause: 16,
  anchor: "edge-1",
  controller: "controller-2",
  legs: [
    legMessage(1, {
      invitedAtMs: NOW + 15,
      endedAtMs: NOW + 48,
      sipStatus: 486,
      q850Cause: 17,
      endCause: 2,
    }),
    legMessage(2, { endedAtMs: NOW + 48, endCause: 12, skipped: "relay-only" }),
    legMessage(3, {
      ...outside,
      parentLeg: "b2",
      invitedAtMs: NOW + 52,
      ringingAtMs: NOW + 900,
      answeredAtMs: NOW + 5300,
      talkMs: 61_200,
      sipStatus: 200,
      q850Cause: 16,
      endCause: 1,
      channelHeldMs: 66_448,
      billable: true,
    }),
    legMessage(4, {
      ...outside,
      destination: "+81312340000",
      destinationClass: "landline",
      parentLeg: "b2",
      endCause: 11,
      skipped: "no-channel company:demo",
    }),
    legMessage(5, {}),
  ],
  pricePlan: "standard",
  refusedBy: "",
};

/** What the ledger says of it: rated, then rated anew by a deck that came later. */
export const DEMO_CHARGES: readonly ChargeEntryMessage[] = [
  {
    leg: "b3",
    entry: 1,
    amountYen: 32,
    units: 2,
    deckVersion: 3,
    reason: "rated",
    bookedAtMs: NOW + 70_000,
    invoiceMonth: "2026-11",
  },
  {
    leg: "b3",
    entry: 2,
    amountYen: -4,
    units: 2,
    deckVersion: 4,
    reason: "re-rated",
    bookedAtMs: NOW + 400_000_000,
    invoiceMonth: "2026-12",
  },
];

export const DEMO_TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736";
const START_US = NOW * 1000;

/** A span that starts and lasts so many ms after the trace's start. */
export const span = (
  spanId: string,
  parentSpanId: string,
  [fromMs, lastsMs]: readonly [number, number],
  more: Partial<SpanMessage> = {},
): SpanMessage => ({
  traceId: DEMO_TRACE_ID,
  spanId,
  parentSpanId,
  name: spanId,
  service: "call-controller",
  node: "controller-1",
  startedAtUs: START_US + fromMs * 1000,
  endedAtUs: START_US + (fromMs + lastsMs) * 1000,
  failed: false,
  statusMessage: "",
  attributes: {},
  events: [],
  linkedSpanIds: [],
  ...more,
});

export const DEMO_SPANS: readonly SpanMessage[] = [
  span("leg", "setup", [20, 180], {
    name: "leg b1",
    service: "sip-edge",
    node: "edge-1",
    attributes: { "kakehashi.leg": "b1" },
    events: [{ name: "180 Ringing", atUs: START_US + 60_000, attributes: { status: "180" } }],
  }),
  span("setup", "", [0, 200], { name: "call setup", service: "sip-edge", node: "edge-1" }),
  span("reserve", "setup", [4, 8.25], {
    name: "reserve channels",
    failed: true,
    statusMessage: "no-channel company:demo",
  }),
  span("commit", "reserve", [6, 4], {
    name: "commit lease",
    service: "trunk-allocator",
    node: "allocator-1",
  }),
  span("teardown", "", [3_600_000, 50], {
    name: "call teardown",
    service: "sip-edge",
    node: "edge-1",
    linkedSpanIds: ["setup"],
  }),
  span("stray", "lost", [190, 1], { name: "adopt call" }),
];
