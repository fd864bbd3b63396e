import type OpenAI from 'openai'
import { z } from 'zod'
import { listItems, parseEvent, sortEvents, type TrainerEvent } from './job-schema.ts'

const PAGE_SIZE = 100
const MAX_PAGES = 20

const Stamped = z.object({ id: z.unknown().optional(), created_at: z.number().optional() })

/**
 * What happened since the last look, in its order; what is told joins `seen`. Events are for show: a server without
 * them still trains, so one that fails here has none.
 */
export async function fetchNewEvents(
  { client, ask }: { client: OpenAI; ask: <T>(get: () => Promise<T>) => Promise<T> },
  job: string,
  seen: Set<string>,
  signal?: AbortSignal,
): Promise<TrainerEvent[]> {
  const fresh: TrainerEvent[] = []
  const seenCursors = new Set<unknown>()
  const path = `/fine_tuning/jobs/${encodeURIComponent(job)}/events`
  let after: string | number | undefined
  try {
    for (let pages = 0; pages < MAX_PAGES; pages += 1) {
      const query = { limit: PAGE_SIZE, ...(after !== undefined && { after }) }
      const page: unknown = await ask(() => client.get(path, { query, signal }))
      const items = listItems(page) ?? []
      const unseen = items
        .flatMap((item) => parseEvent(item) ?? [])
        .filter(({ key }) => !seen.has(key) && seen.add(key))
      const isNewestFirst = timeOf(items[0]) >= timeOf(items.at(-1))
      fresh.push(...(isNewestFirst ? unseen.reverse() : unseen))
      // Where the oldest come first, news may stand on any later page.
      if ((unseen.length === 0 && isNewestFirst) || !hasMore(page)) break
      after = idOf(items.at(-1))
      // A server that does not know how to go on gives the same page for ever.
      if (after === undefined || seenCursors.has(after)) break
      seenCursors.add(after)
    }
  } catch {
    signal?.throwIfAborted()
  }
  return sortEvents(fresh)
}

function timeOf(item: unknown): number {
  return Stamped.safeParse(item).data?.created_at ?? 0
}

function idOf(item: unknown): string | number | undefined {
  return z.union([z.string().min(1), z.number()]).safeParse(Stamped.safeParse(item).data?.id).data
}

function hasMore(page: unknown): boolean {
  const said = z.object({ has_more: z.boolean() }).safeParse(page)
  return said.success ? said.data.has_more : (listItems(page)?.length ?? 0) > 0
}
