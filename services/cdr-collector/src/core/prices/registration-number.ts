/**
 * Registration number of an issuer of qualified invoices (適格請求書発行事業者登録番号): T and 13 digits.
 *
 * A corporation's 13 digits are its corporate number (法人番号), whose first digit checks the other
 * twelve. A sole proprietor or an association without one gets 13 digits of another series, for which
 * no check digit is published; only their number can be counted.
 */

/** Null when the number is well formed, else what is wrong with it. */
export type RegistrationProblem = "form" | "check-digit" | null;

/**
 * First digit of a corporate number, from the twelve after it (Ordinance of the Ministry of Finance
 * 70 of 2014, article 2): 9 - (sum of P(n) * Q(n) mod 9), n counted from the right, Q = 1 for odd n and
 * 2 for even n.
 */
export function corporateCheckDigit(base: string): number {
  let sum = 0;
  for (let n = 1; n <= base.length; n += 1) {
    sum += Number(base.at(-n)) * (n % 2 === 0 ? 2 : 1);
  }
  return 9 - (sum % 9);
}

/** Checks `T` and 13 digits, and a corporation's check digit. */
export function registrationProblem(written: string, isCorporation: boolean): RegistrationProblem {
  if (!/^T[0-9]{13}$/.test(written)) return "form";
  if (!isCorporation) return null;
  return Number(written[1]) === corporateCheckDigit(written.slice(2)) ? null : "check-digit";
}
