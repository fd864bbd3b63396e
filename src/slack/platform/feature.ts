import type { App } from '@slack/bolt'
import type { Poller } from '../../lib/background.ts'

/** One thing the app does in Slack: its listeners, its background work and its end. */
export type Feature = AsyncDisposable & {
  /** Registers the feature's listeners with Bolt. */
  register(app: App): void
  /** Pollers that run in this order once Slack has accepted us. */
  readonly background: readonly Poller[]
}

/** A feature that only has background work to stop, in reverse order. */
export function feature(register: Feature['register'], background: readonly Poller[] = []): Feature {
  return {
    register,
    background,
    async [Symbol.asyncDispose]() {
      for (const poller of background.toReversed()) await poller[Symbol.asyncDispose]()
    },
  }
}
