import { describe, expect, it } from "vitest";
import { runTable } from "../../../test/transition-table.ts";
import {
  type NonInviteServer,
  type NonInviteServerInput,
  nonInviteServerDeadline,
  startNonInviteServer,
  stepNonInviteServer,
} from "./non-invite-server.ts";
import { RFC_TIMERS, type Timing } from "./timers.ts";

const UDP: Timing = { ...RFC_TIMERS, isReliable: false };
const TCP: Timing = { ...RFC_TIMERS, isReliable: true };
const DUE: NonInviteServerInput = { kind: "deadline-passed" };
const EARLY: NonInviteServerInput = { kind: "deadline-passed" };
const given = (status: number): NonInviteServerInput => ({ kind: "response-given", status });

runTable<NonInviteServer, NonInviteServerInput>({
  name: "non-INVITE server transaction, RFC 3261 17.2.2",
  phases: {
    trying: { phase: "trying", timing: UDP, giveUpAt: 1000 },
    proceeding: { phase: "proceeding", timing: UDP, giveUpAt: 1000 },
    completed: { phase: "completed", endAt: 1000 },
    terminated: { phase: "terminated" },
  },
  inputs: {
    again: { kind: "request-repeated" },
    "1xx": given(100),
    final: given(200),
    early: EARLY,
    due: DUE,
    failed: { kind: "transport-failed" },
  },
  kinds: {
    "request-repeated": true,
    "response-given": true,
    "deadline-passed": true,
    "transport-failed": true,
  },
  step: (state, input) => stepNonInviteServer(state, input === EARLY ? 999 : 1000, input),
  table: `
    trying     | again  | same       |                        | 17.2.2: discarded
    trying     | 1xx    | proceeding | send-response          | 17.2.2
    trying     | final  | completed  | send-response          | 17.2.2
    trying     | early  | same       |                        | 64*T1 not over
    trying     | due    | terminated | report-unanswered      | RFC 4320 4.2: no 408, the client gave up
    trying     | failed | trying     | report-transport-error | NS3
    proceeding | again  | proceeding | repeat-response        | 17.2.2
    proceeding | 1xx    | proceeding | send-response          | 17.2.2
    proceeding | final  | completed  | send-response          | 17.2.2
    proceeding | early  | same       |                        | 64*T1 not over
    proceeding | due    | terminated | report-unanswered      | RFC 4320 4.2
    proceeding | failed | proceeding | report-transport-error | NS3
    completed  | again  | completed  | repeat-response        | 17.2.2
    completed  | 1xx    | completed  | drop-response          | 17.2.2: discarded after the final one
    completed  | final  | completed  | drop-response          | 17.2.2: discarded after the final one
    completed  | early  | same       |                        | timer J not over
    completed  | due    | terminated |                        | 17.2.2: timer J over
    completed  | failed | completed  | report-transport-error | NS3
    terminated | again  | same       |                        | over
    terminated | 1xx    | terminated | drop-response          | NS2
    terminated | final  | terminated | drop-response          | NS2
    terminated | early  | same       |                        | over
    terminated | due    | same       |                        | over
    terminated | failed | same       |                        | over
  `,
});

describe("non-INVITE server timers", () => {
  it("17.2.2: timer J is 64*T1 over UDP and 0 over TCP", () => {
    const udp = stepNonInviteServer(startNonInviteServer(0, UDP).state, 100, given(200)).state;
    const tcp = stepNonInviteServer(startNonInviteServer(0, TCP).state, 100, given(200)).state;
    expect(nonInviteServerDeadline(udp)).toBe(32_100);
    expect(tcp.phase).toBe("terminated");
  });

  it("a request that nobody answers does not keep its transaction, over any transport", () => {
    for (const timing of [UDP, TCP]) {
      const { state } = startNonInviteServer(0, timing);
      expect(nonInviteServerDeadline(state)).toBe(32_000);
      const proceeding = stepNonInviteServer(state, 31_000, given(100)).state;
      expect(nonInviteServerDeadline(proceeding)).toBe(32_000);
    }
  });
});
