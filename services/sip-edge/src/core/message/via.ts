/**
 * The Via header's first element (RFC 3261 20.42, RFC 3581 rport). Does not own: matching of
 * transactions, choice of the response's target.
 */

import { readHost, readPort } from "./host-port.ts";
import {
  endOfToken,
  findParam,
  formatParams,
  isToken,
  type Params,
  readNumber,
  readParams,
  restOfParams,
  skipSpace,
} from "./scan.ts";

/**
 * One Via element. `transport` is lower-case ("udp", "tcp"); rport is "asked" when present without a
 * value (RFC 3581 3); `params` holds the parameters that have no field here.
 */
export interface Via {
  readonly transport: string;
  readonly host: string;
  readonly port: number | undefined;
  readonly branch: string | undefined;
  readonly received: string | undefined;
  readonly rport: number | "asked" | undefined;
  readonly params: Params;
}

/** A Via to write: only transport and host must be there. */
export type ViaText = Pick<Via, "transport" | "host"> & {
  readonly [Field in Exclude<keyof Via, "transport" | "host">]?: Via[Field] | undefined;
};

const OWN_FIELDS = ["branch", "received", "rport"] as const;

interface SentBy {
  readonly transport: string;
  readonly host: string;
  readonly port: number | undefined;
  readonly end: number;
}

/** Reads the first element of a Via value; undefined for bad syntax. RFC 3261 20.42. */
export function readVia(text: string): Via | undefined {
  const sentBy = readSentBy(text);
  if (sentBy === undefined) return undefined;
  const list: string[] = [];
  if (readParams(text, sentBy.end, list) === -1) return undefined;
  const { transport, host, port } = sentBy;
  const branch = findParam(list, "branch");
  const received = findParam(list, "received");
  const rport = readRport(findParam(list, "rport"));
  if (rport === null || (branch !== undefined && !isToken(branch))) return undefined;
  return { transport, host, port, branch, received, rport, params: restOfParams(list, OWN_FIELDS) };
}

/** True when protocol and sent-by can be read, whatever follows: enough to answer 400. */
export function hasSentBy(text: string): boolean {
  return readSentBy(text) !== undefined;
}

/** Index of the comma after the first element, or the text's length when it is the only one. */
export function endOfFirstVia(text: string): number {
  const sentBy = readSentBy(text);
  const end = sentBy === undefined ? -1 : readParams(text, sentBy.end, []);
  return end === -1 ? text.length : end;
}

/** Writes one Via element. */
export function formatVia(via: ViaText): string {
  const port = via.port === undefined ? "" : `:${via.port}`;
  let text = `SIP/2.0/${via.transport.toUpperCase()} ${via.host}${port}`;
  if (via.branch !== undefined) text += `;branch=${via.branch}`;
  if (via.received !== undefined) text += `;received=${via.received}`;
  if (via.rport !== undefined) text += via.rport === "asked" ? ";rport" : `;rport=${via.rport}`;
  return via.params === undefined ? text : text + formatParams(via.params);
}

/** `SIP / version / transport LWS host [: port]`, spaces allowed around slashes and colon. */
function readSentBy(text: string): SentBy | undefined {
  const nameEnd = endOfToken(text, 0);
  const slash1 = skipSpace(text, nameEnd);
  if (text.slice(0, nameEnd).toLowerCase() !== "sip") return undefined;
  const versionAt = skipSpace(text, slash1 + 1);
  const versionEnd = endOfToken(text, versionAt);
  const slash2 = skipSpace(text, versionEnd);
  const transportAt = skipSpace(text, slash2 + 1);
  const transportEnd = endOfToken(text, transportAt);
  const hostAt = skipSpace(text, transportEnd);
  if (text.charCodeAt(slash1) !== 47 || text.charCodeAt(slash2) !== 47) return undefined;
  if (versionEnd === versionAt || transportEnd === transportAt) return undefined;
  if (hostAt === transportEnd) return undefined;
  const host = readHost(text, hostAt);
  if (host === undefined) return undefined;
  const transport = text.slice(transportAt, transportEnd).toLowerCase();
  const colon = skipSpace(text, host.end);
  if (text.charCodeAt(colon) !== 58) {
    return { transport, host: host.host, port: undefined, end: colon };
  }
  const { port, end } = readPort(text, skipSpace(text, colon + 1));
  return end === -1 ? undefined : { transport, host: host.host, port, end };
}

/** null for a value that is no port. */
function readRport(value: string | undefined): number | "asked" | undefined | null {
  if (value === undefined) return undefined;
  if (value === "") return "asked";
  const port = readNumber(value, 65_535);
  return port === undefined || port === 0 ? null : port;
}
