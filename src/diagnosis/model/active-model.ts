import { hashRank } from '../../lib/hash.ts'
import { createPromiseCache } from '../../lib/promise-cache.ts'
import type { Store } from '../../store/open.ts'
import { findAliasedModel, findRunningCanary } from './model-records.ts'

export type Alias = 'assistant' | 'classifier'

export type ModelChoice = { model: string; trial: Trial | null }

/** How long a running bot may keep using the old model after a promotion; below the promised 2 s. */
const FOLLOWS_WITHIN_MS = 1_000

/** The model behind an alias; the configured one until the first promotion. */
export function createActiveModel(store: Store, alias: Alias, configured: string, now = () => Date.now()) {
  return cachedFor(() => findAliasedModel(store, alias).then((found) => found ?? configured), now)
}

/**
 * The model for a thread: the canary in its share of threads, else the live one. What belongs to no thread, such as a
 * device's report, isn't part of a trial.
 */
export function createChoice(store: Store, alias: Alias, configured: string, now = () => Date.now()) {
  const look = cachedFor(async () => {
    const [live, canary] = await Promise.all([findAliasedModel(store, alias), findRunningCanary(store, alias)])
    return { live: live ?? configured, canary }
  }, now)
  return async function choose(thread: string | null): Promise<ModelChoice> {
    const { live, canary } = await look()
    if (!canary || thread === null) return { model: live, trial: null }
    const arm = armOf(canary, thread)
    return { model: arm === 'canary' ? canary.model : live, trial: { canary: canary.id, arm } }
  }
}

const SHARES = 100

/** Stable for a thread during a trial, on every instance; another trial takes other threads. */
export function armOf({ id, share }: { id: string; share: number }, thread: string): Trial['arm'] {
  return hashRank(`${id}:${thread}`) % SHARES < share ? 'canary' : 'live'
}

function cachedFor<T>(read: () => Promise<T>, now: () => number): () => Promise<T> {
  const known = createPromiseCache<T>({ ttlMs: FOLLOWS_WITHIN_MS, now })
  return () => known.get('', read)
}

/** The trial an answer belongs to, and its arm. */
export type Trial = { canary: string; arm: 'live' | 'canary' }
