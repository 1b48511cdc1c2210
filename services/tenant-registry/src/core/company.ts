/**
 * A company and a trunk as their owner writes them down: the words of this service. What a call needs
 * of them (RouteSnapshot) is in lib/telephony; this adds names, users, passwords and SIP gateways.
 */
import type { Schedule } from "../../../lib/telephony/business-hours.ts";
import type { CarrierTrunk } from "../../../lib/telephony/carrier-trunk.ts";
import type { ContractTerm } from "../../../lib/telephony/contract.ts";
import type { CompanyId, Extension } from "../../../lib/telephony/ids.ts";
import type {
  OwnNumber,
  RouteGroup,
  RouteTerminal,
} from "../../../lib/telephony/route-snapshot.ts";

/** A terminal with the name that people read. */
export interface Terminal extends RouteTerminal {
  readonly name: string;
}

/** A hunt group with the name that people read. */
export interface Group extends RouteGroup {
  readonly name: string;
}

/** Business hours with the name that people read. */
export interface NamedSchedule extends Schedule {
  readonly name: string;
}

/** A person and the terminals that are theirs. */
export interface User {
  readonly id: string;
  readonly name: string;
  readonly extensions: readonly Extension[];
}

/** A contract unit: one site, one extension range (DOMAIN 0). Passwords are no part of it. */
export interface Company {
  readonly id: CompanyId;
  readonly name: string;
  /** SIP domain and digest realm of its extensions. */
  readonly domain: string;
  /** The whole contract in order of time, past terms included; what was believed before is the store's. */
  readonly contracts: readonly ContractTerm[];
  readonly schedules: readonly NamedSchedule[];
  readonly numbers: readonly OwnNumber[];
  readonly terminals: readonly Terminal[];
  readonly groups: readonly Group[];
  readonly users: readonly User[];
}

/** A password that a document sets for a terminal. */
export interface Password {
  readonly extension: Extension;
  readonly password: string;
}

/** A trunk as its owner writes it; its revision is the store's. */
export type Trunk = Omit<CarrierTrunk, "revision">;
