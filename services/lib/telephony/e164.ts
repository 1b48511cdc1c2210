/**
 * Telephone numbers in the one form that is stored and compared: `+` and 7 to 15 digits (ITU-T E.164).
 * Owns the type and its syntax; the numbering plan (which classes may be dialled) stands in the
 * tenant registry.
 */
declare const brand: unique symbol;

/** A number like +815012345678. */
export type E164 = string & { readonly [brand]: "E164" };

/** Text that is not an E.164 number. */
export interface E164Fault {
  readonly kind: "e164-fault";
  readonly text: string;
}

/** Parses strict E.164 text; no spaces, no hyphens. */
export function parseE164(text: string): E164 | E164Fault {
  return /^\+[1-9][0-9]{6,14}$/.test(text) ? (text as E164) : { kind: "e164-fault", text };
}

/** True for what {@link parseE164} returns when it refuses. */
export const isE164Fault = (value: string | E164Fault): value is E164Fault =>
  typeof value !== "string";

/** Reads a called or calling number as a Japanese trunk writes it: +81..., 81..., 0... (0-form). */
export function e164FromTrunk(user: string): E164 | E164Fault {
  const digits = user.startsWith("+") ? user.slice(1) : user;
  if (!/^[0-9]{7,15}$/.test(digits)) return { kind: "e164-fault", text: user };
  if (user.startsWith("+")) return parseE164(user);
  if (digits.startsWith("0")) return parseE164(`+81${digits.slice(1)}`);
  return parseE164(`+${digits}`);
}

/** The 0-form that Japanese people and many trunks write; numbers of other countries stay +cc. */
export const nationalForm = (number: E164): string =>
  number.startsWith("+81") ? `0${number.slice(3)}` : number;
