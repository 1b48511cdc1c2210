/**
 * A called party that passes its calls on, as a subscriber of a carrier may: a new call of its own,
 * joined to the one that came.
 * Owns: what one of the two does when the other rings, is answered, fails, is cancelled or ends.
 * Does not own: either call (incoming.ts, outgoing.ts), which calls are passed on (behaviour.ts).
 * F1. The new call has a Call-ID and 70 Max-Forwards of its own: nothing but its Diversion, where the
 *     behaviour wants one, tells that it is the same call.
 * F2. Bounded: at most FORWARDED_MAX at once; a further one gets 503, and it is a fault in the log. So a
 *     loop that nobody else stops ends here.
 */
import type { ForwardBehaviour } from "./behaviour.ts";
import type { Dialog } from "./dialog.ts";
import type { IncomingCall } from "./incoming.ts";
import type { CallOptions, OutgoingCall } from "./outgoing.ts";

/** Calls that a phone passes on at once. */
export const FORWARDED_MAX = 100;

/** Places a call of the phone. */
type PlaceCall = (target: string, options: CallOptions) => OutgoingCall;

/** Passes one call on. */
export type Forward = (incoming: IncomingCall, behaviour: ForwardBehaviour) => void;

/** What passes on the calls of one phone; `onFault` hears of calls beyond the bound (F2). */
export function createForwarding(place: PlaceCall, onFault: (text: string) => void): Forward {
  let up = 0;
  return (incoming, behaviour) => {
    if (up >= FORWARDED_MAX) {
      onFault(`more than ${FORWARDED_MAX} forwarded calls: ${incoming.callId} got 503`);
      return incoming.reject(503);
    }
    up += 1;
    const outgoing = place(behaviour.to, optionsFor(incoming, behaviour));
    join(incoming, outgoing, () => {
      up -= 1;
    });
  };
}

function optionsFor(incoming: IncomingCall, behaviour: ForwardBehaviour): CallOptions {
  const { from, via, diversion } = behaviour;
  const counter = diversion === "count" ? incoming.diversions + 1 : (diversion ?? 0);
  const diverting = `<sip:${incoming.number}@forwarder.invalid>`;
  return {
    from: from ?? incoming.from,
    ...(incoming.offer === "" ? {} : { sdp: incoming.offer }),
    ...(via === undefined ? {} : { via }),
    ...(counter === 0
      ? {}
      : { headers: { diversion: `${diverting};reason=unconditional;counter=${counter}` } }),
  };
}

/** `onOver` runs once, when the new call is over. */
function join(incoming: IncomingCall, outgoing: OutgoingCall, onOver: () => void): void {
  outgoing.ringing.onReached(() => incoming.ring());
  outgoing.settled.onReached((outcome) => {
    if (outcome.kind === "failed") {
      onOver();
      return incoming.reject(outcome.status);
    }
    outgoing.dialog?.ended.onReached(onOver);
    incoming.answer(outcome.sdp);
    endTogether(incoming.dialog, outgoing.dialog);
  });
  incoming.settled.onReached((outcome) => {
    if (outcome.kind !== "answered") outgoing.cancel();
  });
}

function endTogether(one: Dialog | null, other: Dialog | null): void {
  one?.ended.onReached(() => hangUp(other));
  other?.ended.onReached(() => hangUp(one));
}

function hangUp(dialog: Dialog | null): void {
  if (dialog !== null && dialog.ended.value === null) void dialog.bye();
}
