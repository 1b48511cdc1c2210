/**
 * The questions that are put to the registry, each as one bounded unary call, and what their answers
 * depend on. Owns the translation to and from messages; does not remember anything.
 */

import { callUnary, type GrpcAnswer } from "../runtime/grpc.ts";
import type { CarrierTrunk } from "../telephony/carrier-trunk.ts";
import type { E164 } from "../telephony/e164.ts";
import {
  type CompanyId,
  type Extension,
  isIdFault,
  parseCompanyId,
  parseTrunkId,
  type TrunkId,
} from "../telephony/ids.ts";
import type { RouteKey, RouteSnapshot } from "../telephony/route-snapshot.ts";
import { carrierTrunkFromWire } from "../wire/carrier-trunk-codec.ts";
import { describeFault, isWireFault } from "../wire/fault.ts";
import { snapshotFromWire } from "../wire/route-codec.ts";
import type { ResolveRequest, TenantServiceClient } from "../wire/tenant.ts";
import type { Fetched } from "./lookup.ts";
import { shareLists } from "./shared-lists.ts";

/** One question's limit; a call that waits longer is better refused. */
const DEADLINE_MS = 1000;

/** Who has a number, and on which trunk. */
export interface NumberOwner {
  readonly companyId: CompanyId;
  readonly trunkId: TrunkId;
}

/** Whose secrets are asked for. */
export interface CredentialKey {
  /** SIP domain = digest realm. */
  readonly domain: string;
  readonly extension: Extension;
}

/** Digest secrets of an extension, hex: H(user:realm:password). */
export interface Credential {
  readonly companyId: CompanyId;
  readonly ha1Md5: string;
  readonly ha1Sha256: string;
}

/** See the file header; `onFault` hears of answers that cannot be read. */
export interface Questions {
  readonly route: (key: RouteKey) => Promise<Fetched<RouteSnapshot>>;
  readonly owner: (number: E164) => Promise<Fetched<NumberOwner>>;
  readonly credential: (key: CredentialKey) => Promise<Fetched<Credential>>;
  /** Null when the registry could not say. */
  readonly trunks: () => Promise<readonly CarrierTrunk[] | null>;
}

const UNKNOWN = { kind: "unknown" } as const;
const UNREACHABLE = { kind: "unreachable" } as const;

const routeRequest = (key: RouteKey): ResolveRequest => ({
  kind:
    key.kind === "number"
      ? { $case: "number", value: key.number }
      : { $case: "extension", value: { companyId: key.companyId, extension: key.extension } },
});

/** The refusal of a call: a key that the registry does not accept has no owner. */
const refusal = (
  answer: Extract<GrpcAnswer<unknown>, { readonly ok: false }>,
): { readonly kind: "unknown" } | { readonly kind: "unreachable" } =>
  answer.status === "invalid-argument" ? UNKNOWN : UNREACHABLE;

async function askRoute(
  client: TenantServiceClient,
  key: RouteKey,
  share: (snapshot: RouteSnapshot) => RouteSnapshot,
  onFault: (problem: string) => void,
): Promise<Fetched<RouteSnapshot>> {
  const bounds = { deadlineMs: DEADLINE_MS };
  const answer = await callUnary(client.resolve.bind(client), routeRequest(key), bounds);
  if (!answer.ok) return refusal(answer);
  if (answer.value.snapshot === undefined) return UNKNOWN;
  const snapshot = snapshotFromWire(answer.value.snapshot);
  if (isWireFault(snapshot)) {
    onFault(describeFault(snapshot));
    return UNREACHABLE;
  }
  const trunks = snapshot.trunks.map(({ id }) => `trunk:${id}` as const);
  const tags = [`company:${snapshot.companyId}`, ...trunks] as const;
  return { kind: "found", value: share(snapshot), tags };
}

async function askOwner(client: TenantServiceClient, number: E164): Promise<Fetched<NumberOwner>> {
  const bounds = { deadlineMs: DEADLINE_MS };
  const answer = await callUnary(client.getNumberOwner.bind(client), { number }, bounds);
  if (!answer.ok) return refusal(answer);
  const companyId = parseCompanyId(answer.value.companyId);
  const trunkId = parseTrunkId(answer.value.trunkId);
  if (isIdFault(companyId) || isIdFault(trunkId)) return UNKNOWN;
  return { kind: "found", value: { companyId, trunkId }, tags: [`company:${companyId}`] };
}

async function askCredential(
  client: TenantServiceClient,
  key: CredentialKey,
): Promise<Fetched<Credential>> {
  const bounds = { deadlineMs: DEADLINE_MS };
  const answer = await callUnary(client.getCredential.bind(client), { ...key }, bounds);
  if (!answer.ok) return refusal(answer);
  const { ha1Md5, ha1Sha256 } = answer.value;
  const companyId = parseCompanyId(answer.value.companyId);
  if (isIdFault(companyId)) return UNKNOWN;
  return {
    kind: "found",
    value: { companyId, ha1Md5, ha1Sha256 },
    tags: [`company:${companyId}`],
  };
}

async function askTrunks(
  client: TenantServiceClient,
  onFault: (problem: string) => void,
): Promise<readonly CarrierTrunk[] | null> {
  const answer = await callUnary(client.listTrunks.bind(client), {}, { deadlineMs: DEADLINE_MS });
  if (!answer.ok) return null;
  return answer.value.trunks.flatMap((wire) => {
    const trunk = carrierTrunkFromWire(wire);
    if (!isWireFault(trunk)) return [trunk];
    onFault(describeFault(trunk));
    return [];
  });
}

/** The questions over one client. */
export const questions = (
  client: TenantServiceClient,
  onFault: (problem: string) => void,
): Questions => {
  const share = shareLists();
  return {
    route: (key) => askRoute(client, key, share, onFault),
    owner: (number) => askOwner(client, number),
    credential: (key) => askCredential(client, key),
    trunks: () => askTrunks(client, onFault),
  };
};
