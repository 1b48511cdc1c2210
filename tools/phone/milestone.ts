/**
 * A fact that happens at most once and can be waited for.
 * Owns: the value and its waiters. Does not own: what the fact means.
 * M1. The first value stays; later ones are ignored, so crossing events cannot overwrite it.
 * M2. Every wait has a bound in milliseconds and, when it passes, says what it had waited for.
 */

/** One fact: `value` is null until it is reached. */
export interface Milestone<T> {
  readonly value: T | null;
  /** Records the fact; only the first call counts (M1). */
  reach(value: T): void;
  /** Runs `action` when the fact is there, at once when it already is. */
  onReached(action: (value: T) => void): void;
  /** Resolves with the fact, or rejects with a text naming it after `boundMs` (M2). */
  wait(boundMs: number): Promise<T>;
}

/** Makes a milestone; `name` and `describe` word the error of a wait that ran out. */
export function createMilestone<T>(name: string, describe: () => string = () => ""): Milestone<T> {
  let reached: T | null = null;
  const waiters = new Set<(value: T) => void>();
  return {
    get value() {
      return reached;
    },
    reach(value) {
      if (reached !== null) return;
      reached = value;
      for (const waiter of waiters) waiter(value);
      waiters.clear();
    },
    onReached(action) {
      if (reached === null) waiters.add(action);
      else action(reached);
    },
    wait(boundMs) {
      if (reached !== null) return Promise.resolve(reached);
      return new Promise((resolve, reject) => {
        const waiter = (value: T): void => {
          clearTimeout(timer);
          resolve(value);
        };
        const timer = setTimeout(() => {
          waiters.delete(waiter);
          reject(new Error(`${name}: not within ${boundMs} ms\n${describe()}`));
        }, boundMs);
        waiters.add(waiter);
      });
    },
  };
}
