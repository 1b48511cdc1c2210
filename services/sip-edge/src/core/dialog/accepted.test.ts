import { describe, expect, it } from "vitest";
import { runTable } from "../../../test/transition-table.ts";
import { RFC_TIMERS, type Timing } from "../transaction/timers.ts";
import {
  type Accepted,
  type AcceptedInput,
  acceptedDeadline,
  startAccepted,
  stepAccepted,
} from "./accepted.ts";

const TCP: Timing = { ...RFC_TIMERS, isReliable: true };
const DUE: AcceptedInput = { kind: "deadline-passed" };
const EARLY: AcceptedInput = { kind: "deadline-passed" };

runTable<Accepted, AcceptedInput>({
  name: "2xx until ACK, RFC 3261 13.3.1.4",
  phases: {
    unacknowledged: {
      phase: "unacknowledged",
      timing: TCP,
      repeatAt: 1000,
      intervalMs: 500,
      giveUpAt: 9000,
    },
    acknowledged: { phase: "acknowledged" },
    "given-up": { phase: "given-up" },
  },
  inputs: { ack: { kind: "ack-received" }, early: EARLY, due: DUE },
  kinds: { "ack-received": true, "deadline-passed": true },
  step: (state, input) => stepAccepted(state, input === EARLY ? 999 : 1000, input),
  table: `
    unacknowledged | ack   | acknowledged   |                 | 13.3.1.4: the ACK ends the repetition
    unacknowledged | early | same           |                 | not due
    unacknowledged | due   | unacknowledged | repeat-response | 13.3.1.4: sent again
    acknowledged   | ack   | same           |                 | a repeated ACK
    acknowledged   | early | same           |                 | over
    acknowledged   | due   | same           |                 | over
    given-up       | ack   | same           |                 | too late: BYE is under way
    given-up       | early | same           |                 | over
    given-up       | due   | same           |                 | over
  `,
});

describe("2xx repetition", () => {
  it("13.3.1.4: doubles from T1 to T2 over every transport and ends at 64*T1", () => {
    const log: string[] = [];
    let state: Accepted = startAccepted(0, TCP);
    for (let at = acceptedDeadline(state); at !== null; at = acceptedDeadline(state)) {
      const next = stepAccepted(state, at, DUE);
      for (const effect of next.effects) log.push(`${at} ${effect.kind}`);
      state = next.state;
    }
    expect(log).toEqual([
      ...[500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500].map(
        (at) => `${at} repeat-response`,
      ),
      "32000 report-ack-missing",
    ]);
  });
});
