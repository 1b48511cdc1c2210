/**
 * Checks of lists of targets, wherever they stand: what they name and how long they get. Owns those
 * rules; what the contract must hold for them is shortfalls.ts's.
 */
import { nationalForm } from "../../../lib/telephony/e164.ts";
import type { Extension } from "../../../lib/telephony/ids.ts";
import type { RouteTarget } from "../../../lib/telephony/route-snapshot.ts";
import { LIST, REFERENCE, TWICE } from "./check-faults.ts";
import { type Book, findDoubles } from "./company-book.ts";
import type { GroupDraft, RelayDraft } from "./draft.ts";
import { TARGETS_MAX } from "./read-target.ts";
import type { Path, Placed } from "./reading.ts";

/** True when a list leads outside. */
export const leadsOutside = (targets: readonly Placed<RouteTarget>[]): boolean =>
  targets.some(({ value }) => value.kind === "outside");

/** Checks a relay of a terminal: its own one, or that of its number out of hours. */
export function checkRelay(book: Book, path: Path, owner: Extension, relay: RelayDraft): void {
  const { ringSelf, targets, followMemberRelay } = relay;
  const place = [...path, "targets"];
  if (targets.length === 0) book.note(place, LIST.emptyRelay());
  checkTargets(book, targets, owner);
  checkSize(book, place, planSize(book, targets, followMemberRelay) + (ringSelf ? 1 : 0));
}

/** Checks the list of a group. */
export function checkGroupList(book: Book, path: Path, group: GroupDraft): void {
  const { targets, mode, followMemberRelay } = group;
  const place = [...path, "targets"];
  if (targets.length === 0) book.note(place, LIST.emptyGroup());
  checkTargets(book, targets, null);
  if (mode === "ring-all") {
    findDoubles(
      targets,
      (target) => (target.kind === "outside" ? target.number : target.extension),
      (double) => book.note(double.path, TWICE.target()),
    );
  }
  checkSize(book, place, planSize(book, targets, followMemberRelay));
}

function checkTargets(
  book: Book,
  targets: readonly Placed<RouteTarget>[],
  owner: Extension | null,
): void {
  for (const { path, value } of targets) {
    if (value.kind === "outside") {
      if (!book.numbers.has(value.number)) continue;
      book.note([...path, "outside"], LIST.ownNumber(nationalForm(value.number)));
    } else if (value.extension === owner) {
      book.note([...path, "extension"], LIST.ownTerminal());
    } else if (!book.terminals.has(value.extension)) {
      book.note([...path, "extension"], REFERENCE.target(value.extension));
    }
  }
}

/**
 * Places that a list takes in a plan: each target one, and the relay of a member that is followed its
 * targets' behind it, also of a member that does not ring itself (A2).
 */
function planSize(
  book: Book,
  targets: readonly Placed<RouteTarget>[],
  followMemberRelay: boolean,
): number {
  const size = (target: RouteTarget): number => {
    if (!followMemberRelay || target.kind === "outside") return 1;
    const relay = book.terminals.get(target.extension)?.relay ?? null;
    return 1 + (relay?.targets.length ?? 0);
  };
  return targets.reduce((sum, { value }) => sum + size(value), 0);
}

function checkSize(book: Book, path: Path, size: number): void {
  if (size > TARGETS_MAX) book.note(path, LIST.tooLong(size, TARGETS_MAX));
}
