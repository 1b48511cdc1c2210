/**
 * What only shows when several parts of a company are looked at together: references, doubles, the
 * contract and the source number of each outside target. Owns those rules; forms and limits of single
 * fields are in read-company.ts, what other companies own is the store's.
 *
 * K1  Every check notes the place to correct, the rule, and what to do.
 * K2  Outside targets are judged where they are configured (DOMAIN A10).
 */
import type { E164 } from "../../../lib/telephony/e164.ts";
import { nationalForm } from "../../../lib/telephony/e164.ts";
import type { Extension, GroupId, TrunkId } from "../../../lib/telephony/ids.ts";
import type { OwnNumber, RouteTarget } from "../../../lib/telephony/route-snapshot.ts";
import type { Trunk } from "./company.ts";
import type { CompanyDraft, GroupDraft, TerminalDraft } from "./draft.ts";
import { TARGETS_MAX } from "./read-company.ts";
import type { Fault, Path, Placed } from "./reading.ts";

/** What the checks need from outside the document. */
export interface Surroundings {
  /** Trunks that exist already or stand in the same document. */
  readonly trunks: ReadonlySet<TrunkId>;
  /** Terminals of this company whose digest is stored for this domain: their password may be left out. */
  readonly withPassword: ReadonlySet<Extension>;
}

/** A company with its parts by key. */
interface Book {
  readonly company: CompanyDraft;
  readonly numbers: ReadonlyMap<E164, OwnNumber>;
  readonly terminals: ReadonlyMap<Extension, TerminalDraft>;
  readonly groups: ReadonlyMap<GroupId, GroupDraft>;
  readonly note: (path: Path, message: string, rule?: string) => void;
}

/** A list of targets: where it stands and whose it is. */
interface TargetList {
  readonly path: Path;
  readonly targets: readonly Placed<RouteTarget>[];
  readonly owner: Extension | null;
  readonly ringsAtOnce: boolean;
}

/** Every fault of a company that shows only when its parts are looked at together. */
export function checkCompany(company: CompanyDraft, surroundings: Surroundings): readonly Fault[] {
  const faults: Fault[] = [];
  const book: Book = {
    company,
    numbers: new Map(company.numbers.map(({ value }) => [value.number, value])),
    terminals: new Map(company.terminals.map(({ value }) => [value.extension, value])),
    groups: new Map(company.groups.map(({ value }) => [value.id, value])),
    note: (place, message, rule = "") => faults.push({ path: place, message, rule }),
  };
  checkDoubles(book);
  for (const number of company.numbers) checkNumber(book, number, surroundings);
  for (const terminal of company.terminals) checkTerminal(book, terminal, surroundings);
  for (const group of company.groups) checkGroup(book, group);
  for (const user of company.users) checkUser(book, user);
  return faults;
}

/** Notes each item whose key stood before, with the place of the first. */
function noteDoubles<T>(
  placed: readonly Placed<T>[],
  key: (value: T) => string | null,
  found: (double: Placed<T>, first: Placed<T>) => void,
): void {
  const first = new Map<string, Placed<T>>();
  for (const item of placed) {
    const name = key(item.value);
    if (name === null) continue;
    const before = first.get(name);
    if (before === undefined) first.set(name, item);
    else found(item, before);
  }
}

function checkDoubles({ company, note }: Book): void {
  noteDoubles(
    company.numbers,
    ({ number }) => number,
    ({ path: place, value }) =>
      note([...place, "number"], `${nationalForm(value.number)} stands twice; keep one`),
  );
  const ids = ({ id }: { readonly id: string }): string => id;
  const doubleId = ({ path: place, value }: Placed<{ readonly id: string }>): void =>
    note([...place, "id"], `"${value.id}" stands twice; give each its own id`);
  noteDoubles(company.groups, ids, doubleId);
  noteDoubles(company.users, ids, doubleId);
  noteDoubles<{ readonly extension: Extension | null }>(
    [...company.terminals, ...company.groups],
    ({ extension }) => extension,
    ({ path: place, value }) =>
      note(
        [...place, "extension"],
        `${value.extension} stands twice; terminals and groups share one range`,
      ),
  );
  noteDoubles(
    company.terminals,
    ({ number }) => number,
    ({ path: place, value }, first) =>
      note(
        [...place, "number"],
        `is the number of terminal ${first.value.extension} too; ${value.extension} needs its own`,
      ),
  );
}

