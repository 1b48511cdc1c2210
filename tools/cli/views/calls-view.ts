/** Live calls as a person reads them: a line a call, its legs below as a tree. */
import type { ListCallsResponse, LiveCall, LiveLeg } from "../../../services/lib/wire/call.ts";
import { fill, plain, widthOf } from "../columns.ts";
import { shownNumber } from "../numbers.ts";
import { duration, tokyoSecond } from "../time.ts";

/** All calls at `now`. */
export function callsLines({ calls }: ListCallsResponse, now: number): readonly string[] {
  const count = calls.length === 1 ? "1 call" : `${calls.length === 0 ? "no" : calls.length} calls`;
  return [
    `${count} at ${tokyoSecond(now)}`,
    ...calls.flatMap((call) => ["", ...callLines(call, now)]),
  ];
}

/** Whose calls are missing; null when none are. */
export const silenceWarning = ({ silentControllers }: ListCallsResponse): string | null =>
  silentControllers.length === 0
    ? null
    : `calls of ${plain(silentControllers.join(", "))} are missing: no answer within 0.5 s`;

function callLines(call: LiveCall, now: number): readonly string[] {
  const seconds = (from: number): string =>
    duration(Math.max(0, Math.round((now - from) / 100) * 100));
  const age =
    call.answeredAtMs > 0
      ? `talking for ${seconds(call.answeredAtMs)}`
      : `${call.phase} for ${seconds(call.startedAtMs)}`;
  const where = [
    ...(call.companyId === "" ? [] : [call.companyId]),
    ...(call.mode === "" ? [] : [call.mode]),
    `${call.anchor} / ${call.controller}`,
    ...(call.epoch > 1 ? [`epoch ${call.epoch}`] : []),
  ].join(", ");
  const who = `${shownNumber(call.caller) || "?"} -> ${shownNumber(call.called) || "?"}`;
  const head = plain(`${call.callId}  ${who}  ${age}  (${where})`);
  return [head, ...legLines(call.legs)];
}

/** Legs in columns of their own, so that the eye can run down them. */
function legLines(legs: readonly LiveLeg[]): readonly string[] {
  const rows = legs.map((leg) => [leg.leg, leg.phase, shownNumber(leg.target)].map(plain));
  const width = (column: number): number =>
    Math.max(0, ...rows.map((row) => widthOf(row[column] ?? "")));
  const widths = [width(0), width(1), width(2)];
  return legs.map((leg, index) => {
    const branch = index === legs.length - 1 ? "└─" : "├─";
    const cells = (rows[index] ?? []).map((cell, column) => fill(cell, widths[column] ?? 0));
    const source = leg.sourceNumber === "" ? "" : `as ${plain(shownNumber(leg.sourceNumber))}`;
    const channel = leg.holdsChannel ? "holds a channel" : "";
    const rest = [source, channel].filter((text) => text !== "").join(", ");
    return `${branch} ${[...cells, rest].join("  ")}`.trimEnd();
  });
}
