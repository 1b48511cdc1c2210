/**
 * What a SIPp's message log says of each call: when it was offered, how it was answered, who hung up.
 * Reads text; starts nothing.
 *
 * Moments are ms on this machine's clock. A message that is sent again counts once, with its first.
 */
import { headerValues } from "../phone/log.ts";

/** One call as one side of it saw it. */
export interface LoggedCall {
  /** Port of the audio that the INVITE offers: the same on both sides of a bridged call. */
  readonly audioPort: number;
  readonly from: string;
  readonly offeredAt: number;
  /** Final response to the INVITE; null while there is none. */
  readonly final: {
    readonly status: number;
    readonly at: number;
    readonly retryAfter: string;
  } | null;
  /** The BYE of this side, and the one that it was sent. */
  readonly byeSentAt: number | null;
  readonly byeGotAt: number | null;
  /** Response to the BYE of this side. */
  readonly byeStatus: number | null;
}

interface Message {
  readonly at: number;
  readonly isSent: boolean;
  readonly raw: string;
}

const HEAD =
  /^-{40,} (\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d\.\d+)\n\S+ message (sent|received)[^\n]*\n\n/gm;

function messagesIn(log: string): readonly Message[] {
  const heads = [...log.matchAll(HEAD)];
  return heads.map((head, index) => ({
    at: Date.parse(`${head[1]}T${head[2]?.slice(0, 12)}`),
    isSent: head[3] === "sent",
    raw: log.slice((head.index ?? 0) + head[0].length, heads[index + 1]?.index ?? log.length),
  }));
}

const first = (raw: string, header: string): string => headerValues(raw, header)[0] ?? "";

/** All calls of a log, in the order of their INVITEs. */
export function callsIn(log: string): readonly LoggedCall[] {
  const calls = new Map<string, LoggedCall>();
  for (const message of messagesIn(log)) {
    const { raw } = message;
    const id = first(raw, "call-id");
    const call = calls.get(id);
    if (call !== undefined) calls.set(id, { ...call, ...changeBy(message, call) });
    else if (raw.startsWith("INVITE ")) calls.set(id, offered(message));
  }
  return [...calls.values()];
}

const offered = ({ at, raw }: Message): LoggedCall => ({
  audioPort: Number(/^m=audio (\d+)/m.exec(raw)?.[1]),
  from: /sip:([^@>]*)/.exec(first(raw, "from"))?.[1] ?? "",
  offeredAt: at,
  final: null,
  byeSentAt: null,
  byeGotAt: null,
  byeStatus: null,
});

function changeBy({ at, isSent, raw }: Message, call: LoggedCall): Partial<LoggedCall> {
  if (raw.startsWith("BYE ")) {
    if (isSent) return { byeSentAt: call.byeSentAt ?? at };
    return { byeGotAt: call.byeGotAt ?? at };
  }
  const status = Number(/^SIP\/2\.0 (\d{3})/.exec(raw)?.[1] ?? 0);
  if (status < 200) return {};
  const method = first(raw, "cseq").split(/\s+/)[1];
  if (method === "BYE") return isSent ? {} : { byeStatus: call.byeStatus ?? status };
  if (method !== "INVITE" || call.final !== null) return {};
  return { final: { status, at, retryAfter: first(raw, "retry-after") } };
}
