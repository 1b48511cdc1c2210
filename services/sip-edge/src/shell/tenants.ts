/**
 * The tenant registry as this service's ports ask for it. Owns: the translation, and which domains
 * have proven to be a company's. Does not own: what is remembered and for how long
 * (lib/registry-client).
 */
import type { RegistryClient } from "../../../lib/registry-client/index.ts";
import type { CarrierTrunk } from "../../../lib/telephony/carrier-trunk.ts";
import type { TrunkBySource } from "../core/authenticate.ts";
import type { OwnerOf, Trunk, TrunkById } from "../ports.ts";
import type { SecretOf } from "./authenticator.ts";

/** More companies than a registry holds; beyond it the one proven longest ago is forgotten. */
const DOMAINS_MAX = 100_000;

/** What the edge asks the registry. */
export interface Tenants {
  readonly trunkBySource: TrunkBySource;
  readonly trunkById: TrunkById;
  readonly ownerOf: OwnerOf;
  readonly secretOf: SecretOf;
  /** True once an extension of this domain was found. */
  readonly isKnownDomain: (domain: string) => boolean;
  /** Null when calls can be served, else what is missing. */
  readonly ready: () => string | null;
}

/** What is used of the client. */
export type RegistryAnswers = Pick<
  RegistryClient,
  "bySource" | "trunk" | "owner" | "credential" | "ready"
>;

/** Makes the adapters. */
export function createTenants(registry: RegistryAnswers): Tenants {
  const domains = new Set<string>();
  const learn = (domain: string): void => {
    domains.add(domain);
    if (domains.size <= DOMAINS_MAX) return;
    const [oldest] = domains;
    if (oldest !== undefined) domains.delete(oldest);
  };
  return {
    trunkBySource: (host) => registry.bySource(host)?.id,
    trunkById: (id) => {
      const trunk = registry.trunk(id);
      return trunk === null ? undefined : asSpokenTo(trunk);
    },
    ownerOf: async (number) => {
      const answer = await registry.owner(number);
      if (answer.kind === "found") return answer.owner.companyId;
      return answer.kind === "unknown" ? null : "unreachable";
    },
    secretOf: async (domain, extension) => {
      const answer = await registry.credential(domain, extension);
      if (answer.kind === "unknown") return null;
      if (answer.kind === "unreachable") return "unreachable";
      learn(domain);
      const { companyId, ha1Md5, ha1Sha256 } = answer.credential;
      return { companyId, ha1: { MD5: ha1Md5, "SHA-256": ha1Sha256 } };
    },
    isKnownDomain: (domain) => domains.has(domain),
    ready: registry.ready,
  };
}

/** URIs on a trunk carry the host of its first gateway: what the carrier knows itself by. */
function asSpokenTo(trunk: CarrierTrunk): Trunk {
  const { identity, format, privacy, diversion, userPhone } = trunk;
  const gateways = trunk.gateways.map(({ transport, host, port }) => ({ transport, host, port }));
  const domain = trunk.gateways[0]?.host ?? "invalid";
  return { gateways, identity, format, privacy, diversion, userPhone, domain };
}
