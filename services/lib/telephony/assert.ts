/**
 * Assertions that stay on in production. A violated one is a programmer error: the supervisor ends
 * that one call and keeps the process.
 */

/** Thrown for a broken invariant; never for bad input from outside. */
export class AssertionFault extends Error {}

/** Throws {@link AssertionFault} with `claim` unless `holds`. */
export function assert(holds: boolean, claim: string): asserts holds {
  if (!holds) throw new AssertionFault(claim);
}

/** Compile-time proof that a switch is exhaustive; throws when data from outside broke the type. */
export function unreachable(value: never): never {
  throw new AssertionFault(`unreachable: ${JSON.stringify(value)}`);
}
