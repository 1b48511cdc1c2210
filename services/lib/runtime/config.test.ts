import { describe, expect, it } from "vitest";
import {
  choice,
  describeConfig,
  describeFaults,
  flag,
  hostPort,
  hostPortText,
  listOf,
  nodeName,
  orNone,
  readConfig,
  setting,
  share,
  text,
  url,
  wholeNumber,
} from "./config.ts";
import { PROCESS_SETTINGS } from "./process-settings.ts";

const SETTINGS = {
  node: setting({ key: "NODE", meaning: "Name", standard: null, example: "a-1", schema: nodeName }),
  ringMs: setting({
    key: "RING_MS",
    meaning: "Ring time",
    unit: "ms",
    standard: "20000",
    example: "5000",
    schema: wholeNumber(0, 120_000),
  }),
  peers: setting({
    key: "PEERS",
    meaning: "Peers",
    standard: "",
    example: "127.0.0.1:1,[::1]:2",
    schema: listOf(hostPort),
  }),
  database: setting({
    key: "DATABASE",
    meaning: "Database",
    standard: "",
    example: "postgres://127.0.0.1/x",
    secret: true,
    schema: orNone(url("postgres")),
  }),
};

const faultsOf = (env: Record<string, string>): readonly string[] => {
  const result = readConfig(env, SETTINGS);
  return result.ok ? [] : result.faults.map(({ key, problem }) => `${key} ${problem}`);
};

describe("readConfig", () => {
  it("takes defaults for unset and empty variables and keeps an explicit 0", () => {
    expect(readConfig({ NODE: "a-1", RING_MS: "", PEERS: "" }, SETTINGS)).toEqual({
      ok: true,
      config: { node: "a-1", ringMs: 20_000, peers: [], database: null },
    });
    expect(readConfig({ NODE: "a-1", RING_MS: "0" }, SETTINGS)).toMatchObject({
      config: { ringMs: 0 },
    });
  });

  it("reports all faults at once, each with key and problem", () => {
    expect(faultsOf({ RING_MS: "20s", PEERS: "127.0.0.1:1,nowhere", DATABASE: "x" })).toEqual([
      "NODE is not set and has no default",
      'RING_MS must be a whole number from 0 to 120000 (is "20s")',
      'PEERS nowhere: must be host:port (is "127.0.0.1:1,nowhere")',
      "DATABASE must be a URL like postgres://...",
    ]);
  });

  it("shows an example with each fault and no secret", () => {
    const result = readConfig({ NODE: "a b", DATABASE: "mysql://user:hunter2@x" }, SETTINGS);
    const said = result.ok ? "" : describeFaults(result.faults);
    expect(said).toContain("example: NODE=a-1");
    expect(said).not.toContain("hunter2");
  });

  it("answers a frozen object", () => {
    const result = readConfig({ NODE: "a-1", PEERS: "127.0.0.1:1" }, SETTINGS);
    expect(
      result.ok && Object.isFrozen(result.config) && Object.isFrozen(result.config.peers),
    ).toBe(true);
  });
});

describe("schemas", () => {
  it.each([
    [hostPort, "127.0.0.1:5060", { host: "127.0.0.1", port: 5060 }],
    [hostPort, "[::1]:0", { host: "::1", port: 0 }],
    [share, "0.25", 0.25],
    [flag, "false", false],
    [choice(["a", "b"]), "b", "b"],
    [wholeNumber(-5, 5), "-5", -5],
    [text, "x y", "x y"],
  ])("reads %#: %s", (schema, written, value) => {
    expect(schema.parse(written)).toEqual(value);
  });

  it.each([
    [hostPort, "127.0.0.1"],
    [hostPort, "127.0.0.1:70000"],
    [share, "1.5"],
    [share, "NaN"],
    [flag, "yes"],
    [choice(["a", "b"]), "c"],
    [wholeNumber(0, 10), "1e1"],
    [wholeNumber(0, 10), "11"],
    [url("nats"), "http://x"],
  ])("refuses %#: %s", (schema, written) => {
    expect(schema.safeParse(written).success).toBe(false);
  });

  it("writes addresses as it reads them", () => {
    for (const written of ["127.0.0.1:5060", "[::1]:5060"]) {
      expect(hostPortText(hostPort.parse(written))).toBe(written);
    }
  });
});

it("describeConfig says key, meaning, unit and default of each setting", () => {
  expect(describeConfig(SETTINGS)).toBe(
    [
      "  NODE      Name. Required.",
      "  RING_MS   Ring time (ms). Default: 20000.",
      "  PEERS     Peers. Default: none.",
      "  DATABASE  Database. Default: none.",
    ].join("\n"),
  );
});

it("every process setting accepts its own example and default", () => {
  for (const { schema, example, standard } of Object.values(PROCESS_SETTINGS)) {
    expect(schema.safeParse(example).success).toBe(true);
    if (standard !== null) expect(schema.safeParse(standard).success).toBe(true);
  }
});
