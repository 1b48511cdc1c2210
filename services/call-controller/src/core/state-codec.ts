/**
 * The call's state as text: JSON of plain data, stored by the anchor and read by the next holder.
 * STATE_VERSION changes with every change of state.ts that an older reader would misread; the holder
 * of a call of another version declines it (CallAssignment.state_version).
 */
import type { CallState } from "./call/state.ts";

/** See the file header. */
export const STATE_VERSION = 2;

/** Text that is not a state of this version. */
export interface StateFault {
  readonly kind: "state-fault";
  readonly what: "unknown-version" | "malformed";
}

/** What was decoded. */
export interface DecodedState {
  readonly kind: "state";
  readonly state: CallState;
}

/** The state as one line of JSON. */
export const encodeState = (state: CallState): string => JSON.stringify(state);

/** Reads a state; checks its version, phase and head, and trusts the rest to its writer. */
export function decodeState(version: number, text: string): DecodedState | StateFault {
  if (version !== STATE_VERSION) return { kind: "state-fault", what: "unknown-version" };
  const value = parse(text);
  return isCallState(value)
    ? { kind: "state", state: value }
    : { kind: "state-fault", what: "malformed" };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const PHASES: readonly unknown[] = [
  "new",
  "routing",
  "ringing",
  "talking",
  "settling",
  "over",
] satisfies readonly CallState["phase"][];

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

function isCallState(value: unknown): value is CallState {
  if (!isObject(value) || !PHASES.includes(value["phase"]) || !isObject(value["head"]))
    return false;
  const { head } = value;
  const isText = (key: string): boolean => typeof head[key] === "string";
  const isNumber = (key: string): boolean => Number.isFinite(head[key]);
  return (
    ["callId", "anchor", "controller"].every(isText) &&
    ["epoch", "lastSeq", "now", "seen", "lead", "loopCallsMax"].every(isNumber)
  );
}
