/** Waiting in tests: polls a condition, bounded, and says what it waited for. */

const POLL_MS = 10;

/**
 * Resolves with the first value of `probe` that is neither false, null nor undefined.
 * Throws after `boundMs` (5 s) with `what`, and with what `probe` last threw.
 */
export async function waitFor<T>(
  probe: () => T | Promise<T>,
  what: string,
  boundMs = 5000,
): Promise<Exclude<T, false | null | undefined>> {
  const giveUpAt = performance.now() + boundMs;
  let thrown: unknown = null;
  for (;;) {
    try {
      const value = await probe();
      thrown = null;
      if (value !== false && value !== null && value !== undefined) {
        return value as Exclude<T, false | null | undefined>;
      }
    } catch (error) {
      thrown = error;
    }
    if (performance.now() > giveUpAt) {
      throw new Error(`not within ${boundMs} ms: ${what}`, { cause: thrown });
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
