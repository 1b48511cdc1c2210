/**
 * A company cut down to what one called number or extension can reach: what the registry answers and
 * a controller plans with. All of it was read at one registry revision.
 */
import type { E164 } from "./e164.ts";
import type { CompanyId, Extension, GroupId, TrunkId } from "./ids.ts";

/** Contract switches that a call depends on (DOMAIN R2, R23, A15). */
export interface ContractSwitches {
  readonly terminalForwarding: boolean;
  readonly representativeForwarding: boolean;
  readonly extraChannels: number;
}

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
}

/** One member of a list: an extension or an outside number, and how long it rings. */
export type RouteTarget =
  | { readonly kind: "extension"; readonly extension: Extension; readonly ringMs: number }
  | { readonly kind: "outside"; readonly number: E164; readonly ringMs: number };

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
  readonly contract: ContractSwitches;
  /** The called number when a number was asked for, null for an extension. */
  readonly entry: OwnNumber | null;
  readonly called:
    | { readonly kind: "terminal"; readonly extension: Extension }
    | { readonly kind: "group"; readonly groupId: GroupId };
  readonly groups: readonly RouteGroup[];
  readonly terminals: readonly RouteTerminal[];
  readonly numbers: readonly OwnNumber[];
  readonly trunks: readonly RouteTrunk[];
}
