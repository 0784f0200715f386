// @ts-check
/** Loaded into the application before its own code: tells how much memory is in use when it is asked. */
process.on('message', () => {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  process.send?.(heapUsed + external);
});
// Nobody is left to stop it.
process.on('disconnect', () => process.exit());
process.channel?.unref();
