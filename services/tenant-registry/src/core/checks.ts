/**
 * What only shows when several parts of a company are looked at together: references, doubles, source
 * numbers, and, from the files beside this one, lists, contract and relays that go round. Forms and
 * limits of single fields are in the readers; what other companies own is the store's.
 *
 * K1  Every check notes the place to correct, the rule, and what to do, in both languages.
 */
import type { ContractTerm } from "../../../lib/telephony/contract.ts";
import { type E164, nationalForm } from "../../../lib/telephony/e164.ts";
import type { Extension, TrunkId } from "../../../lib/telephony/ids.ts";
import type { CivilDate } from "../../../lib/telephony/tokyo-time.ts";
import { checkContract } from "./check-contract.ts";
import { checkCycles } from "./check-cycles.ts";
import { LIST, REFERENCE, TWICE } from "./check-faults.ts";
import { checkGroupList, checkRelay, leadsOutside } from "./check-lists.ts";
import { comingSkips } from "./coming-skips.ts";
import type { Trunk, User } from "./company.ts";
import { type Book, bookOf, findDoubles } from "./company-book.ts";
import type { CompanyDraft, GroupDraft, NumberDraft, TerminalDraft } from "./draft.ts";
import type { Fault, Path, Placed } from "./reading.ts";

/** What the checks need from outside the document. */
export interface Surroundings {
  /** Today in Tokyo. */
  readonly today: CivilDate;
  /** Every term of the company that is held for true, in order, past ones too; empty for a new company. */
  readonly contracts: readonly ContractTerm[];
  /** Trunks that exist already or stand in the same document. */
  readonly trunks: ReadonlySet<TrunkId>;
  /** Terminals of this company whose digest is stored for this domain: their password may be left out. */
  readonly withPassword: ReadonlySet<Extension>;
}

/** What the checks of a company have to tell. */
export interface Checked {
  readonly faults: readonly Fault[];
  /** Of a company without faults: what calls will skip from a coming date on. */
  readonly warnings: readonly Fault[];
}

/** Every fault of a company that shows only when its parts are looked at together, or its warnings. */
export function checkCompany(company: CompanyDraft, around: Surroundings): Checked {
  const faults: Fault[] = [];
  const book = bookOf(company, around.today, faults);
  const forwarding = forwardingTerminals(company);
  const ofUsers = new Set(company.users.flatMap(({ value }) => value.extensions));
  checkDoubles(book);
  for (const number of company.numbers) checkNumber(book, number, around);
  for (const terminal of company.terminals) {
    checkTerminal(book, terminal, around);
    const { extension } = terminal.value;
    if (!forwarding.has(extension)) continue;
    checkSource(book, terminal);
    if (ofUsers.has(extension)) continue;
    book.note([...terminal.path, "extension"], LIST.noUser(extension));
  }
  for (const group of company.groups) checkGroup(book, group);
  for (const user of company.users) checkUser(book, user);
  checkCycles(book);
  checkContract(book);
  return { faults, warnings: faults.length === 0 ? comingSkips(book) : [] };
}

function checkDoubles({ company, note }: Book): void {
  findDoubles(
    company.numbers,
    ({ number }) => number,
    ({ path, value }) => note([...path, "number"], TWICE.number(nationalForm(value.number))),
  );
  for (const parts of [company.groups, company.users, company.schedules]) {
    findDoubles<{ readonly id: string }>(
      parts,
      ({ id }) => id,
      ({ path, value }) => note([...path, "id"], TWICE.id(value.id)),
    );
  }
  findDoubles<{ readonly extension: Extension | null }>(
    [...company.terminals, ...company.groups],
    ({ extension }) => extension,
    ({ path, value }) => note([...path, "extension"], TWICE.extension(value.extension ?? "")),
  );
  findDoubles(
    company.terminals,
    ({ number }) => number,
    ({ path, value }, first) =>
      note([...path, "number"], TWICE.terminalNumber(value.extension, first.value.extension)),
  );
}

function checkNumber(book: Book, number: Placed<NumberDraft>, around: Surroundings): void {
  const { path, value } = number;
  const { scheduleId, trunkId, callers } = value;
  if (!around.trunks.has(trunkId)) book.note([...path, "trunk"], REFERENCE.trunk(trunkId));
  checkRings(book, number);
  if (scheduleId !== null && !book.schedules.has(scheduleId)) {
    book.note([...path, "schedule"], REFERENCE.schedule(scheduleId));
  }
  checkOutOfHours(book, number);
  const denied = new Set(callers.deny.map((caller) => caller.value));
  for (const allowed of callers.allow) {
    if (denied.has(allowed.value)) book.note(allowed.path, TWICE.caller());
  }
}

function checkRings(book: Book, { path, value: { kind, rings } }: Placed<NumberDraft>): void {
  if (rings.kind === "group") {
    const place = [...path, "group"];
    if (kind === "standard") book.note(place, REFERENCE.standardRingsGroup());
    if (!book.groups.has(rings.groupId)) book.note(place, REFERENCE.group(rings.groupId));
    return;
  }
  const place = [...path, "extension"];
  if (kind !== "standard") book.note(place, REFERENCE.sharedRingsTerminal(kind));
  const terminal = book.terminals.get(rings.extension);
  if (terminal === undefined) book.note(place, REFERENCE.terminal(rings.extension));
  else if (kind === "standard" && terminal.number === null) {
    book.note(place, REFERENCE.terminalWithoutNumber(rings.extension));
  }
}

