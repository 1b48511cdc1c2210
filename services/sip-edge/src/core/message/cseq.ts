/**
 * The CSeq header (RFC 3261 20.16, 8.1.1.5). Does not own: the order of requests in a dialog.
 */

import { endOfDigits, endOfToken, readNumber, skipSpace } from "./scan.ts";

/** CSeq: `number` below 2^31, `method` as received. RFC 3261 20.16. */
export interface CSeq {
  readonly number: number;
  readonly method: string;
}

const CSEQ_MAX = 2 ** 31 - 1;

/** Reads `number LWS method`; undefined when it is none or too large. RFC 3261 8.1.1.5. */
export function readCSeq(value: string): CSeq | undefined {
  const split = splitCSeq(value);
  if (split === undefined) return undefined;
  const number = readNumber(value, CSEQ_MAX, 0, split.digitsEnd);
  return number === undefined ? undefined : { number, method: split.method };
}

/** True for digits and a method of whatever size: enough to answer 400 with the same CSeq. */
export function isAnswerableCSeq(value: string): boolean {
  return splitCSeq(value) !== undefined;
}

function splitCSeq(value: string): { digitsEnd: number; method: string } | undefined {
  const digitsEnd = endOfDigits(value, 0);
  const methodAt = skipSpace(value, digitsEnd);
  if (digitsEnd === 0 || methodAt === digitsEnd || methodAt === value.length) return undefined;
  if (endOfToken(value, methodAt) !== value.length) return undefined;
  return { digitsEnd, method: value.slice(methodAt) };
}
