/** Random answered calls, as they are kept: what keeping and its text must carry without loss. */
import fc from "fast-check";
import {
  arbitraryAttempt,
  arbitraryCallId,
  arbitraryInput,
  arbitraryInstant,
  arbitraryNodeId,
} from "../../lib/testkit/arbitraries.ts";
import type { KeptCall, KeptDialog, KeptSide } from "../src/core/answered.ts";
import type { Dialog } from "../src/core/dialog/dialog.ts";
import type { Peer } from "../src/core/leg/destination.ts";

const text = fc.string({ unit: "grapheme", maxLength: 30 });
const number = fc.nat({ max: 2 ** 30 });
const positive = fc.integer({ min: 1, max: 2 ** 30 });

const arbitraryDialog: fc.Arbitrary<Dialog> = fc.record({
  phase: fc.constant("confirmed"),
  callId: text,
  localTag: text,
  remoteTag: text,
  localParty: text,
  remoteParty: text,
  localSeq: fc.option(number, { nil: null }),
  remoteSeq: fc.option(number, { nil: null }),
  remoteTarget: text,
  routes: fc.array(text, { maxLength: 3 }),
});

const arbitraryKeptDialog: fc.Arbitrary<KeptDialog> = fc.record({
  dialog: arbitraryDialog,
  contact: text,
  lastRelay: number,
});

const arbitraryPeer: fc.Arbitrary<Peer> = fc.record({
  endpoint: fc.record(
    {
      transport: fc.constantFrom("udp", "tcp"),
      host: fc.ipV4(),
      port: fc.integer({ min: 1, max: 65_535 }),
      flow: text,
    },
    { requiredKeys: ["transport", "host", "port"] },
  ),
  kind: fc.constantFrom("telephone", "carrier"),
});

/** A side that is kept. */
export const arbitraryKeptSide: fc.Arbitrary<KeptSide> = fc
  .tuple(arbitraryKeptDialog, arbitraryPeer)
  .map(([kept, peer]) => ({ ...kept, peer }));

/** A call that is kept. */
export const arbitraryKeptCall: fc.Arbitrary<KeptCall> = fc
  .record({
    callId: arbitraryCallId,
    startedAt: arbitraryInstant,
    traceparent: text,
    anchor: fc.record({
      epoch: positive,
      commit: fc.record({
        step: positive,
        stateVersion: number,
        state: fc.uint8Array({ maxLength: 40 }),
      }),
      pending: fc.array(arbitraryInput, { maxLength: 4 }),
      lastSeq: number,
      formerHolder: fc.option(arbitraryNodeId, { nil: null }),
    }),
    over: fc.uniqueArray(arbitraryAttempt, { maxLength: 4 }),
    caller: arbitraryKeptSide,
    callee: fc.record({
      leg: arbitraryAttempt,
      branch: fc.nat({ max: 9 }),
      holder: arbitraryNodeId,
      peer: arbitraryPeer,
      dialog: fc.option(arbitraryKeptDialog, { nil: null }),
      mask: fc.record({ sessionId: text, hidden: fc.array(text, { maxLength: 3 }) }),
      isOutside: fc.boolean(),
    }),
  })
  .filter(({ over, callee }) => !over.includes(callee.leg));
