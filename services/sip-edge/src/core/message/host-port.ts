/**
 * Host and port as they stand in Via and in SIP URIs (RFC 3261 25.1 `hostport`). Does not own:
 * name resolution.
 */

import { endOfDigits, readNumber } from "./scan.ts";

/** `host` is lower-case, an IPv6 address keeps its brackets; `end` is the index after the host. */
export interface HostText {
  readonly host: string;
  readonly end: number;
}

/** Reads a host name, IPv4 address or bracketed IPv6 address at `at`; undefined when none. */
export function readHost(text: string, at: number): HostText | undefined {
  const end = text.charCodeAt(at) === 91 ? endOfIpv6(text, at) : endOfHostName(text, at);
  return end <= at ? undefined : { host: text.slice(at, end).toLowerCase(), end };
}

/** Reads a port 1-65535 whose digits start at `at`; the index after it, or -1 and port 0. */
export function readPort(
  text: string,
  at: number,
): { readonly port: number; readonly end: number } {
  const end = endOfDigits(text, at);
  const port = readNumber(text, 65_535, at, end) ?? 0;
  return { port, end: port === 0 ? -1 : end };
}

/** Letters, digits, `.`, `-`, and `_`, which hosts in the field do use. */
function endOfHostName(text: string, at: number): number {
  let i = at;
  for (; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    const lower = code | 32;
    const isLetter = lower >= 97 && lower <= 122;
    const isDigit = code >= 48 && code <= 57;
    if (!isLetter && !isDigit && code !== 46 && code !== 45 && code !== 95) break;
  }
  return i;
}

function endOfIpv6(text: string, at: number): number {
  let colons = 0;
  for (let i = at + 1; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    const lower = code | 32;
    if (code === 93) return colons >= 2 ? i + 1 : -1;
    const isHex = (code >= 48 && code <= 57) || (lower >= 97 && lower <= 102);
    if (code === 58) colons += 1;
    else if (!isHex && code !== 46) return -1;
  }
  return -1;
}