function checkNumber(book: Book, { path, value }: Placed<OwnNumber>, around: Surroundings): void {
  const { kind, rings, trunkId } = value;
  if (!around.trunks.has(trunkId)) {
    book.note([...path, "trunk"], `there is no trunk "${trunkId}"; apply it first or in this file`);
  }
  if (rings.kind === "group") {
    if (kind === "standard") {
      book.note([...path, "group"], "a standard number rings a terminal; write extension instead");
    }
    if (book.groups.has(rings.groupId)) return;
    book.note([...path, "group"], `there is no group "${rings.groupId}"; add it under groups`);
    return;
  }
  if (kind !== "standard") {
    book.note([...path, "extension"], `a ${kind} number rings a group; write group instead`);
  }
  const terminal = book.terminals.get(rings.extension);
  if (terminal === undefined) {
    const message = `there is no terminal ${rings.extension}; add it under terminals`;
    book.note([...path, "extension"], message);
  } else if (kind === "standard" && terminal.number === null) {
    const message = `terminal ${rings.extension} does not name this number as its own; write it there`;
    book.note([...path, "extension"], message);
  }
}

function checkTerminal(
  book: Book,
  { path, value }: Placed<TerminalDraft>,
  around: Surroundings,
): void {
  if (value.password === null && !around.withPassword.has(value.extension)) {
    const message = "is missing; a new terminal (or one whose domain changed) needs a password";
    book.note([...path, "password"], message);
  }
  if (value.number !== null) checkOwnNumber(book, [...path, "number"], value);
  if (value.homeRepresentative !== null) checkHome(book, path, value.homeRepresentative);
  if (value.relay === null) return;
  const { ringSelf, targets, followMemberRelay } = value.relay;
  const place = [...path, "relay", "targets"];
  if (targets.length === 0) book.note(place, "a relay needs at least one target");
  checkTargets(book, { path: place, targets, owner: value.extension, ringsAtOnce: false });
  const size = planSize(book, targets, followMemberRelay) + (ringSelf ? 1 : 0);
  checkPlanSize(book, place, size);
  const outside = targets.filter((target) => target.value.kind === "outside");
  if (outside.length === 0) return;
  checkForwarding(book, outside, "terminalForwarding");
  if (value.number === null && value.homeRepresentative === null) {
    book.note(
      [...path, "homeRepresentative"],
      `terminal ${value.extension} has outside targets but no own number: name the representative ` +
        "number that they are called from",
      "D8/A3",
    );
  }
}

function checkOwnNumber(book: Book, path: Path, { number, extension }: TerminalDraft): void {
  const own = number === null ? undefined : book.numbers.get(number);
  const rings = own?.rings;
  if (own === undefined) book.note(path, "is not among the company's numbers; add it there");
  else if (own.kind !== "standard" || rings?.kind !== "terminal" || rings.extension !== extension) {
    book.note(path, `must be a standard number whose extension is ${extension}`, "R12");
  }
}

function checkHome(book: Book, path: Path, number: E164): void {
  if (book.numbers.get(number)?.kind === "representative") return;
  const message = "must be one of the company's representative numbers; add it under numbers";
  book.note([...path, "homeRepresentative"], message, "A3");
}

