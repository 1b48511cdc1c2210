/**
 * A company as read from a document, before it is checked: every part keeps its place, so that a check
 * that looks at several parts can still name the line to correct. Owns these shapes only.
 */

import type { AddOn, ContractContent, ContractTerm } from "../../../lib/telephony/contract.ts";
import type { E164 } from "../../../lib/telephony/e164.ts";
import type { CompanyId, GroupId } from "../../../lib/telephony/ids.ts";
import type {
  Callers,
  OutOfHours,
  OwnNumber,
  RouteTarget,
  TerminalRelay,
} from "../../../lib/telephony/route-snapshot.ts";
import type { CivilDate } from "../../../lib/telephony/tokyo-time.ts";
import type { Company, Group, NamedSchedule, Terminal, Trunk, User } from "./company.ts";
import { type Placed, values } from "./reading.ts";

/** A term as written; `from` is null when it holds from today on. */
export interface TermDraft extends Omit<ContractContent, "addOns"> {
  readonly from: CivilDate | null;
  readonly until: CivilDate | null;
  readonly addOns: readonly Placed<AddOn>[];
}

/** A relay whose targets keep their places. */
export interface RelayDraft extends Omit<TerminalRelay, "targets"> {
  readonly targets: readonly Placed<RouteTarget>[];
}

/** What rings out of hours; the targets of a relay keep their places. */
export type OutOfHoursDraft =
  | { readonly kind: "group"; readonly groupId: GroupId }
  | { readonly kind: "relay"; readonly relay: RelayDraft };

/** Callers whose numbers keep their places. */
export interface CallersDraft {
  readonly deny: readonly Placed<E164>[];
  readonly allow: readonly Placed<E164>[];
  readonly refuseAnonymous: boolean;
}

/** A number of the company as written. */
export interface NumberDraft extends Omit<OwnNumber, "outOfHours" | "callers"> {
  readonly outOfHours: OutOfHoursDraft | null;
  readonly callers: CallersDraft;
}

/** A terminal with its relay as written, and the password when the document sets one. */
export interface TerminalDraft extends Omit<Terminal, "relay"> {
  readonly relay: RelayDraft | null;
  readonly password: string | null;
}

/** A group whose targets keep their places. */
export interface GroupDraft extends Omit<Group, "targets"> {
  readonly targets: readonly Placed<RouteTarget>[];
}

/** See the file header. `id` and `domain` are null when they could not be read. */
export interface CompanyDraft {
  readonly id: CompanyId | null;
  readonly name: string;
  readonly domain: string | null;
  /** As written: terms of the past may be left out (timeline.ts joins them with the stored ones). */
  readonly contract: readonly Placed<TermDraft>[];
  readonly schedules: readonly Placed<NamedSchedule>[];
  readonly numbers: readonly Placed<NumberDraft>[];
  readonly terminals: readonly Placed<TerminalDraft>[];
  readonly groups: readonly Placed<GroupDraft>[];
  readonly users: readonly Placed<User>[];
}

/** Both halves of a document as read. */
export interface DocumentDraft {
  readonly company: CompanyDraft | null;
  readonly trunks: readonly Placed<Trunk>[];
}

const settledRelay = (relay: RelayDraft): TerminalRelay => ({
  ...relay,
  targets: values(relay.targets),
});

const settledPlan = (plan: OutOfHoursDraft): OutOfHours =>
  plan.kind === "group" ? plan : { kind: "relay", relay: settledRelay(plan.relay) };

const settledCallers = ({ deny, allow, refuseAnonymous }: CallersDraft): Callers => ({
  deny: values(deny),
  allow: values(allow),
  refuseAnonymous,
});

const settledNumber = (number: NumberDraft): OwnNumber => ({
  ...number,
  outOfHours: number.outOfHours && settledPlan(number.outOfHours),
  callers: settledCallers(number.callers),
});

const settledTerminal = ({ relay, password: _, ...terminal }: TerminalDraft): Terminal => ({
  ...terminal,
  relay: relay && settledRelay(relay),
});

/**
 * The company of a draft without faults under its whole contract; null when the draft has no readable
 * id or domain.
 */
export function settled(draft: CompanyDraft, contracts: readonly ContractTerm[]): Company | null {
  const { id, name, domain } = draft;
  if (id === null || domain === null) return null;
  return {
    id,
    name,
    domain,
    contracts,
    schedules: values(draft.schedules),
    numbers: values(draft.numbers).map(settledNumber),
    terminals: values(draft.terminals).map(settledTerminal),
    groups: values(draft.groups).map((group) => ({ ...group, targets: values(group.targets) })),
    users: values(draft.users),
  };
}
