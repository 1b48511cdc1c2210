/**
 * Random company files, from a seed: small, dense and often faulty, so that limits, scopes, loops,
 * hours and source numbers meet in every combination. The same seed gives the same file.
 *
 * Owns: what is written. Does not own: what of it is accepted (tenant-registry), what calls make of it.
 */

import { addDays, type CivilDate } from "../../services/lib/telephony/tokyo-time.ts";

/** A source of chance: numbers from 0 up to below 1 (mulberry32). */
export type Chance = () => number;

/** The chance of a seed. */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** One of several values. */
export function oneOf<T>(chance: Chance, values: readonly T[]): T {
  const value = values[Math.floor(chance() * values.length)];
  if (value === undefined) throw new Error("nothing to choose from");
  return value;
}

const upTo = (chance: Chance, max: number): number => Math.floor(chance() * (max + 1));
const often = (chance: Chance, share: number): boolean => chance() < share;
const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** A number of another company of the service. */
export const OTHER_COMPANYS = "050-9999-0001";
/** Destinations that lists draw from; few, so that they repeat. */
const OUTSIDE = [
  "03-1234-5678",
  "090-1111-0001",
  "090-1111-0002",
  "080-1111-0003",
  "050-7777-0001",
  OTHER_COMPANYS,
];
/** What a list should not hold, now and then. */
const PROHIBITED = ["110", "0120-000-000", "0990-123456", "010-1-212-555-0100"];
/** Telephones that call in. */
export const CALLERS = ["0399990000", "09022220000", "0699990001"];

interface Outline {
  readonly chance: Chance;
  readonly representatives: readonly string[];
  readonly standards: readonly string[];
  readonly extensions: readonly string[];
}

type Document = Readonly<Record<string, unknown>>;

function target({ chance, extensions, representatives }: Outline): Document {
  const ringSeconds = String(5 + upTo(chance, 25));
  if (often(chance, 0.5)) return { extension: oneOf(chance, extensions), ringSeconds };
  if (often(chance, 0.01)) return { outside: oneOf(chance, PROHIBITED), ringSeconds };
  if (often(chance, 0.01)) return { outside: oneOf(chance, representatives), ringSeconds };
  return { outside: oneOf(chance, OUTSIDE), ringSeconds };
}

/** Targets without doubles: a ring-all refuses them. */
function targets(outline: Outline, max: number): Document[] {
  const seen = new Set<unknown>();
  return times(1 + upTo(outline.chance, max - 1), () => target(outline)).filter((one) => {
    const key = one["extension"] ?? one["outside"];
    return !seen.has(key) && seen.add(key);
  });
}

function relay(outline: Outline): Document {
  const { chance } = outline;
  return {
    ringSelf: String(often(chance, 0.6)),
    followMemberRelay: String(often(chance, 0.2)),
    targets: targets(outline, 3),
  };
}

function terminal(outline: Outline, index: number): Document {
  const { chance, representatives, standards, extensions } = outline;
  const number = standards[index];
  const homed = number === undefined ? often(chance, 0.9) : often(chance, 0.3);
  return {
    extension: extensions[index],
    name: `terminal ${index}`,
    password: "generated-secret",
    ...(number === undefined ? {} : { number }),
    ...(homed ? { homeRepresentative: oneOf(chance, representatives) } : {}),
    ...(often(chance, 0.5) ? { relay: relay(outline) } : {}),
  };
}

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

function schedule(chance: Chance): Document {
  const from = 6 + upTo(chance, 6);
  const days = DAYS.filter(() => often(chance, 0.6));
  return {
    id: "office",
    name: "office hours",
    open: [
      {
        days: days.length === 0 ? ["mon"] : days,
        from: `${String(from).padStart(2, "0")}:00`,
        until: "20:00",
      },
    ],
    holidays: oneOf(chance, ["closed", "as-usual"]),
  };
}

function callers(chance: Chance): Document {
  if (often(chance, 0.8)) return {};
  const [first, second] = CALLERS;
  return {
    callers: {
      deny: often(chance, 0.5) ? [first] : [],
      allow: often(chance, 0.3) ? [second] : [],
      anonymous: oneOf(chance, ["accept", "refuse"]),
    },
  };
}

