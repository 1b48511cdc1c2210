/**
 * A small company to plan and place calls of: numbers, terminals and groups by short names. What a test
 * does not say has the default of the contract's full option and ample channels.
 */
import type { E164 } from "../../lib/telephony/e164.ts";
import type { CompanyId, Extension, GroupId, NodeId, TrunkId } from "../../lib/telephony/ids.ts";
import type { Offer } from "../../lib/telephony/leg.ts";
import type {
  OwnNumber,
  RouteGroup,
  RouteSnapshot,
  RouteTarget,
  RouteTerminal,
  TerminalRelay,
} from "../../lib/telephony/route-snapshot.ts";

export const DEMO = "demo" as CompanyId;
export const CARRIER = "carrier-a" as TrunkId;
export const EDGE = "edge-1" as NodeId;
export const REP = "+815010000001" as E164;
export const HOME_REP = "+815010000002" as E164;
export const IVR = "+815010000009" as E164;
export const OWN = "+815020000201" as E164;
export const MOBILE = "+819011112222" as E164;
export const SALES = "sales" as GroupId;
export const ext = (digits: string): Extension => digits as Extension;
export const e164 = (number: string): E164 => number as E164;

const RING_MS = 20_000;

/** `201` or `+8190...`, with `/30` for 30 s. */
export function target(text: string): RouteTarget {
  const [member = "", seconds] = text.split("/");
  const ringMs = seconds === undefined ? RING_MS : Number(seconds) * 1000;
  return member.startsWith("+")
    ? { kind: "outside", number: e164(member), ringMs }
    : { kind: "extension", extension: ext(member), ringMs };
}

export const number = (
  of: E164,
  kind: OwnNumber["kind"],
  rings: OwnNumber["rings"] = { kind: "group", groupId: SALES },
): OwnNumber => ({ number: of, kind, trunkId: CARRIER, rings });

export const group = (
  mode: RouteGroup["mode"],
  targets: readonly string[],
  more: Partial<RouteGroup> = {},
): RouteGroup => ({
  id: SALES,
  extension: ext("600"),
  representative: REP,
  mode,
  targets: targets.map(target),
  followMemberRelay: false,
  totalRingMs: mode === "relay" ? 170_000 : 60_000,
  ...more,
});

export const relay = (
  targets: readonly string[],
  more: Partial<TerminalRelay> = {},
): TerminalRelay => ({
  targets: targets.map(target),
  ringSelf: false,
  followMemberRelay: false,
  ...more,
});

export const terminal = (extension: string, more: Partial<RouteTerminal> = {}): RouteTerminal => ({
  extension: ext(extension),
  number: null,
  homeRepresentative: null,
  ringMs: RING_MS,
  relay: null,
  ...more,
});

const NUMBERS: readonly OwnNumber[] = [
  number(REP, "representative"),
  number(HOME_REP, "representative"),
  number(IVR, "ivr"),
  number(OWN, "standard", { kind: "terminal", extension: ext("201") }),
];

const base: Omit<RouteSnapshot, "called"> = {
  revision: 7,
  companyId: DEMO,
  contract: { terminalForwarding: true, representativeForwarding: true, extraChannels: 10 },
  entry: null,
  groups: [],
  terminals: [],
  numbers: NUMBERS,
  trunks: [{ id: CARRIER, channels: 30, revision: 5 }],
};

const entryOf = (called: E164 | null): OwnNumber | null =>
  NUMBERS.find((one) => one.number === called) ?? null;

/** A call to the group, through `called` or (null) by extension. */
export const toGroup = (
  called: E164 | null,
  of: RouteGroup,
  more: Partial<RouteSnapshot> = {},
): RouteSnapshot => ({
  ...base,
  entry: entryOf(called),
  called: { kind: "group", groupId: of.id },
  groups: [of],
  ...more,
});

/** A call to the terminal, through `called` or (null) by extension. */
export const toTerminal = (
  called: E164 | null,
  of: RouteTerminal,
  more: Partial<RouteSnapshot> = {},
): RouteSnapshot => ({
  ...base,
  entry: entryOf(called),
  called: { kind: "terminal", extension: of.extension },
  terminals: [of],
  ...more,
});

/** An offer from the trunk (`caller` is E.164) or from an extension of the company. */
export function offer(called: string, caller = "+81312345678", more: Partial<Offer> = {}): Offer {
  return {
    origin: caller.startsWith("+")
      ? { kind: "trunk", trunkId: CARRIER }
      : { kind: "extension", companyId: DEMO, extension: ext(caller) },
    called,
    caller: { number: caller, display: "Caller", withheld: false },
    diversions: 0,
    maxForwards: 70,
    traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    ...more,
  };
}
