import { setImmediate } from 'node:timers/promises'
import { type CodeVotes, countVotesByCategory, countVotesByCode } from '../../feedback/review/overview-records.ts'
import { createPromiseCache } from '../../lib/promise-cache.ts'
import type { Store } from '../../store/open.ts'

const DAY_MS = 24 * 60 * 60 * 1_000
/** The compared period; the one before it is equally long. */
const COMPARED_MS = 30 * DAY_MS
/** SQLite blocks everything else during a query, so the count runs in short pieces. */
const PIECE_MS = 6 * DAY_MS
/** A trend over weeks doesn't change while somebody turns pages. */
const KNOWN_FOR_MS = 30_000

export type VoteTrend = { now: readonly CodeVotes[]; before: readonly CodeVotes[] }

/** The votes per code and log line category, over the last 30 days and the 30 days before. */
export function createVoteTrend(store: Store, now: () => number): () => Promise<VoteTrend> {
  const known = createPromiseCache<VoteTrend>({ ttlMs: KNOWN_FOR_MS, now })
  const count = async (until: number): Promise<CodeVotes[]> => {
    const sums = new Map<string, CodeVotes>()
    for (let since = until - COMPARED_MS; since < until; since += PIECE_MS) {
      await setImmediate()
      const piece = { since, until: since + PIECE_MS }
      const found = [...(await countVotesByCode(store, piece)), ...(await countVotesByCategory(store, piece))]
      for (const { code, up, down } of found) {
        const sum = sums.get(code) ?? { code, up: 0, down: 0 }
        sums.set(code, { code, up: sum.up + up, down: sum.down + down })
      }
    }
    return [...sums.values()]
  }
  return () =>
    known.get('', async () => {
      const at = now()
      return { now: await count(at), before: await count(at - COMPARED_MS) }
    })
}
