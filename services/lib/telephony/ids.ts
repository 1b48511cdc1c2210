/**
 * Ids of the trade, branded so that one cannot be taken for another. The only constructors are the
 * parsers here: a value of these types has been checked.
 *
 * I1  Every id is safe as a NATS subject token: no dot, no space, no wildcard.
 */

declare const brand: unique symbol;
type Branded<T, B extends string> = T & { readonly [brand]: B };

/** Our id of one call, minted by the edge when the INVITE arrives; never the SIP Call-ID. */
export type CallId = Branded<string, "CallId">;
/** A leg within its call: `a` is the caller, `b1`, `b2` ... the attempts in the order of their making. */
export type LegId = Branded<string, "LegId">;
/** A company (contract unit, one extension range). */
export type CompanyId = Branded<string, "CompanyId">;
/** A trunk: the link to one carrier. */
export type TrunkId = Branded<string, "TrunkId">;
/** A hunt group of a company. */
export type GroupId = Branded<string, "GroupId">;
/** An edge, controller or other process of ours; stable over restarts for edges. */
export type NodeId = Branded<string, "NodeId">;
/** An internal number of a company, 2 to 8 digits. */
export type Extension = Branded<string, "Extension">;

/** Text that is not the id it should be. */
export interface IdFault {
  readonly kind: "id-fault";
  readonly what: string;
  readonly text: string;
}

const TOKEN_LENGTH_MAX = 64;

const isToken = (text: string): boolean =>
  text.length > 0 && text.length <= TOKEN_LENGTH_MAX && /^[A-Za-z0-9_-]+$/.test(text);

const token =
  <B extends string>(what: B) =>
  (text: string): Branded<string, B> | IdFault =>
    isToken(text) ? (text as Branded<string, B>) : { kind: "id-fault", what, text };

/** Parses a {@link CallId}. */
export const parseCallId = token("CallId");
/** Parses a {@link CompanyId}. */
export const parseCompanyId = token("CompanyId");
/** Parses a {@link TrunkId}. */
export const parseTrunkId = token("TrunkId");
/** Parses a {@link GroupId}. */
export const parseGroupId = token("GroupId");
/** Parses a {@link NodeId}. */
export const parseNodeId = token("NodeId");

/** Parses an {@link Extension}: 2 to 8 decimal digits. */
export function parseExtension(text: string): Extension | IdFault {
  return /^[0-9]{2,8}$/.test(text)
    ? (text as Extension)
    : { kind: "id-fault", what: "Extension", text };
}

/** The caller's leg. */
export const LEG_A = "a" as LegId;

/** The n-th attempt of a call, n from 1. */
export const attemptLeg = (n: number): LegId => `b${n}` as LegId;

/** Parses a {@link LegId}: `a`, or `b` and a number from 1 without leading zeros. */
export function parseLegId(text: string): LegId | IdFault {
  return /^(a|b[1-9][0-9]{0,3})$/.test(text)
    ? (text as LegId)
    : { kind: "id-fault", what: "LegId", text };
}

/** True for what the parsers above return when they refuse. */
export const isIdFault = (value: string | IdFault): value is IdFault => typeof value !== "string";
