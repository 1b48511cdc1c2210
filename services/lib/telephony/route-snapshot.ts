/**
 * A company cut down to what one called number or extension can reach: what the registry answers and
 * a controller plans with. All of it was read at one registry revision.
 */
import type { Schedule } from "./business-hours.ts";
import type { ContractTerm } from "./contract.ts";
import type { DestinationClass } from "./destination-class.ts";
import type { Forwarder } from "./destination-limit.ts";
import type { E164 } from "./e164.ts";
import type { CompanyId, Extension, GroupId, TrunkId } from "./ids.ts";
import type { CivilDate } from "./tokyo-time.ts";

/** Kinds of numbers (DOMAIN 0). */
export type NumberKind = "standard" | "representative" | "ivr";

/** A number of the company, the trunk that it belongs to, and where its calls go. */
export interface OwnNumber {
  readonly number: E164;
  readonly kind: NumberKind;
  readonly trunkId: TrunkId;
  readonly rings:
    | { readonly kind: "group"; readonly groupId: GroupId }
    | { readonly kind: "terminal"; readonly extension: Extension };
  /** Business hours; null = always open. */
  readonly scheduleId: string | null;
  /** What rings outside of them; null = the caller is turned away. */
  readonly outOfHours: OutOfHours | null;
  readonly callers: Callers;
}

/** Of a representative or IVR number: another group. Of a standard number: another relay of its terminal. */
export type OutOfHours =
  | { readonly kind: "group"; readonly groupId: GroupId }
  | { readonly kind: "relay"; readonly relay: TerminalRelay };

/** Which outside callers get through (DOMAIN 2.3). */
export interface Callers {
  readonly deny: readonly E164[];
  /** Not empty: only these; anonymous callers never are among them. */
  readonly allow: readonly E164[];
  readonly refuseAnonymous: boolean;
}

/** Callers of a number without lists: everyone. */
export const EVERY_CALLER: Callers = { deny: [], allow: [], refuseAnonymous: false };

/** One member of a list: an extension or an outside number, and how long it rings. */
export type RouteTarget =
  | { readonly kind: "extension"; readonly extension: Extension; readonly ringMs: number }
  | { readonly kind: "outside"; readonly number: E164; readonly ringMs: number };

/** What is known of an outside number that a route may lead to. */
export interface RouteDestination {
  readonly number: E164;
  readonly class: DestinationClass;
  /** The number belongs to a company of this service (DOMAIN A19, A22). */
  readonly onNet: boolean;
}

/** A terminal's own relay (端末間リレー着信). */
export interface TerminalRelay {
  readonly targets: readonly RouteTarget[];
  readonly ringSelf: boolean;
  /** Follow the own relay of a member extension, one nesting level (DOMAIN A2; default off). */
  readonly followMemberRelay: boolean;
}

/** A terminal as far as routing needs it. */
export interface RouteTerminal {
  readonly extension: Extension;
  readonly number: E164 | null;
  readonly homeRepresentative: E164 | null;
  readonly ringMs: number;
  readonly relay: TerminalRelay | null;
}

/** A hunt group: targets and strategy. */
export interface RouteGroup {
  readonly id: GroupId;
  readonly extension: Extension | null;
  readonly representative: E164 | null;
  readonly mode: "ring-all" | "relay";
  readonly targets: readonly RouteTarget[];
  readonly followMemberRelay: boolean;
  readonly totalRingMs: number;
}

/** Capacity of a trunk, in channels. */
export interface RouteTrunk {
  readonly id: TrunkId;
  readonly channels: number;
  readonly revision: number;
}

/** What a snapshot is asked for. */
export type RouteKey =
  | { readonly kind: "number"; readonly number: E164 }
  | { readonly kind: "extension"; readonly companyId: CompanyId; readonly extension: Extension };

/** See the file header. */
export interface RouteSnapshot {
  readonly revision: number;
  readonly companyId: CompanyId;
  /**
   * Terms in force now or later; the moment of the call chooses (`contractAt`). Their add-ons are those
   * of `forwarders`.
   */
  readonly contracts: readonly ContractTerm[];
  /** The called number when a number was asked for, null for an extension. */
  readonly entry: OwnNumber | null;
  readonly called:
    | { readonly kind: "terminal"; readonly extension: Extension }
    | { readonly kind: "group"; readonly groupId: GroupId };
  readonly groups: readonly RouteGroup[];
  readonly terminals: readonly RouteTerminal[];
  readonly numbers: readonly OwnNumber[];
  readonly trunks: readonly RouteTrunk[];
  /** Every number and terminal on whose account an outside target of this route stands. */
  readonly forwarders: readonly Forwarder[];
  /** Of `entry`. */
  readonly schedule: Schedule | null;
  /** National holidays of this year and the next ones; empty without a schedule. */
  readonly holidays: readonly CivilDate[];
  /** Every outside number in the lists of this route. */
  readonly destinations: readonly RouteDestination[];
  /** All numbers of the company when a number was asked for: a caller among them is a loop (4.5 b). */
  readonly companyNumbers: ReadonlySet<E164>;
}
