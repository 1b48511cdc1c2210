/**
 * Addresses in From, To, Contact, Route and their like (RFC 3261 20.10, 25.1): display name, URI
 * text and header parameters. Does not own: the URI's inside (uri.ts).
 *
 * N1  Strict: a quote that never closes, a comma outside quotes, a URI with `,` or `?` outside angle
 *     brackets, a parameter named twice are no address.
 */

import {
  endOfQuoted,
  endOfToken,
  findParam,
  formatParams,
  isToken,
  NO_PARAMS,
  type Params,
  quote,
  readParams,
  restOfParams,
  skipSpace,
  unquote,
} from "./scan.ts";

/**
 * One address; `display` is unquoted and "" when there is none, `uri` is raw text, `params` holds
 * the header parameters except the tag.
 */
export interface NameAddr {
  readonly display: string;
  readonly uri: string;
  readonly params: Params;
  readonly tag: string | undefined;
}

/** An address to write: as {@link NameAddr}, the tag only when there is one. */
export type NameAddrText = Omit<NameAddr, "tag"> & { readonly tag?: string | undefined };

const OWN_FIELDS = ["tag"] as const;

/** Reads one address that fills the text; undefined for bad syntax. RFC 3261 20.10. */
export function readNameAddr(text: string): NameAddr | undefined {
  const start = skipSpace(text, 0);
  const displayEnd = endOfDisplay(text, start);
  if (displayEnd === -1) return undefined;
  const open = skipSpace(text, displayEnd);
  if (text.charCodeAt(open) === 60) {
    const close = text.indexOf(">", open);
    if (close === -1) return undefined;
    const display = readDisplay(text, start, displayEnd);
    return withParams(display, text.slice(open + 1, close), text, close + 1);
  }
  if (text.charCodeAt(start) === 34) return undefined;
  const end = endOfBareUri(text, start);
  return end === -1 ? undefined : withParams("", text.slice(start, end), text, end);
}

/** Writes the address with angle brackets; a display name is always quoted. */
export function formatNameAddr(addr: NameAddrText): string {
  const display = addr.display === "" ? "" : `${quote(addr.display)} `;
  const tag = addr.tag === undefined ? "" : `;tag=${addr.tag}`;
  return `${display}<${addr.uri}>${tag}${formatParams(addr.params)}`;
}

/** Index after a quoted string or after words of token characters; -1 for an open quote. */
function endOfDisplay(text: string, start: number): number {
  if (text.charCodeAt(start) === 34) return endOfQuoted(text, start);
  let end = start;
  for (let i = start; ; ) {
    const wordEnd = endOfToken(text, i);
    if (wordEnd === i) return end;
    end = wordEnd;
    i = skipSpace(text, wordEnd);
  }
}

function readDisplay(text: string, from: number, to: number): string {
  return text.charCodeAt(from) === 34 ? unquote(text, from, to) : text.slice(from, to);
}

function endOfBareUri(text: string, start: number): number {
  for (let i = start; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === 59 || code === 32 || code === 9) return i;
    if (code === 44 || code === 63) return -1;
  }
  return text.length;
}

function withParams(display: string, uri: string, text: string, at: number): NameAddr | undefined {
  if (!isUriText(uri)) return undefined;
  if (at === text.length) return { display, uri, params: NO_PARAMS, tag: undefined };
  const list: string[] = [];
  if (readParams(text, at, list) !== text.length) return undefined;
  const tag = findParam(list, "tag");
  if (tag !== undefined && !isToken(tag)) return undefined;
  return { display, uri, params: restOfParams(list, OWN_FIELDS), tag };
}

/** A scheme, a colon, and no character that could end a URI inside a header. */
function isUriText(uri: string): boolean {
  const colon = endOfToken(uri, 0);
  if (colon === 0 || uri.charCodeAt(colon) !== 58 || colon + 1 === uri.length) return false;
  for (let i = colon + 1; i < uri.length; i += 1) {
    const code = uri.charCodeAt(i);
    if (code <= 32 || code === 34 || code === 60 || code === 62) return false;
  }
  return true;
}
