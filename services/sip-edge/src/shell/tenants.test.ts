import { describe, expect, it } from "vitest";
import type { CarrierTrunk } from "../../../lib/telephony/carrier-trunk.ts";
import type { E164 } from "../../../lib/telephony/e164.ts";
import type { CompanyId, Extension, TrunkId } from "../../../lib/telephony/ids.ts";
import { createTenants, type RegistryAnswers } from "./tenants.ts";

const TRUNK: CarrierTrunk = {
  id: "carrier" as TrunkId,
  sources: ["203.0.113.1"],
  gateways: [
    { host: "203.0.113.2", port: 5060, transport: "udp" },
    { host: "203.0.113.3", port: 5062, transport: "tcp" },
  ],
  channels: 10,
  identity: "pai",
  format: "national",
  privacy: "absent",
  diversion: "history-info",
  userPhone: false,
  revision: 1,
};

const registry = (answers: Partial<RegistryAnswers>): RegistryAnswers => ({
  bySource: (address) => (TRUNK.sources.includes(address) ? TRUNK : null),
  trunk: (id) => (id === TRUNK.id ? TRUNK : null),
  owner: async () => ({ kind: "unknown" }),
  credential: async () => ({ kind: "unknown" }),
  ready: () => null,
  ...answers,
});

const NUMBER = "+815012345678" as E164;
const ACME = "acme" as CompanyId;

describe("the registry as the ports ask for it", () => {
  it("a trunk is found by source address and by id", () => {
    const tenants = createTenants(registry({}));
    expect(tenants.trunkBySource("203.0.113.1")).toBe("carrier");
    expect(tenants.trunkBySource("203.0.113.2")).toBeUndefined();
    expect(tenants.trunkById(TRUNK.id)).toEqual({
      gateways: TRUNK.gateways,
      identity: "pai",
      format: "national",
      privacy: "absent",
      diversion: "history-info",
      userPhone: false,
      domain: "203.0.113.2",
    });
    expect(tenants.trunkById("other" as TrunkId)).toBeUndefined();
  });

  it.each([
    ["a company's", { kind: "found", owner: { companyId: ACME, trunkId: TRUNK.id } }, ACME],
    ["nobody's", { kind: "unknown" }, null],
    ["not known now", { kind: "unreachable" }, "unreachable"],
  ] as const)("a number is %s", async (_, answer, owner) => {
    const tenants = createTenants(registry({ owner: async () => answer }));
    expect(await tenants.ownerOf(NUMBER)).toBe(owner);
  });

  it("a domain is known once an extension of it was found, not when it was only asked for", async () => {
    const credential: RegistryAnswers["credential"] = async (domain, extension) => {
      if (domain === "away") return { kind: "unreachable" };
      if (domain !== "demo" || extension !== "1001") return { kind: "unknown" };
      return { kind: "found", credential: { companyId: ACME, ha1Md5: "a", ha1Sha256: "b" } };
    };
    const tenants = createTenants(registry({ credential }));
    const ask = (domain: string, extension: string) =>
      tenants.secretOf(domain, extension as Extension);
    expect(await ask("demo", "1999")).toBeNull();
    expect(await ask("away", "1001")).toBe("unreachable");
    expect(tenants.isKnownDomain("demo")).toBe(false);
    expect(await ask("demo", "1001")).toEqual({
      companyId: ACME,
      ha1: { MD5: "a", "SHA-256": "b" },
    });
    expect(["demo", "away"].map(tenants.isKnownDomain)).toEqual([true, false]);
  });
});
