import type { App } from '@slack/bolt'
import type { Poller } from '../../lib/background.ts'

/** One thing the app does in Slack: what it listens to, what it does in the background, and its end. */
export type Feature = AsyncDisposable & {
  /** Tells Bolt which payloads are this feature's. */
  register(app: App): void
  /** Work repeated from the moment Slack has accepted us, in this order. */
  readonly background: readonly Poller[]
}

/** A feature whose background work ends in the reverse order, and which has nothing else to end. */
export function feature(register: Feature['register'], background: readonly Poller[] = []): Feature {
  return {
    register,
    background,
    async [Symbol.asyncDispose]() {
      for (const poller of background.toReversed()) await poller[Symbol.asyncDispose]()
    },
  }
}
