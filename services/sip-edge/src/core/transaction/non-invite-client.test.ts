import { describe, expect, it } from "vitest";
import { runTable } from "../../../test/transition-table.ts";
import {
  type NonInviteClient,
  type NonInviteClientInput,
  nonInviteClientDeadline,
  startNonInviteClient,
  stepNonInviteClient,
} from "./non-invite-client.ts";
import { RFC_TIMERS, type Timing } from "./timers.ts";

const UDP: Timing = { ...RFC_TIMERS, isReliable: false };
const TCP: Timing = { ...RFC_TIMERS, isReliable: true };
const DUE: NonInviteClientInput = { kind: "deadline-passed" };
const EARLY: NonInviteClientInput = { kind: "deadline-passed" };
const response = (status: number): NonInviteClientInput => ({ kind: "response-received", status });
const WAITING = { timing: UDP, repeatAt: 1000, intervalMs: 500, giveUpAt: 9000 };

runTable<NonInviteClient, NonInviteClientInput>({
  name: "non-INVITE client transaction, RFC 3261 17.1.2",
  phases: {
    trying: { phase: "trying", ...WAITING },
    proceeding: { phase: "proceeding", ...WAITING },
    completed: { phase: "completed", endAt: 1000 },
    terminated: { phase: "terminated" },
  },
  inputs: {
    "1xx": response(100),
    final: response(200),
    early: EARLY,
    due: DUE,
    failed: { kind: "transport-failed" },
  },
  kinds: { "response-received": true, "deadline-passed": true, "transport-failed": true },
  step: (state, input) => stepNonInviteClient(state, input === EARLY ? 999 : 1000, input),
  table: `
    trying     | 1xx    | proceeding | report-response        | 17.1.2.2
    trying     | final  | completed  | report-response        | 17.1.2.2
    trying     | early  | same       |                        | timer E not over
    trying     | due    | trying     | send-request           | 17.1.2.2: timer E repeats
    trying     | failed | terminated | report-transport-error | 17.1.4
    proceeding | 1xx    | proceeding | report-response        | 17.1.2.2
    proceeding | final  | completed  | report-response        | 17.1.2.2
    proceeding | early  | same       |                        | timer E not over
    proceeding | due    | proceeding | send-request           | 17.1.2.2: timer E goes on after a 1xx
    proceeding | failed | terminated | report-transport-error | 17.1.4
    completed  | 1xx    | same       |                        | 17.1.2.2: absorbed
    completed  | final  | same       |                        | 17.1.2.2: a repeated answer is absorbed
    completed  | early  | same       |                        | timer K not over
    completed  | due    | terminated |                        | 17.1.2.2: timer K over
    completed  | failed | same       |                        | the answer is known
    terminated | 1xx    | same       |                        | over
    terminated | final  | same       |                        | over
    terminated | early  | same       |                        | over
    terminated | due    | same       |                        | over
    terminated | failed | same       |                        | over
  `,
});

/** Lets every deadline pass at its moment; lists when the request was sent and how it ended. */
function life(from: NonInviteClient): readonly string[] {
  const log: string[] = [];
  let state = from;
  for (;;) {
    const at = nonInviteClientDeadline(state);
    if (at === null) return log;
    const next = stepNonInviteClient(state, at, DUE);
    for (const effect of next.effects) log.push(`${at} ${effect.kind}`);
    state = next.state;
  }
}

describe("non-INVITE client timers", () => {
  it("17.1.2.2: timer E doubles up to T2, timer F ends it at 64*T1", () => {
    expect(life(startNonInviteClient(0, UDP).state)).toEqual([
      "500 send-request",
      "1500 send-request",
      "3500 send-request",
      "7500 send-request",
      "11500 send-request",
      "15500 send-request",
      "19500 send-request",
      "23500 send-request",
      "27500 send-request",
      "31500 send-request",
      "32000 report-timeout",
    ]);
  });

  it("17.1.2.2: after a 1xx the repetition goes on every T2 and timer F still ends it", () => {
    const { state } = stepNonInviteClient(startNonInviteClient(0, UDP).state, 100, response(100));
    expect(life(state)).toEqual([
      "500 send-request",
      "4500 send-request",
      "8500 send-request",
      "12500 send-request",
      "16500 send-request",
      "20500 send-request",
      "24500 send-request",
      "28500 send-request",
      "32000 report-timeout",
    ]);
  });

  it("17.1.2.2: over TCP nothing is repeated, timer F stays, also after a 1xx", () => {
    const { state } = startNonInviteClient(0, TCP);
    expect(life(state)).toEqual(["32000 report-timeout"]);
    const proceeding = stepNonInviteClient(state, 100, response(100)).state;
    expect(life(proceeding)).toEqual(["32000 report-timeout"]);
  });

  it("17.1.2.2: timer K is T4 over UDP and 0 over TCP", () => {
    const udp = stepNonInviteClient(startNonInviteClient(0, UDP).state, 100, response(200)).state;
    const tcp = stepNonInviteClient(startNonInviteClient(0, TCP).state, 100, response(200)).state;
    expect(nonInviteClientDeadline(udp)).toBe(5100);
    expect(tcp.phase).toBe("terminated");
  });
});
