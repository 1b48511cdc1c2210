/**
 * Relays that lead back to where they began. Owns that rule only.
 *
 * Y1  A relay with followMemberRelay must not reach, by the relay of a member, its own terminal again.
 * Y2  Relays that all follow must not go round, however long the way.
 */
import type { Extension } from "../../../lib/telephony/ids.ts";
import { LIST } from "./check-faults.ts";
import type { Book } from "./company-book.ts";
import type { RelayDraft } from "./draft.ts";
import type { Path } from "./reading.ts";

/** A step of a way: from a terminal by a target at a place. */
interface Step {
  readonly from: Extension;
  readonly to: Extension;
  readonly path: Path;
}

const stepsOf = (from: Extension, relay: RelayDraft | null): readonly Step[] =>
  (relay?.targets ?? []).flatMap(({ path, value }) =>
    value.kind === "extension" ? [{ from, to: value.extension, path: [...path, "extension"] }] : [],
  );

/** Notes each relay that leads back to its terminal over one member (Y1), and ways round (Y2). */
export function checkCycles(book: Book): void {
  const told = new Set<string>();
  for (const { from, to, path } of followedSteps(book)) {
    const pair = [from, to].toSorted().join(" ");
    const back = stepsOf(to, book.terminals.get(to)?.relay ?? null);
    if (from === to || told.has(pair) || !back.some((step) => step.to === from)) continue;
    told.add(pair);
    book.note(path, LIST.cycle([from, to, from]));
  }
  for (const { steps, path } of waysRound(book)) {
    if (steps.length > 2) book.note(path, LIST.cycle([...steps, steps[0] ?? ""]));
  }
}

/** Steps of relays that follow their members' relays, in and out of hours. */
function followedSteps({ company }: Book): readonly Step[] {
  const own = company.terminals.flatMap(({ value: { extension, relay } }) =>
    relay?.followMemberRelay === true ? stepsOf(extension, relay) : [],
  );
  const nightly = company.numbers.flatMap(({ value: { rings, outOfHours } }) =>
    rings.kind === "terminal" && outOfHours?.kind === "relay" && outOfHours.relay.followMemberRelay
      ? stepsOf(rings.extension, outOfHours.relay)
      : [],
  );
  return [...own, ...nightly];
}

/** A way round, with the place of its last step. */
interface Round {
  readonly steps: readonly Extension[];
  readonly path: Path;
}

/** Ways round among terminals whose own relays follow: depth first, each terminal entered once. */
function waysRound({ company, terminals }: Book): readonly Round[] {
  const rounds: Round[] = [];
  const done = new Set<Extension>();
  /** The way that is being gone, and what is left to try at each terminal of it. */
  const way: Extension[] = [];
  const left = new Map<Extension, Step[]>();
  const enter = (extension: Extension): void => {
    const relay = terminals.get(extension)?.relay ?? null;
    const steps = relay?.followMemberRelay === true ? stepsOf(extension, relay) : [];
    done.add(extension);
    way.push(extension);
    left.set(extension, steps.toReversed());
  };
  for (const { value } of company.terminals) {
    if (!done.has(value.extension)) enter(value.extension);
    for (let at = way.at(-1); at !== undefined; at = way.at(-1)) {
      const step = left.get(at)?.pop();
      if (step === undefined) {
        way.pop();
        left.delete(at);
      } else if (left.has(step.to)) {
        rounds.push({ steps: way.slice(way.indexOf(step.to)), path: step.path });
      } else if (!done.has(step.to)) {
        enter(step.to);
      }
    }
  }
  return rounds;
}
