import type { AppOverrides } from '../../src/app.ts'

/**
 * On a busy machine even a short answer takes longer than its readers would wait. A test that is not about waiting sees
 * it as one post, however busy the machine is.
 */
const UNHURRIED = { statusAfterMs: 5_000, holdMs: 30_000, sayAfterMs: 30_000 }

/** What a test gives to the app, with patience where it says nothing of it. */
export function unhurried<G extends Partial<AppOverrides>>(given: G) {
  return { ...given, timeouts: { ...UNHURRIED, ...given.timeouts } }
}
