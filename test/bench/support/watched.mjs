/**
 * Loaded into a measured process before its own code, the same into each that is compared: it tells what the process
 * costs when asked, and ends it with its parent, so that a killed bench leaves nothing behind. JavaScript, so that
 * measuring does not load the type stripper into a process that might do without.
 */
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send?.({ rssBytes: process.memoryUsage.rss(), cpuMs: (user + system) / 1_000 })
})
process.on('disconnect', () => process.exit(1))
// A process that is cut off writes no profile; one that handles the signal itself is left to it.
process.on('SIGTERM', () => {
  if (process.listenerCount('SIGTERM') === 1) process.exit(0)
})
process.channel?.unref()