function hours(outline: Outline, plan: () => Document): Document {
  if (often(outline.chance, 0.6)) return {};
  return {
    schedule: "office",
    ...(often(outline.chance, 0.7) ? { outOfHours: plan() } : {}),
  };
}

function numbers(outline: Outline, groupIds: readonly string[]): Document[] {
  const { chance, representatives, standards, extensions } = outline;
  const shared = representatives.map((number, index) => ({
    number,
    kind: often(chance, 0.2) ? "ivr" : "representative",
    trunk: "carrier",
    group: groupIds[index % groupIds.length],
    ...hours(outline, () => ({ group: oneOf(chance, groupIds) })),
    ...callers(chance),
  }));
  const own = standards.map((number, index) => ({
    number,
    kind: "standard",
    trunk: "carrier",
    extension: extensions[index],
    ...hours(outline, () => relay(outline)),
    ...callers(chance),
  }));
  return [...shared, ...own];
}

/** Now and then a second number of the first terminal that has one. */
function secondNumber({ chance, standards, extensions }: Outline): Document[] {
  if (standards.length === 0 || !often(chance, 0.2)) return [];
  const [extension] = extensions;
  return [{ number: "050-5555-0290", kind: "standard", trunk: "carrier", extension }];
}

function term(outline: Outline, from: string, until: string | null): Document {
  const { chance, representatives, standards } = outline;
  const addOns = [...representatives, ...standards].flatMap((number) =>
    often(chance, 0.4) ? [{ number, units: String(1 + upTo(chance, 2)) }] : [],
  );
  return {
    from,
    ...(until === null ? {} : { until }),
    terminalForwarding: String(often(chance, 0.85)),
    representativeForwarding: String(often(chance, 0.85)),
    extraChannels: String(upTo(chance, 5)),
    ...(often(chance, 0.3) ? { channelsPerNumber: String(1 + upTo(chance, 2)) } : {}),
    internationalForwarding: String(often(chance, 0.1)),
    ...(addOns.length === 0 ? {} : { addOns }),
  };
}

/** A week, and a third of a year, after today. */
const CHANGE_DAYS = 7;
const END_DAYS = 128;

function contract(outline: Outline, today: CivilDate): Document {
  const { chance } = outline;
  if (often(chance, 0.05)) return {};
  if (often(chance, 0.7)) return { contract: term(outline, today, null) };
  const change = addDays(today, CHANGE_DAYS);
  const end = addDays(today, END_DAYS);
  return { contract: [term(outline, today, change), term(outline, change, end)] };
}

/** A company document as its YAML would be read (scalars as text); `today` is the first contract's day. */
export function generateCompany(seed: number, today: CivilDate): Document {
  const chance = chanceOf(seed);
  const outline: Outline = {
    chance,
    representatives: times(1 + upTo(chance, 2), (index) => `050-5555-010${index}`),
    standards: times(upTo(chance, 2), (index) => `050-5555-020${index}`),
    extensions: times(2 + upTo(chance, 3), (index) => `100${index}`),
  };
  const { representatives, extensions } = outline;
  const groupIds = times(1 + upTo(chance, 2), (index) => `group-${index}`);
  const company = {
    id: `generated-${seed}`,
    name: `generated ${seed}`,
    domain: `generated-${seed}.example`,
    ...contract(outline, today),
    schedules: [schedule(chance)],
    numbers: numbers(outline, groupIds),
    terminals: extensions.map((_, index) => terminal(outline, index)),
    groups: groupIds.map((id, index) => ({
      id,
      name: id,
      ...(often(chance, 0.6) ? { extension: `200${index}` } : {}),
      ...(representatives[index] !== undefined && often(chance, 0.8)
        ? { representative: representatives[index] }
        : {}),
      mode: oneOf(chance, ["ring-all", "relay"]),
      followMemberRelay: String(often(chance, 0.2)),
      targets: targets(outline, 4),
    })),
    users: [{ id: "everyone", name: "everyone", extensions: [...extensions] }],
  };
  return { company: { ...company, numbers: [...company.numbers, ...secondNumber(outline)] } };
}
