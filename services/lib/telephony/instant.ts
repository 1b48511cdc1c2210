/** A moment: milliseconds since the Unix epoch, UTC. Cores receive it as data and never read a clock. */
export type Instant = number;

/** After this no moment is taken from outside: contracts and invoices know the years to 2199. */
export const INSTANT_MAX: Instant = 7_258_032_000_000;
