import { describe, expect, it } from "vitest";
import { type AddressSources, ALLOCATOR, addressesOf, COLLECTOR, REGISTRY } from "./addresses.ts";

const DEMO = JSON.stringify({
  KK_REGISTRY_ADDRESS: "127.0.0.1:7001",
  KK_ALLOCATOR_ADDRESSES: "127.0.0.1:7021,127.0.0.1:7022",
});
const sources = (given: Partial<AddressSources>): AddressSources => ({
  flags: {},
  env: {},
  readDemo: () => DEMO,
  ...given,
});

describe("addresses", () => {
  it("a flag counts before the environment, both before the demo cluster", () => {
    const env = { KK_REGISTRY_ADDRESS: "10.0.0.2:7001" };
    const flags = { registry: "10.0.0.3:7001" };
    expect(addressesOf(REGISTRY, sources({ flags, env }))).toEqual(["10.0.0.3:7001"]);
    expect(addressesOf(REGISTRY, sources({ env }))).toEqual(["10.0.0.2:7001"]);
    expect(addressesOf(REGISTRY, sources({}))).toEqual(["127.0.0.1:7001"]);
    expect(addressesOf(ALLOCATOR, sources({}))).toEqual(["127.0.0.1:7021", "127.0.0.1:7022"]);
  });

  it("a cluster named by one address is never mixed with the demo cluster", () => {
    const env = { KK_COLLECTOR_ADDRESS: "10.0.0.2:7031" };
    expect(addressesOf(REGISTRY, sources({ env }))).toMatchObject({
      exitCode: 2,
      message:
        "no address of the tenant-registry: set KK_REGISTRY_ADDRESS=host:port or --registry host:port",
    });
  });

  it("without any address the way out is named", () => {
    expect(addressesOf(ALLOCATOR, sources({ readDemo: () => null }))).toMatchObject({
      exitCode: 2,
      message:
        "no address of the trunk-allocator: set KK_ALLOCATOR_ADDRESSES=host:port,host:port or " +
        "--allocators host:port,host:port, or start the demo cluster with make run",
    });
  });

  it.each(["not json", "[]", '{"KK_REGISTRY_ADDRESS": 7001}', "null"])(
    "a demo file that says %s is not used",
    (text) => {
      expect(addressesOf(COLLECTOR, sources({ readDemo: () => text }))).toMatchObject({
        exitCode: 2,
        message: expect.stringContaining("make run"),
      });
    },
  );

  it.each(["localhost", "a:b", "127.0.0.1:7001,127.0.0.1:7002", "127.0.0.1:70000", ","])(
    "%s is not one address",
    (text) => {
      const env = { KK_REGISTRY_ADDRESS: text };
      expect(addressesOf(REGISTRY, sources({ env }))).toMatchObject({
        exitCode: 2,
        message: `KK_REGISTRY_ADDRESS is "${text}": write host:port`,
      });
    },
  );
});
