/**
 * Loaded into each service of a load run before its main.ts: SIGUSR2 collects garbage at once, so that
 * the heap that is measured after it is what is held and not what happens to be lying around.
 *
 * A plain `gc()` keeps what start-up left behind (4 MB of the type stripper's source); some later
 * collection of V8's own drops it, once, and would look like a heap that shrinks by a fifth.
 */
process.on("SIGUSR2", () => {
  globalThis.gc?.({ type: "major", execution: "sync", flavor: "last-resort" });
});
