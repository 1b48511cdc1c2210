/**
 * How a fault is told: in English, in Japanese, and by the rule that it breaks. Owns the shape; the
 * texts stand in form-faults.ts, check-faults.ts and number-faults.ts.
 *
 * F1  A fault cannot be made without both texts: each says what is wrong and what to do.
 */

/** See the file header. `rule` is the domain rule broken (R18, D8, A19), empty for plain faults. */
export interface FaultText {
  readonly message: string;
  readonly messageJa: string;
  readonly rule: string;
}

/** A few words in both languages, to be put into a text. */
export interface Words {
  readonly en: string;
  readonly ja: string;
}

/** Makes a text. */
export const say = (message: string, messageJa: string, rule = ""): FaultText => ({
  message,
  messageJa,
  rule,
});