function checkGroup(book: Book, { path, value }: Placed<GroupDraft>): void {
  const place = [...path, "targets"];
  const { targets, representative } = value;
  if (targets.length === 0) book.note(place, "a group needs at least one target");
  checkTargets(book, { path: place, targets, owner: null, ringsAtOnce: value.mode === "ring-all" });
  checkPlanSize(book, place, planSize(book, targets, value.followMemberRelay));
  const own = representative === null ? undefined : book.numbers.get(representative);
  const rings = own?.rings;
  if (
    representative !== null &&
    (own === undefined ||
      own.kind === "standard" ||
      rings?.kind !== "group" ||
      rings.groupId !== value.id)
  ) {
    const message = `must be a representative or IVR number of the company whose group is ${value.id}`;
    book.note([...path, "representative"], message, "R10");
  }
  const outside = targets.filter((target) => target.value.kind === "outside");
  if (outside.length === 0) return;
  checkForwarding(book, outside, "representativeForwarding");
  if (value.extension !== null && representative === null) {
    book.note(
      [...path, "representative"],
      `extension ${value.extension} dials outside targets: name the number that they are called from`,
      "D9",
    );
  }
}

function checkTargets(book: Book, list: TargetList): void {
  for (const { path, value } of list.targets) {
    if (value.kind === "outside") {
      if (!book.numbers.has(value.number)) continue;
      const message = `${nationalForm(value.number)} is the company's own number; write the extension`;
      book.note([...path, "outside"], message, "A19");
    } else if (value.extension === list.owner) {
      const message = "a relay cannot target its own terminal; set ringSelf: true instead";
      book.note([...path, "extension"], message);
    } else if (!book.terminals.has(value.extension)) {
      const message = `there is no terminal ${value.extension}; add it, or take the target out`;
      book.note([...path, "extension"], message);
    }
  }
  if (!list.ringsAtOnce) return;
  noteDoubles(
    list.targets,
    (target) => (target.kind === "outside" ? target.number : target.extension),
    ({ path }) => book.note(path, "rings at once with itself; keep one of the two"),
  );
}

/** Outside targets need the part of the option that belongs to where they stand (R2, R23, A10). */
function checkForwarding(
  { company, note }: Book,
  outside: readonly Placed<RouteTarget>[],
  part: "terminalForwarding" | "representativeForwarding",
): void {
  if (company.contract[part]) return;
  const rule = part === "terminalForwarding" ? "R2/R23" : "R2/A10";
  for (const { path } of outside) {
    note([...path, "outside"], `outside targets here need contract.${part}: true`, rule);
  }
}

/** Attempts that a list can lead to: a followed relay takes the place of its member (A2). */
function planSize(
  book: Book,
  targets: readonly Placed<RouteTarget>[],
  followMemberRelay: boolean,
): number {
  const size = (target: RouteTarget): number => {
    if (!followMemberRelay || target.kind === "outside") return 1;
    const relay = book.terminals.get(target.extension)?.relay ?? null;
    return relay === null ? 1 : relay.targets.length + (relay.ringSelf ? 1 : 0);
  };
  return targets.reduce((sum, { value }) => sum + size(value), 0);
}

function checkPlanSize(book: Book, path: Path, size: number): void {
  if (size <= TARGETS_MAX) return;
  const message = `leads to ${size} attempts with the relays that it follows; at most ${TARGETS_MAX}`;
  book.note(path, message, "4.5");
}

function checkUser(
  book: Book,
  { path, value }: Placed<{ readonly extensions: readonly Extension[] }>,
): void {
  value.extensions.forEach((extension, index) => {
    if (book.terminals.has(extension)) return;
    book.note([...path, "extensions", index], `there is no terminal ${extension}; add it first`);
  });
}

/** Doubles among the trunks of one document: ids, and addresses that calls come from. */
export function checkTrunks(trunks: readonly Placed<Trunk>[]): readonly Fault[] {
  const faults: Fault[] = [];
  noteDoubles(
    trunks,
    ({ id }) => id,
    ({ path, value }) =>
      faults.push({ path: [...path, "id"], message: `"${value.id}" stands twice`, rule: "" }),
  );
  const sources = trunks.flatMap(({ path, value }) =>
    value.sources.map((address, index) => ({ path: [...path, "sources", index], value: address })),
  );
  noteDoubles(
    sources,
    (address) => address,
    ({ path, value }) =>
      faults.push({ path, message: `${value} stands twice; it names one trunk only`, rule: "" }),
  );
  return faults;
}
