/**
 * A company as read from a document, before it is checked: every part keeps its place, so that a check
 * that looks at several parts can still name the line to correct. Owns these shapes only.
 */
import type { CompanyId } from "../../../lib/telephony/ids.ts";
import type {
  ContractSwitches,
  OwnNumber,
  RouteTarget,
} from "../../../lib/telephony/route-snapshot.ts";
import type { Company, Group, Terminal, Trunk, User } from "./company.ts";
import type { Placed } from "./reading.ts";

/** A terminal's relay whose targets keep their places. */
export interface RelayDraft {
  readonly ringSelf: boolean;
  readonly followMemberRelay: boolean;
  readonly targets: readonly Placed<RouteTarget>[];
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
  readonly contract: ContractSwitches;
  readonly numbers: readonly Placed<OwnNumber>[];
  readonly terminals: readonly Placed<TerminalDraft>[];
  readonly groups: readonly Placed<GroupDraft>[];
  readonly users: readonly Placed<User>[];
}

/** Both halves of a document as read. */
export interface DocumentDraft {
  readonly company: CompanyDraft | null;
  readonly trunks: readonly Placed<Trunk>[];
}

const values = <T>(placed: readonly Placed<T>[]): readonly T[] => placed.map(({ value }) => value);

function settledTerminal({ relay, password: _, ...terminal }: TerminalDraft): Terminal {
  return { ...terminal, relay: relay && { ...relay, targets: values(relay.targets) } };
}

/** The company of a draft without faults; null when the draft has no readable id or domain. */
export function settled(draft: CompanyDraft): Company | null {
  const { id, domain } = draft;
  if (id === null || domain === null) return null;
  return {
    ...draft,
    id,
    domain,
    numbers: values(draft.numbers),
    terminals: values(draft.terminals).map(settledTerminal),
    groups: values(draft.groups).map((group) => ({ ...group, targets: values(group.targets) })),
    users: values(draft.users),
  };
}
