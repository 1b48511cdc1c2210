import { describe, expect, it } from "vitest";
import { runTable } from "../../../test/transition-table.ts";
import {
  type InviteServer,
  type InviteServerInput,
  inviteServerDeadline,
  startInviteServer,
  stepInviteServer,
} from "./invite-server.ts";
import { RFC_TIMERS, type Timing } from "./timers.ts";

const UDP: Timing = { ...RFC_TIMERS, isReliable: false };
const TCP: Timing = { ...RFC_TIMERS, isReliable: true };
const DUE: InviteServerInput = { kind: "deadline-passed" };
const EARLY: InviteServerInput = { kind: "deadline-passed" };
const given = (status: number): InviteServerInput => ({ kind: "response-given", status });

runTable<InviteServer, InviteServerInput>({
  name: "INVITE server transaction, RFC 3261 17.2.1 and RFC 6026 7.1",
  phases: {
    proceeding: { phase: "proceeding", timing: UDP, tryingAt: 1000, answerBy: 9000 },
    completed: {
      phase: "completed",
      timing: UDP,
      repeatAt: 1000,
      intervalMs: 500,
      giveUpAt: 9000,
    },
    confirmed: { phase: "confirmed", endAt: 1000 },
    accepted: { phase: "accepted", endAt: 1000 },
    terminated: { phase: "terminated" },
  },
  inputs: {
    again: { kind: "request-repeated" },
    "1xx": given(180),
    "2xx": given(200),
    refusal: given(486),
    ack: { kind: "ack-received" },
    early: EARLY,
    due: DUE,
    failed: { kind: "transport-failed" },
  },
  kinds: {
    "request-repeated": true,
    "response-given": true,
    "ack-received": true,
    "deadline-passed": true,
    "transport-failed": true,
  },
  step: (state, input) => stepInviteServer(state, input === EARLY ? 999 : 1000, input),
  table: `
    proceeding | again   | same       |                        | 17.2.1: nothing to repeat before the 100
    proceeding | 1xx     | proceeding | send-response          | 17.2.1
    proceeding | 2xx     | accepted   | send-response          | RFC 6026 7.1
    proceeding | refusal | completed  | send-response          | 17.2.1
    proceeding | ack     | same       |                        | nothing to acknowledge yet
    proceeding | early   | same       |                        | 200 ms not over
    proceeding | due     | proceeding | send-trying            | 17.2.1: 100 within 200 ms
    proceeding | failed  | proceeding | report-transport-error | RFC 6026 7.2: the state is kept
    completed  | again   | completed  | repeat-response        | 17.2.1
    completed  | 1xx     | completed  | drop-response          | 17.2.1: discarded after the final one
    completed  | 2xx     | completed  | drop-response          | 17.2.1: discarded after the final one
    completed  | refusal | completed  | drop-response          | 17.2.1: discarded after the final one
    completed  | ack     | confirmed  |                        | 17.2.1
    completed  | early   | same       |                        | timer G not over
    completed  | due     | completed  | repeat-response        | 17.2.1: timer G repeats the refusal
    completed  | failed  | completed  | report-transport-error | RFC 6026 7.2: the state is kept
    confirmed  | again   | same       |                        | 17.2.1: absorbed
    confirmed  | 1xx     | confirmed  | drop-response          | 17.2.1
    confirmed  | 2xx     | confirmed  | drop-response          | 17.2.1
    confirmed  | refusal | confirmed  | drop-response          | 17.2.1
    confirmed  | ack     | same       |                        | 17.2.1: repeated ACKs are absorbed
    confirmed  | early   | same       |                        | timer I not over
    confirmed  | due     | terminated |                        | 17.2.1: timer I over
    confirmed  | failed  | same       |                        | settled already
    accepted   | again   | same       |                        | RFC 6026 7.1: absorbed
    accepted   | 1xx     | accepted   | drop-response          | RFC 6026 7.1
    accepted   | 2xx     | accepted   | send-response          | RFC 6026 7.1: the layer above repeats its 2xx
    accepted   | refusal | accepted   | drop-response          | RFC 6026 7.1
    accepted   | ack     | same       |                        | RFC 6026 7.1: an ACK changes nothing here
    accepted   | early   | same       |                        | timer L not over
    accepted   | due     | terminated |                        | RFC 6026 7.1: timer L over
    accepted   | failed  | accepted   | report-transport-error | RFC 6026 7.2: the state is kept
    terminated | again   | same       |                        | over
    terminated | 1xx     | terminated | drop-response          | over
    terminated | 2xx     | terminated | drop-response          | over
    terminated | refusal | terminated | drop-response          | over
    terminated | ack     | same       |                        | over
    terminated | early   | same       |                        | over
    terminated | due     | same       |                        | over
    terminated | failed  | same       |                        | over
  `,
});

/** Lets every deadline pass at its moment; lists when what was done. */
function life(from: InviteServer): readonly string[] {
  const log: string[] = [];
  let state = from;
  for (;;) {
    const at = inviteServerDeadline(state);
    if (at === null) return log;
    const next = stepInviteServer(state, at, DUE);
    for (const effect of next.effects) log.push(`${at} ${effect.kind}`);
    state = next.state;
  }
}

const fresh = (timing: Timing): InviteServer => startInviteServer(0, timing, "after-200-ms").state;

describe("INVITE server timers", () => {
  it("17.2.1: 100 goes out at once when so set, and is what a repetition gets", () => {
    const started = startInviteServer(0, UDP, "at-once");
    expect(started.effects).toEqual([{ kind: "send-trying" }]);
    const again = stepInviteServer(started.state, 500, { kind: "request-repeated" });
    expect(again.effects).toEqual([{ kind: "repeat-response" }]);
  });

  it("17.2.1: no 100 after an answer within 200 ms", () => {
    const ringing = stepInviteServer(fresh(UDP), 100, given(180)).state;
    expect(inviteServerDeadline(ringing)).toBe(RFC_TIMERS.answerMs);
  });

  it("17.2.1: timer G doubles up to T2 over UDP, timer H reports the missing ACK", () => {
    const { state } = stepInviteServer(fresh(UDP), 0, given(486));
    expect(life(state)).toEqual([
      "500 repeat-response",
      "1500 repeat-response",
      "3500 repeat-response",
      "7500 repeat-response",
      "11500 repeat-response",
      "15500 repeat-response",
      "19500 repeat-response",
      "23500 repeat-response",
      "27500 repeat-response",
      "31500 repeat-response",
      "32000 report-ack-missing",
    ]);
  });

  it("17.2.1: over TCP a refusal is sent once, timer H stays, timer I is 0", () => {
    const { state } = stepInviteServer(fresh(TCP), 0, given(486));
    expect(life(state)).toEqual(["32000 report-ack-missing"]);
    expect(stepInviteServer(state, 10, { kind: "ack-received" }).state.phase).toBe("terminated");
  });

  it("17.2.1: timer I is T4 over UDP", () => {
    const { state } = stepInviteServer(fresh(UDP), 0, given(486));
    const confirmed = stepInviteServer(state, 10, { kind: "ack-received" }).state;
    expect(inviteServerDeadline(confirmed)).toBe(5010);
  });

  it("RFC 6026 7.1: timer L is 64*T1", () => {
    expect(inviteServerDeadline(stepInviteServer(fresh(TCP), 10, given(200)).state)).toBe(32_010);
  });

  it("an INVITE that is never answered is refused with 500 and freed", () => {
    const log = life(fresh(TCP));
    expect(log).toEqual([
      "200 send-trying",
      "300000 send-refusal",
      "300000 report-unanswered",
      "332000 report-ack-missing",
    ]);
  });
});
