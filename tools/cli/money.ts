/** Amounts as people read them. All amounts are whole yen. */

/** `1,234,567`, `-1,234`. */
export const grouped = (value: number): string =>
  String(value).replace(/\B(?=(?:[0-9]{3})+$)/g, ",");

/** `1,234 yen`. */
export const yen = (value: number): string => `${grouped(value)} yen`;