/** Out of hours a number rings what its kind rings in hours (DOMAIN 2.3); the same rules hold there. */
function checkOutOfHours(book: Book, { path, value }: Placed<NumberDraft>): void {
  const { kind, rings, outOfHours, scheduleId } = value;
  if (outOfHours === null) return;
  const place = [...path, "outOfHours"];
  if (scheduleId === null) book.note(place, REFERENCE.unusedPlan());
  if (outOfHours.kind === "group") {
    if (kind === "standard") book.note([...place, "group"], REFERENCE.planNotRelay());
    if (book.groups.has(outOfHours.groupId)) return;
    book.note([...place, "group"], REFERENCE.group(outOfHours.groupId));
    return;
  }
  if (kind !== "standard") book.note([...place, "targets"], REFERENCE.planNotGroup(kind));
  else if (rings.kind === "terminal") checkRelay(book, place, rings.extension, outOfHours.relay);
}

function checkTerminal(
  book: Book,
  { path, value }: Placed<TerminalDraft>,
  around: Surroundings,
): void {
  const { extension, number, homeRepresentative, relay } = value;
  if (value.password === null && !around.withPassword.has(extension)) {
    book.note([...path, "password"], REFERENCE.passwordNeeded());
  }
  if (number !== null) checkOwnNumber(book, [...path, "number"], value);
  if (homeRepresentative !== null) checkHome(book, path, homeRepresentative);
  if (relay !== null) checkRelay(book, [...path, "relay"], extension, relay);
}

function checkOwnNumber(book: Book, path: Path, { number, extension }: TerminalDraft): void {
  const own = number === null ? undefined : book.numbers.get(number);
  const rings = own?.rings;
  if (own === undefined) book.note(path, REFERENCE.unknownNumber());
  else if (own.kind !== "standard" || rings?.kind !== "terminal" || rings.extension !== extension) {
    book.note(path, REFERENCE.notStandard(extension));
  }
}

function checkHome(book: Book, path: Path, number: E164): void {
  if (book.numbers.get(number)?.kind === "representative") return;
  book.note([...path, "homeRepresentative"], REFERENCE.notHome());
}

/** Terminals that have an outside target on their relay, or on that of their numbers out of hours. */
function forwardingTerminals(company: CompanyDraft): ReadonlySet<Extension> {
  const relays = company.terminals.flatMap(({ value: { extension, relay } }) =>
    relay !== null && leadsOutside(relay.targets) ? [extension] : [],
  );
  const nightly = company.numbers.flatMap(({ value: { rings, outOfHours } }) =>
    rings.kind === "terminal" &&
    outOfHours?.kind === "relay" &&
    leadsOutside(outOfHours.relay.targets)
      ? [rings.extension]
      : [],
  );
  return new Set([...relays, ...nightly]);
}

/** A terminal that forwards outside needs a number to do it from (D3 to D8). */
function checkSource(book: Book, { path, value }: Placed<TerminalDraft>): void {
  if (value.number !== null || value.homeRepresentative !== null) return;
  book.note([...path, "homeRepresentative"], LIST.noSource(value.extension));
}

/** True for a representative or IVR number that rings the group, in hours or out of them. */
function ringsGroup(number: NumberDraft | undefined, group: GroupDraft): boolean {
  if (number === undefined || number.kind === "standard") return false;
  return [number.rings, number.outOfHours].some(
    (rings) => rings?.kind === "group" && rings.groupId === group.id,
  );
}

function checkGroup(book: Book, { path, value }: Placed<GroupDraft>): void {
  const { representative, extension } = value;
  const place = [...path, "representative"];
  checkGroupList(book, path, value);
  if (representative !== null && !ringsGroup(book.numbers.get(representative), value)) {
    book.note(place, REFERENCE.notRepresentative(value.id));
  }
  if (extension !== null && representative === null && leadsOutside(value.targets)) {
    book.note(place, LIST.noRepresentative(extension));
  }
}

function checkUser(book: Book, { path, value }: Placed<User>): void {
  value.extensions.forEach((extension, index) => {
    if (book.terminals.has(extension)) return;
    book.note([...path, "extensions", index], REFERENCE.userTerminal(extension));
  });
}

/** Doubles among the trunks of one document: ids, and addresses that calls come from. */
export function checkTrunks(trunks: readonly Placed<Trunk>[]): readonly Fault[] {
  const faults: Fault[] = [];
  findDoubles(
    trunks,
    ({ id }) => id,
    ({ path, value }) => faults.push({ path: [...path, "id"], ...TWICE.id(value.id) }),
  );
  const sources = trunks.flatMap(({ path, value }) =>
    value.sources.map((address, index) => ({ path: [...path, "sources", index], value: address })),
  );
  findDoubles(
    sources,
    (address) => address,
    ({ path, value }) => faults.push({ path, ...TWICE.source(value) }),
  );
  return faults;
}
