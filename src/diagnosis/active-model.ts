import type { Store } from '../store/open.ts'
import { findAliasedModel } from './records.ts'

export type Alias = 'assistant' | 'classifier'

/** How long a running bot may go on with the old model after a promotion: below the 2 s that it promises. */
const FOLLOWS_WITHIN_MS = 1_000

/** The model an alias stands for now; the configured one until the first promotion. */
export function createActiveModel(store: Store, alias: Alias, configured: string, now = () => Date.now()) {
  let known: { model: Promise<string>; readAt: number } | null = null
  return function activeModel(): Promise<string> {
    if (!known || now() - known.readAt >= FOLLOWS_WITHIN_MS) {
      const model = findAliasedModel(store, alias).then((found) => found ?? configured)
      known = { model, readAt: now() }
      // A failed look-up is not kept: the next question tries again.
      model.catch(() => {
        known = null
      })
    }
    return known.model
  }
}
