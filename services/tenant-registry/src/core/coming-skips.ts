/**
 * What calls will skip although the lists hold it: later terms that allow less than today's, days
 * without any term (DOMAIN A8), and terms without a channel to call by (A15). Owns which days a warning
 * holds for.
 *
 * W1  The lists as they are today are looked at: a downgrade is written down before they are cut.
 * W2  Terms that follow each other and lack the same are one warning, told with its first day.
 */
import { unreachable } from "../../../lib/telephony/assert.ts";
import type { CivilDate } from "../../../lib/telephony/tokyo-time.ts";
import { COMING } from "./coming-texts.ts";
import type { ActiveTerm, Book } from "./company-book.ts";
import type { FaultText } from "./fault-text.ts";
import { FAULTS_MAX, type Fault } from "./reading.ts";
import { outsideTargets, type Shortfall, shortfallsOf } from "./shortfalls.ts";
import { contentOf } from "./timeline.ts";

/** A shortfall and the days on which it holds. */
interface Run {
  readonly shortfall: Shortfall;
  readonly from: CivilDate;
  readonly until: CivilDate | null;
}

/** Every warning of a company without faults. */
export function comingSkips(book: Book): readonly Fault[] {
  const reduced = runs(book).map(({ shortfall, ...days }) => ({
    path: shortfall.path,
    ...warningText(shortfall, days),
  }));
  return [...reduced, ...unbought(book), ...channelless(book)];
}

/** Terms that buy forwarding and no channel for it. */
function channelless({ company, active }: Book): readonly Fault[] {
  const targets = outsideTargets(company).length;
  if (targets === 0) return [];
  return active
    .filter(({ term }) => term.value.extraChannels === 0)
    .map(({ term, from }) => {
      const days = { from, until: term.value.until };
      return { path: [...term.path, "extraChannels"], ...COMING.noChannel(targets, days) };
    });
}

/** What the terms after the first one lack (W2). */
function runs({ company, active }: Book): readonly Run[] {
  const shortfalls = shortfallsOf(company);
  const past: Run[] = [];
  const open = new Map<string, Run>();
  for (const { term, from } of active.slice(1)) {
    const { until } = term.value;
    for (const shortfall of shortfalls(contentOf(term.value)).slice(0, FAULTS_MAX + 1)) {
      const name = JSON.stringify(shortfall);
      const run = open.get(name);
      const goesOn = run?.until === from;
      if (run !== undefined && !goesOn) past.push(run);
      open.set(name, { shortfall, from: goesOn ? run.from : from, until });
    }
  }
  return [...past, ...open.values()];
}

function warningText(shortfall: Shortfall, days: Omit<Run, "shortfall">): FaultText {
  switch (shortfall.kind) {
    case "part":
      return COMING.part(shortfall.part, days);
    case "abroad":
      return COMING.abroad(shortfall.number, days);
    case "limit":
      return COMING.limit(shortfall.excess, days);
    default:
      return unreachable(shortfall);
  }
}

/** Days without a term after the first one has ended, when there is anything left to skip then. */
function unbought({ company, active }: Book): readonly Fault[] {
  const targets = outsideTargets(company).length;
  if (targets === 0) return [];
  return active.flatMap(({ term: { path, value } }: ActiveTerm, place) => {
    const next = active[place + 1]?.from ?? null;
    if (value.until === null || value.until === next) return [];
    const days = { from: value.until, until: next };
    return [{ path: [...path, "until"], ...COMING.nothing(targets, days) }];
  });
}
