import { expect, test } from "vitest";
import { isVersionEnough } from "./nats-server.ts";

test.each([
  ["nats-server: v2.12.1", true],
  ["nats-server: v2.11.0", true],
  ["nats-server: v3.0.0", true],
  ["nats-server: v2.9.10", false],
  ["nats-server: v1.12.0", false],
  ["command not found", false],
  ["", false],
])("%j is usable: %s", (printed, usable) => {
  expect(isVersionEnough(printed)).toBe(usable);
});
