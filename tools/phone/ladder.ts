/**
 * A call as a person reads it: one line per message, as it happens.
 * Owns: the text of a line. Does not own: the log it reads.
 */
import type { LoggedMessage, MessageLog } from "./log.ts";
import { readAudioPort } from "./sdp.ts";

/** Prints each message of the log from now on; `label` tells several phones apart. */
export function printLadder(
  log: MessageLog,
  print: (line: string) => void,
  label = "",
): () => void {
  const startedAt = Date.now();
  return log.onEntry((entry) => print(`${label}${formatMessage(entry, startedAt)}`));
}

/** One message as a line; the time is milliseconds since `startedAt`. */
export function formatMessage(entry: LoggedMessage, startedAt: number): string {
  const time = `+${entry.at - startedAt} ms`.padStart(10);
  const arrow = entry.direction === "in" ? "<──" : "──>";
  const notes = [
    entry.status === null && entry.method === "INVITE" ? `from ${entry.from}` : null,
    entry.status === null ? null : `to ${entry.method}`,
    describeBody(entry.body),
    entry.reason === null ? null : `Reason: ${entry.reason}`,
    entry.retransmission ? "sent again" : null,
  ].filter((note) => note !== null);
  const line = entry.startLine.replace(" SIP/2.0", "").replace("SIP/2.0 ", "");
  const tail = notes.length === 0 ? "" : `  (${notes.join(", ")})`;
  return `${time}  ${arrow} ${entry.remote.padEnd(21)}  ${line}${tail}`;
}

function describeBody(body: string): string | null {
  if (body === "") return null;
  const port = readAudioPort(body);
  return port === null ? `${body.length} bytes` : `audio port ${port}`;
}
