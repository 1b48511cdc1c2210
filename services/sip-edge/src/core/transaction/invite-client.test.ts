import { describe, expect, it } from "vitest";
import { runTable } from "../../../test/transition-table.ts";
import {
  type InviteClient,
  type InviteClientInput,
  inviteClientDeadline,
  startInviteClient,
  stepInviteClient,
} from "./invite-client.ts";
import { RFC_TIMERS, type Timing } from "./timers.ts";

const UDP: Timing = { ...RFC_TIMERS, isReliable: false };
const TCP: Timing = { ...RFC_TIMERS, isReliable: true };
const DUE: InviteClientInput = { kind: "deadline-passed" };
const response = (status: number): InviteClientInput => ({ kind: "response-received", status });

/** All example states are due at 1000; `early` is stepped at 999, everything else at 1000. */
const EARLY: InviteClientInput = { kind: "deadline-passed" };

runTable<InviteClient, InviteClientInput>({
  name: "INVITE client transaction, RFC 3261 17.1.1 and RFC 6026 7.2",
  phases: {
    calling: {
      phase: "calling",
      timing: UDP,
      isCancelWanted: false,
      repeatAt: 1000,
      intervalMs: 500,
      giveUpAt: 9000,
    },
    proceeding: { phase: "proceeding", timing: UDP, ringUntil: 1000 },
    cancelling: { phase: "cancelling", timing: UDP, cause: "cancelled", giveUpAt: 1000 },
    completed: { phase: "completed", timing: UDP, endAt: 1000 },
    accepted: { phase: "accepted", timing: UDP, endAt: 1000 },
    terminated: { phase: "terminated" },
  },
  inputs: {
    "1xx": response(180),
    "2xx": response(200),
    refusal: response(486),
    cancel: { kind: "cancel-requested" },
    early: EARLY,
    due: DUE,
    failed: { kind: "transport-failed" },
  },
  kinds: {
    "response-received": true,
    "cancel-requested": true,
    "deadline-passed": true,
    "transport-failed": true,
  },
  step: (state, input) => stepInviteClient(state, input === EARLY ? 999 : 1000, input),
  table: `
    calling    | 1xx     | proceeding | report-response          | 17.1.1.2: a 1xx ends the repetition
    calling    | 2xx     | accepted   | report-response          | RFC 6026 7.2: a 2xx leads to Accepted
    calling    | refusal | completed  | send-ack report-response | 17.1.1.3: a 3xx-6xx is acknowledged here
    calling    | cancel  | calling    |                          | 9.1: no CANCEL before a provisional
    calling    | early   | same       |                          | an alarm before its time changes nothing
    calling    | due     | calling    | send-request             | 17.1.1.2: timer A repeats the INVITE
    calling    | failed  | terminated | report-transport-error   | 17.1.4: told at once
    proceeding | 1xx     | proceeding | report-response          | 17.1.1.2: each provisional is passed up
    proceeding | 2xx     | accepted   | report-response          | RFC 6026 7.2
    proceeding | refusal | completed  | send-ack report-response | 17.1.1.2
    proceeding | cancel  | cancelling | send-cancel              | 9.1
    proceeding | early   | same       |                          | timer C not over
    proceeding | due     | cancelling | send-cancel              | 16.8: timer C over, CANCEL
    proceeding | failed  | same       |                          | 18.2.2: the answer may take a new connection
    cancelling | 1xx     | cancelling | report-response          | 9.1: a provisional that crossed
    cancelling | 2xx     | accepted   | report-response          | 9.1: a 200 that crossed our CANCEL is an answer
    cancelling | refusal | completed  | send-ack report-response | 9.1: the 487 that was hoped for
    cancelling | cancel  | same       |                          | 9.1: one CANCEL only
    cancelling | early   | same       |                          | 64*T1 not over
    cancelling | due     | terminated | report-timeout           | 9.1: no final response in 64*T1
    cancelling | failed  | same       |                          | the CANCEL has its own transaction
    completed  | 1xx     | same       |                          | 17.1.1.2: nothing follows a final response
    completed  | 2xx     | same       |                          | 17.1.1.2: nothing follows a refusal
    completed  | refusal | completed  | send-ack                 | 17.1.1.2: a repeated refusal gets its ACK again
    completed  | cancel  | same       |                          | 9.1: too late
    completed  | early   | same       |                          | timer D not over
    completed  | due     | terminated |                          | 17.1.1.2: timer D over
    completed  | failed  | terminated |                          | the outcome is known; timer H is the peer's
    accepted   | 1xx     | same       |                          | RFC 6026 7.2: a late provisional is dropped
    accepted   | 2xx     | accepted   | report-response          | RFC 6026 7.2: each 2xx goes up
    accepted   | refusal | same       |                          | RFC 6026 7.2: dropped
    accepted   | cancel  | same       |                          | 9.1: answered, BYE is what ends it
    accepted   | early   | same       |                          | timer M not over
    accepted   | due     | terminated |                          | RFC 6026 7.2: timer M over
    accepted   | failed  | same       |                          | the ACK of a 2xx is not this transaction's
    terminated | 1xx     | same       |                          | over
    terminated | 2xx     | same       |                          | over
    terminated | refusal | same       |                          | over
    terminated | cancel  | same       |                          | over
    terminated | early   | same       |                          | over
    terminated | due     | same       |                          | over
    terminated | failed  | same       |                          | over
  `,
});

