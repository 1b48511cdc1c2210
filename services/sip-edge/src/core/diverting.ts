/**
 * What an INVITE says of the forwarding that led to it (DOMAIN 4.2): Diversion (RFC 5806) or
 * History-Info (RFC 7044), as the trunk wants it. Owns: those headers, the limit that bounds them.
 * Does not own: why a call is forwarded (controller), whose number diverts (asked by the shell).
 *
 * DV1  Only the diverting number, the number dialled and the count stand in them. Earlier diversions of
 *      the call are counted, never named: they would tell of others, and of the caller.
 * DV2  Both headers carry the same count, so that a call that comes back is known by it (4.5).
 */
import { unreachable } from "../../../lib/telephony/assert.ts";
import type { Diverting, DivertingReason } from "../../../lib/telephony/leg.ts";
import type { HeaderPair } from "./message/serialize.ts";

/** Diversions that a call may have, ours included (DOMAIN 4.5); a leg beyond them is not dialled. */
export const DIVERSIONS_MAX = 5;

/** One reason in the words of both headers. */
interface Wording {
  /** RFC 5806, `reason`. */
  readonly reason: string;
  /** RFC 4458 `cause`, by the table of RFC 7544. */
  readonly cause: number;
}

/** A rejected ringing counts as deflection during alerting (487); who is not found has no word. */
const WORDINGS: Readonly<Record<DivertingReason, Wording>> = {
  unconditional: { reason: "unconditional", cause: 302 },
  "user-busy": { reason: "user-busy", cause: 486 },
  "no-answer": { reason: "no-answer", cause: 408 },
  unavailable: { reason: "unavailable", cause: 503 },
  "not-found": { reason: "unknown", cause: 404 },
  deflection: { reason: "deflection", cause: 487 },
};

/** RFC 4458: nothing is known of it. */
const UNKNOWN_CAUSE = 404;
/** Stands for a forwarder that is counted and not named; the domain never exists (RFC 2606). */
const UNNAMED = "sip:unknown@unknown.invalid";

/** The URIs that stand in the headers, as the trunk writes numbers. */
export interface DivertingUris {
  readonly diverting: string;
  readonly target: string;
}

/** The headers; none for a leg that forwards nothing and for a trunk that does not want them. */
export function divertingHeaders(
  diverting: Diverting | null,
  profile: "off" | "diversion" | "history-info",
  uris: DivertingUris,
): readonly HeaderPair[] {
  if (diverting === null) return [];
  const { reason, cause } = WORDINGS[diverting.reason];
  switch (profile) {
    case "off":
      return [];
    case "diversion": {
      const params = `;reason=${reason};counter=${diverting.counter};privacy=off`;
      return [["Diversion", `<${uris.diverting}>${params}`]];
    }
    case "history-info":
      return historyOf(diverting.counter, cause, uris).map((entry) => ["History-Info", entry]);
    default:
      return unreachable(profile);
  }
}

/**
 * RFC 7044 5: a chain of retargets, each index below the one before. The number dialled was mapped
 * from the diverting one (`mp`). How the unnamed ones came about is not known: no such mark.
 */
function historyOf(counter: number, cause: number, uris: DivertingUris): readonly string[] {
  const unnamed = Array.from({ length: counter - 1 }, () => UNNAMED);
  const hops = [...unnamed, uris.diverting, uris.target];
  return hops.map((uri, depth) => {
    const index = indexOf(depth);
    if (depth === 0) return `<${uri}>;index=${index}`;
    const isTarget = depth === counter;
    const why = `;cause=${isTarget ? cause : UNKNOWN_CAUSE}`;
    const mapped = isTarget ? `;mp=${indexOf(depth - 1)}` : "";
    return `<${uri}${why}>;index=${index}${mapped}`;
  });
}

const indexOf = (depth: number): string => ["1", ...new Array<string>(depth).fill("1")].join(".");
