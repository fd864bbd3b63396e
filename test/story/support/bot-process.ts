import { flushCompileCache } from 'node:module'
import { createApp } from '../../../src/app.ts'
import { readConfig } from '../../../src/config/config.ts'
import { readEnvironment } from '../../../src/config/env.ts'
import { createLogger } from '../../../src/lib/logger.ts'

/**
 * The real app as a process of its own, to be killed. `DIE_AT` names a method of Slack: with `before:` in front the
 * process ends when it would call it, with `after:` as soon as Slack has carried it out.
 */
const [when, method] = (process.env.DIE_AT ?? '').split(':')
const die = () => process.kill(process.pid, 'SIGKILL')
const realFetch = globalThis.fetch
globalThis.fetch = async (input, init) => {
  const isIt = method !== undefined && String(input).endsWith(`/${method}`)
  if (isIt && when === 'before') die()
  const response = await realFetch(input, init)
  if (isIt) die()
  return response
}

const leaseMs = Number(process.env.LEASE_MS)
const timeouts = JSON.parse(process.env.PATIENCE ?? '{}')
const app = await createApp(readConfig(readEnvironment(process.env)), {
  logger: createLogger('silent'),
  leaseMs,
  timeouts,
})
await app.start(AbortSignal.timeout(20_000))
process.on('SIGTERM', () => void app[Symbol.asyncDispose]().then(() => process.exit(0)))
process.on('disconnect', die)
// Most of these processes are killed, and would leave nothing to the next one.
flushCompileCache()
process.send?.('ready')
