import { expect, it } from "vitest";
import { ladderCall } from "../../test/ladder-notation.ts";
import { decodeState, encodeState, STATE_VERSION } from "./state-codec.ts";

// Round trips of all states of whole calls: call.property.test.ts.
const call = ladderCall();
call.say("offered +815010000001 by +81312345678");
const text = encodeState(call.state());

it("reads what it wrote", () => {
  expect(decodeState(STATE_VERSION, text)).toEqual({ kind: "state", state: call.state() });
});

it("declines the state of another version", () => {
  expect(decodeState(STATE_VERSION + 1, text)).toEqual({
    kind: "state-fault",
    what: "unknown-version",
  });
});

it.each([
  ["nothing", ""],
  ["half a state", text.slice(0, 40)],
  ["another value", "[1]"],
  ["a phase that there is not", text.replace('"routing"', '"dancing"')],
  ["a head without its epoch", text.replace('"epoch":1', '"age":1')],
])("finds %s malformed", (_what, malformed) => {
  expect(decodeState(STATE_VERSION, malformed)).toEqual({ kind: "state-fault", what: "malformed" });
});
