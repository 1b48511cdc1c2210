/**
 * Loaded into each service of a load run before its main.ts: SIGUSR2 collects garbage at once, so that
 * the heap that is measured after it is what is held and not what happens to be lying around.
 */
process.on("SIGUSR2", () => {
  globalThis.gc?.();
});
