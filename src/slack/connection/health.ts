import type { Route } from '../platform/workspaces.ts'

/** The parts that must work before events may arrive, by name. */
export type HealthChecks = Readonly<Record<string, () => boolean | Promise<boolean>>>

/** A load balancer asks every few seconds; a slower check counts as failed. */
const CHECK_WITHIN_MS = 1_000

/**
 * `/livez` answers while the process does. `/healthz` answers 200 when events may arrive, else 503 with the names of
 * the failed parts and no more, since anyone may ask.
 */
export function healthPages(checks: HealthChecks): Route[] {
  const say = (path: string, look: () => Promise<readonly string[]>): Route => ({
    path,
    async handler(_, response) {
      const missing = await look()
      response.writeHead(missing.length === 0 ? 200 : 503, { 'content-type': 'application/json' })
      response.end(JSON.stringify(missing.length === 0 ? { ok: true } : { ok: false, missing }))
    },
  })
  return [
    say('/livez', async () => []),
    say('/healthz', async () => {
      const found = await Promise.all(Object.entries(checks).map(async ([name, check]) => [name, await holds(check)]))
      return found.flatMap(([name, isThere]) => (isThere ? [] : [String(name)]))
    }),
  ]
}

async function holds(check: () => boolean | Promise<boolean>): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<boolean>()
  const timer = setTimeout(() => resolve(false), CHECK_WITHIN_MS)
  try {
    return await Promise.race([check(), late])
  } catch {
    return false
  } finally {
    clearTimeout(timer)
  }
}
