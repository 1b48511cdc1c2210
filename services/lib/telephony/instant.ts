/** A moment: milliseconds since the Unix epoch, UTC. Cores receive it as data and never read a clock. */
export type Instant = number;
