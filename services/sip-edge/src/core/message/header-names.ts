/**
 * The header names the edge knows (RFC 3261 7.3.3, 20): compact forms, which headers may come only
 * once, which carry comma lists. Unknown headers are kept: lower-case name, any number of lines.
 */

/** One spelling of a header name; `once` numbers the headers that may come only once, else -1. */
export interface HeaderName {
  readonly shown: string;
  readonly name: string;
  readonly once: number;
}

const BUCKET_COUNT = 1_024;

const ONCE = [
  "from",
  "to",
  "call-id",
  "cseq",
  "max-forwards",
  "content-length",
  "content-type",
  "event",
  "expires",
  "min-expires",
  "min-se",
  "rack",
  "refer-to",
  "referred-by",
  "replaces",
  "rseq",
  "session-expires",
  "subject",
] as const;

/** Place of a header among those that may come only once. */
export const ONCE_FROM = 0;
export const ONCE_TO = 1;
export const ONCE_CALL_ID = 2;
export const ONCE_CSEQ = 3;
export const ONCE_MAX_FORWARDS = 4;
export const ONCE_CONTENT_LENGTH = 5;

const LISTS = [
  "accept",
  "accept-encoding",
  "accept-language",
  "alert-info",
  "allow",
  "allow-events",
  "call-info",
  "contact",
  "diversion",
  "history-info",
  "in-reply-to",
  "p-asserted-identity",
  "p-preferred-identity",
  "path",
  "proxy-require",
  "reason",
  "record-route",
  "require",
  "route",
  "service-route",
  "supported",
  "unsupported",
  "via",
  "warning",
] as const;

/** Compact forms: RFC 3261 7.3.3, RFC 3515 (r, b), RFC 6665 (o, u), RFC 4028 (x), RFC 3841 (a, j). */
const COMPACT = [
  ["a", "accept-contact"],
  ["b", "referred-by"],
  ["c", "content-type"],
  ["d", "request-disposition"],
  ["e", "content-encoding"],
  ["f", "from"],
  ["i", "call-id"],
  ["j", "reject-contact"],
  ["k", "supported"],
  ["l", "content-length"],
  ["m", "contact"],
  ["n", "identity-info"],
  ["o", "event"],
  ["r", "refer-to"],
  ["s", "subject"],
  ["t", "to"],
  ["u", "allow-events"],
  ["v", "via"],
  ["x", "session-expires"],
  ["y", "identity"],
] as const;

const OTHERS = ["authorization", "proxy-authorization", "user-agent", "server", "privacy"] as const;

const KNOWN: ReadonlyMap<string, HeaderName> = known();
const BUCKETS: readonly (readonly HeaderName[] | undefined)[] = buckets();
const LIST_NAMES: ReadonlySet<string> = new Set(LISTS);

/** The usual spelling: capital after each hyphen, but Call-ID, CSeq, RAck, RSeq, Min-SE. */
function usualSpelling(name: string): string {
  const special = new Map([
    ["call-id", "Call-ID"],
    ["cseq", "CSeq"],
    ["rack", "RAck"],
    ["rseq", "RSeq"],
    ["min-se", "Min-SE"],
  ]);
  const words = name.split("-").map((word) => word.slice(0, 1).toUpperCase() + word.slice(1));
  return special.get(name) ?? words.join("-");
}

/** Every known spelling: usual, lower-case, compact. */
function known(): ReadonlyMap<string, HeaderName> {
  const names = new Map<string, HeaderName>();
  for (const name of [...ONCE, ...LISTS, ...OTHERS]) {
    const once = ONCE.findIndex((candidate) => candidate === name);
    const shown = usualSpelling(name);
    names.set(name, { shown: name, name, once });
    names.set(shown, { shown, name, once });
  }
  for (const [compact, name] of COMPACT) {
    const once = names.get(name)?.once ?? -1;
    names.set(name, { shown: name, name, once });
    names.set(compact, { shown: compact, name, once });
  }
  return names;
}

function buckets(): readonly (readonly HeaderName[] | undefined)[] {
  const filled: HeaderName[][] = Array.from({ length: BUCKET_COUNT }, () => []);
  for (const entry of KNOWN.values()) {
    filled[bucketOf(entry.shown.length, entry.shown.charCodeAt(0))]?.push(entry);
  }
  return filled;
}

function bucketOf(length: number, first: number): number {
  return (length & 31) * 32 + (first & 31);
}

/**
 * What is known about the header whose name (a token, any case, maybe compact) fills [from, to). A
 * usual spelling is found without making a string: half of the cost of a head otherwise.
 */
export function headerNameAt(text: string, from: number, to: number): HeaderName {
  for (const entry of BUCKETS[bucketOf(to - from, text.charCodeAt(from))] ?? []) {
    if (entry.shown.length === to - from && text.startsWith(entry.shown, from)) return entry;
  }
  const shown = text.slice(from, to);
  const lower = shown.toLowerCase();
  const { name, once } = KNOWN.get(lower) ?? { name: lower, once: -1 };
  return { shown, name, once };
}

/** What is known about a header by its name alone. */
export function headerName(shown: string): HeaderName {
  return headerNameAt(shown, 0, shown.length);
}

/** True when the header's value is a comma list, so that lines and commas mean the same. */
export function isListHeader(name: string): boolean {
  return LIST_NAMES.has(name);
}
