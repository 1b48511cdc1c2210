/**
 * Character scanning for SIP text (RFC 3261 25.1): tokens, quoted strings, parameters, comma lists.
 * Does not own: what a field means.
 *
 * S1  No regular expression touches wire data; each function looks at each character a fixed number
 *     of times, so the time is linear in the length of the text.
 * S2  Parameters are kept in Maps: no name from the wire ever becomes a property name.
 * S3  Space means SP or HTAB: folded lines were joined before.
 */

/** Parameters by lower-case name; a parameter without a value has the value "". */
export type Params = ReadonlyMap<string, string>;

/** The empty parameter bag, shared. */
export const NO_PARAMS: Params = new Map();

/** Most parameters of one element: more is nobody's message, and names are compared pairwise. */
const PARAMS_MAX = 64;

const TOKEN_CODES: Uint8Array = codeSet("-.!%*_+`'~");

/** A set of latin1 characters: letters, digits and the given marks; `set[code] === 1` is a member. */
export function codeSet(marks: string): Uint8Array {
  const codes = new Uint8Array(256);
  for (let code = 48; code <= 57; code += 1) codes[code] = 1;
  for (let code = 65; code <= 90; code += 1) {
    codes[code] = 1;
    codes[code + 32] = 1;
  }
  for (let i = 0; i < marks.length; i += 1) codes[marks.charCodeAt(i)] = 1;
  return codes;
}

/** Index after the token that starts at `at`; `at` itself when there is none. */
export function endOfToken(text: string, at: number): number {
  let i = at;
  while (i < text.length && TOKEN_CODES[text.charCodeAt(i)] === 1) i += 1;
  return i;
}

/** True when the whole text is one token (RFC 3261 25.1). */
export function isToken(text: string): boolean {
  return text.length > 0 && endOfToken(text, 0) === text.length;
}

/** True for SP and HTAB. */
export function isSpace(code: number): boolean {
  return code === 32 || code === 9;
}

/** Index of the first character at or after `at` that is neither SP nor HTAB. */
export function skipSpace(text: string, at: number): number {
  let i = at;
  while (i < text.length && isSpace(text.charCodeAt(i))) i += 1;
  return i;
}

/** The slice [from, to) without SP and HTAB at both ends (`trim` would also eat latin1 0xA0). */
export function trimmed(text: string, from: number, to: number): string {
  let start = from;
  let end = to;
  while (start < end && isSpace(text.charCodeAt(start))) start += 1;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

/** True when [from, to) holds no control character except HTAB (so no CR, LF, NUL, DEL). */
export function isPrintable(text: string, from: number, to: number): boolean {
  for (let i = from; i < to; i += 1) {
    const code = text.charCodeAt(i);
    if ((code < 32 && code !== 9) || code === 127) return false;
  }
  return true;
}

/** Index after the digits that start at `at`. */
export function endOfDigits(text: string, at: number): number {
  let i = at;
  while (i < text.length && text.charCodeAt(i) >= 48 && text.charCodeAt(i) <= 57) i += 1;
  return i;
}

/** The decimal number that fills [from, to), at most `max`; undefined for anything else. */
export function readNumber(
  text: string,
  max: number,
  from = 0,
  to = text.length,
): number | undefined {
  if (to <= from || to - from > 10) return undefined;
  let value = 0;
  for (let i = from; i < to; i += 1) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return value <= max ? value : undefined;
}

/** Index after the quoted string whose opening quote is at `at`; -1 when it never closes. */
export function endOfQuoted(text: string, at: number): number {
  for (let i = at + 1; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === 92) i += 1;
    else if (code === 34) return i + 1;
  }
  return -1;
}

/** The content of the quoted string in [from, to), quotes removed and escapes resolved. */
export function unquote(text: string, from: number, to: number): string {
  const inner = text.slice(from + 1, to - 1);
  if (!inner.includes("\\")) return inner;
  let plain = "";
  for (let i = 0; i < inner.length; i += 1) {
    if (inner.charCodeAt(i) === 92) i += 1;
    plain += inner[i] ?? "";
  }
  return plain;
}