/** Lets every deadline pass at its moment; lists when what was done. */
function life(from: InviteClient, until: number): readonly string[] {
  const log: string[] = [];
  let state = from;
  for (;;) {
    const at = inviteClientDeadline(state);
    if (at === null || at > until) return log;
    const next = stepInviteClient(state, at, DUE);
    for (const effect of next.effects) log.push(`${at} ${effect.kind}`);
    if (next.state.phase !== state.phase) log.push(`${at} ${next.state.phase}`);
    state = next.state;
  }
}

describe("INVITE client timers", () => {
  it("17.1.1.2: timer A doubles without a cap until timer B at 64*T1", () => {
    expect(life(startInviteClient(0, UDP).state, 1e6)).toEqual([
      "500 send-request",
      "1500 send-request",
      "3500 send-request",
      "7500 send-request",
      "15500 send-request",
      "31500 send-request",
      "32000 report-timeout",
      "32000 terminated",
    ]);
  });

  it("17.1.1.2: over TCP nothing is repeated, timer B stays", () => {
    expect(life(startInviteClient(0, TCP).state, 1e6)).toEqual([
      "32000 report-timeout",
      "32000 terminated",
    ]);
  });

  it("16.6: without an end to ringing, timer C sends CANCEL and 64*T1 later the silence ends", () => {
    const ringing = stepInviteClient(startInviteClient(0, UDP).state, 100, response(180)).state;
    expect(life(ringing, 1e6)).toEqual([
      "181100 send-cancel",
      "181100 cancelling",
      "213100 report-timeout",
      "213100 terminated",
    ]);
  });

  it("16.6: a 183 starts timer C again, a 100 does not", () => {
    const ringing = stepInviteClient(startInviteClient(0, UDP).state, 0, response(180)).state;
    const after100 = stepInviteClient(ringing, 50_000, response(100)).state;
    const after183 = stepInviteClient(ringing, 50_000, response(183)).state;
    expect(inviteClientDeadline(after100)).toBe(181_000);
    expect(inviteClientDeadline(after183)).toBe(231_000);
  });

  it("9.1: a CANCEL wanted before the first response goes out with the first provisional", () => {
    const wanted = stepInviteClient(startInviteClient(0, UDP).state, 10, {
      kind: "cancel-requested",
    });
    expect(wanted.effects).toEqual([]);
    const first = stepInviteClient(wanted.state, 20, response(100));
    expect(first.state.phase).toBe("cancelling");
    expect(first.effects.map((effect) => effect.kind)).toEqual(["send-cancel", "report-response"]);
  });

  it("9.1: a CANCEL wanted before any response that never comes is reported as cancelled", () => {
    const wanted = stepInviteClient(startInviteClient(0, TCP).state, 10, {
      kind: "cancel-requested",
    });
    const end = stepInviteClient(wanted.state, 32_000, DUE);
    expect(end.effects).toEqual([{ kind: "report-timeout", cause: "cancelled" }]);
  });

  it("17.1.1.2: timer D is 32 s over UDP and 0 over TCP", () => {
    const udp = stepInviteClient(startInviteClient(0, UDP).state, 100, response(404)).state;
    const tcp = stepInviteClient(startInviteClient(0, TCP).state, 100, response(404)).state;
    expect(inviteClientDeadline(udp)).toBe(32_100);
    expect(tcp.phase).toBe("terminated");
  });

  it("RFC 6026 7.2: timer M is 64*T1 over every transport", () => {
    for (const timing of [UDP, TCP]) {
      const { state } = stepInviteClient(startInviteClient(0, timing).state, 100, response(200));
      expect(inviteClientDeadline(state)).toBe(32_100);
    }
  });

  it("an alarm that comes after timer B gives up instead of repeating", () => {
    const late = stepInviteClient(startInviteClient(0, UDP).state, 40_000, DUE);
    expect(late.effects).toEqual([{ kind: "report-timeout", cause: "no-response" }]);
  });
});
