/**
 * What the call layer of the edge needs from beside it, named by need. Owns: the function types that
 * main.ts joins. Does not own: behaviour; the adapters stand in shell/.
 *
 * P1  Nothing throws across a port, and no promise here rejects: what can fail is a variant.
 * P2  Ports that return a plain value read a watched table and never wait.
 */
import type { E164 } from "../../lib/telephony/e164.ts";
import type { CompanyId, Extension, NodeId, TrunkId } from "../../lib/telephony/ids.ts";
import type { TrunkProfile } from "./core/identity.ts";
import type { Endpoint, SipRequest, SipResponse } from "./core/message/message.ts";

/** Who sent a request. */
export type Authenticated =
  /** A carrier, known by its source address. */
  | { readonly kind: "trunk"; readonly trunkId: TrunkId }
  /** A telephone that proved its password; `domain` is its realm and the host of its AOR. */
  | {
      readonly kind: "extension";
      readonly companyId: CompanyId;
      readonly extension: Extension;
      readonly domain: string;
    }
  /** Not proven yet: send this 401 or 407. */
  | { readonly kind: "challenge"; readonly response: SipResponse }
  /** Known but not allowed (403), or asked for what we cannot judge now (503). */
  | { readonly kind: "refuse"; readonly status: number }
  /** A stranger: no answer at all. */
  | { readonly kind: "silence" };

/** Tells who sent a request out of a dialog (INVITE, MESSAGE ...). */
export type Authenticate = (
  request: SipRequest,
  source: Endpoint,
) => Authenticated | Promise<Authenticated>;

/** Answers a REGISTER (RFC 3261 10.3); null means silence. */
export type AnswerRegister = (
  request: SipRequest,
  source: Endpoint,
) => SipResponse | null | Promise<SipResponse | null>;

/** One place where an extension can be reached now. */
export interface Binding {
  /** The URI of the registered Contact: the Request-URI of an INVITE to it. */
  readonly contactUri: string;
  /** Where to send: the address the REGISTER came from, with its flow for TCP. */
  readonly endpoint: Endpoint;
  /** The edge that holds the flow; for UDP any edge may send, but this one is known to get through. */
  readonly edge: NodeId;
}

/** All unexpired bindings of an extension, the most recent first; empty when it is not registered. */
export type BindingsOf = (companyId: CompanyId, extension: Extension) => readonly Binding[];

/** A carrier: how it wants to be spoken to (DOMAIN 4.2), and where. */
export interface Trunk extends TrunkProfile {
  /** Where INVITEs go, in the order of preference. */
  readonly gateways: readonly Endpoint[];
}

/** A trunk of the registry, or undefined when there is none of that id. */
export type TrunkById = (id: TrunkId) => Trunk | undefined;

/** The company that owns a number; null when none does; `unreachable` when nobody can tell now. */
export type OwnerOf = (number: E164) => Promise<CompanyId | null | "unreachable">;

/** Everything above, as main.ts hands it to the call layer. */
export interface Ports {
  /** What must be known before anybody can be judged and is not yet; null when it is (P2). */
  readonly missing: () => string | null;
  readonly authenticate: Authenticate;
  readonly answerRegister: AnswerRegister;
  readonly bindingsOf: BindingsOf;
  readonly trunkById: TrunkById;
  readonly ownerOf: OwnerOf;
}