/** The text as a quoted string. */
export function quote(text: string): string {
  let quoted = '"';
  for (const char of text) quoted += char === '"' || char === "\\" ? `\\${char}` : char;
  return `${quoted}"`;
}

/** True for characters of an unquoted parameter value: token, host or port, nothing structural. */
function isValueCode(code: number): boolean {
  if (code <= 32 || code === 127) return false;
  return code !== 34 && code !== 44 && code !== 59 && code !== 60 && code !== 62;
}

function endOfValue(text: string, at: number): number {
  let i = at;
  while (i < text.length && isValueCode(text.charCodeAt(i))) i += 1;
  return i;
}

/**
 * Reads `;name[=value]` from `at` into `list` as name, value, name, value ... until the text ends or
 * a comma comes; returns that index, or -1 for bad syntax and for a name that comes twice
 * (RFC 3261 7.3.1).
 */
export function readParams(text: string, at: number, list: string[]): number {
  let i = skipSpace(text, at);
  while (i < text.length && text.charCodeAt(i) === 59) {
    const nameAt = skipSpace(text, i + 1);
    const nameEnd = endOfToken(text, nameAt);
    if (nameEnd === nameAt || list.length === 2 * PARAMS_MAX) return -1;
    const name = text.slice(nameAt, nameEnd).toLowerCase();
    if (hasParam(list, name)) return -1;
    let value = "";
    i = skipSpace(text, nameEnd);
    if (text.charCodeAt(i) === 61) {
      const valueAt = skipSpace(text, i + 1);
      const quoted = text.charCodeAt(valueAt) === 34;
      i = quoted ? endOfQuoted(text, valueAt) : endOfValue(text, valueAt);
      if (i <= valueAt) return -1;
      value = quoted ? unquote(text, valueAt, i) : text.slice(valueAt, i);
      i = skipSpace(text, i);
    }
    list.push(name, value);
  }
  return i >= text.length || text.charCodeAt(i) === 44 ? i : -1;
}

function hasParam(list: readonly string[], name: string): boolean {
  for (let i = 0; i < list.length; i += 2) if (list[i] === name) return true;
  return false;
}

/** The value of a parameter in a list of {@link readParams}; undefined when absent. */
export function findParam(list: readonly string[], name: string): string | undefined {
  for (let i = 0; i < list.length; i += 2) if (list[i] === name) return list[i + 1];
  return undefined;
}

/** The list of {@link readParams} as a Map, without the names that have a field of their own. */
export function restOfParams(list: readonly string[], fields: readonly string[]): Params {
  let rest: Map<string, string> | undefined;
  for (let i = 0; i < list.length; i += 2) {
    const name = list[i] ?? "";
    if (fields.includes(name)) continue;
    rest ??= new Map<string, string>();
    rest.set(name, list[i + 1] ?? "");
  }
  return rest ?? NO_PARAMS;
}

function isPlainValue(value: string): boolean {
  return endOfValue(value, 0) === value.length;
}

/** Writes `;name=value` for each parameter, values in quotes where they need them. */
export function formatParams(params: Params): string {
  let text = "";
  for (const [name, value] of params) {
    if (value === "") text += `;${name}`;
    else text += `;${name}=${isPlainValue(value) ? value : quote(value)}`;
  }
  return text;
}

/** Splits at commas outside quotes and angle brackets; items are trimmed, empty ones kept. */
export function splitList(value: string): readonly string[] {
  if (!value.includes(",")) return [value];
  const items: string[] = [];
  let start = 0;
  let inAngles = false;
  for (let i = 0; i < value.length; i += 1) {
    const code = value.charCodeAt(i);
    if (code === 34 && !inAngles) {
      const end = endOfQuoted(value, i);
      if (end === -1) break;
      i = end - 1;
    } else if (code === 60) inAngles = true;
    else if (code === 62) inAngles = false;
    else if (code === 44 && !inAngles) {
      items.push(trimmed(value, start, i));
      start = i + 1;
    }
  }
  items.push(trimmed(value, start, value.length));
  return items;
}
