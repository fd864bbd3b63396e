import type { Store } from '../../store/open.ts'
import type { CorrectionRow } from '../corrections/correction-row.ts'

/** The cursor of a page. */
export type QueuePlace = Pick<CorrectionRow, 'priority' | 'created_at' | 'id'>

/**
 * One page of the queue: the most proposed first, then the riskiest, then the oldest. Each status is read by its own
 * stretch of the index; asked for several at once, both databases would sort the whole queue.
 */
export async function listQueue(store: Store, { statuses, kind, size, after }: QueueRange): Promise<CorrectionRow[]> {
  const parts = await Promise.all(
    statuses.map((status) =>
      store
        .selectFrom('corrections')
        .selectAll()
        .where('status', '=', status)
        .$if(kind !== undefined, (query) => query.where('kind', '=', kind ?? 'answer'))
        .$if(after !== null, (query) =>
          query.where(({ eb, refTuple, tuple }) =>
            eb(
              refTuple('priority', 'created_at', 'id'),
              '>',
              tuple(after?.priority ?? 0, after?.created_at ?? 0, after?.id ?? ''),
            ),
          ),
        )
        .orderBy('priority')
        .orderBy('created_at')
        .orderBy('id')
        .limit(size)
        .execute(),
    ),
  )
  return parts.flat().sort(inQueueOrder).slice(0, size)
}

export type QueueRange = {
  statuses: readonly string[]
  kind?: CorrectionRow['kind'] | undefined
  size: number
  after: QueuePlace | null
}

function inQueueOrder(a: QueuePlace, b: QueuePlace): number {
  return a.priority - b.priority || a.created_at - b.created_at || (a.id < b.id ? -1 : 1)
}

export function countStatuses(store: Store): Promise<{ status: string; count: number }[]> {
  return store
    .selectFrom('corrections')
    .select(['status', ({ fn }) => fn.countAll<number>().as('count')])
    .groupBy('status')
    .execute()
}

export type Decision = { step: string; actor: string; at: number; created_at: number }

/** Decisions since a time, with when each correction was proposed. */
export async function listDecisions(store: Store, since: number, decisions: readonly string[]): Promise<Decision[]> {
  return store
    .selectFrom('correction_steps')
    .innerJoin('corrections', 'corrections.id', 'correction_steps.correction_id')
    .select(['correction_steps.step', 'correction_steps.actor', 'correction_steps.at', 'corrections.created_at'])
    .where('correction_steps.at', '>=', since)
    .where('correction_steps.step', 'in', decisions)
    .execute()
}

/** How many wait, how many of them have one approval, and the age of the oldest; counted in the database. */
export function countWaiting(
  store: Store,
  statuses: readonly string[],
): Promise<{ waiting: number; awaitSecond: number; oldest: number | null }> {
  return store
    .selectFrom('corrections')
    .select(({ fn }) => [
      fn.countAll<number>().as('waiting'),
      fn.count<number>('first_approver').as('awaitSecond'),
      fn.min<number | null>('created_at').as('oldest'),
    ])
    .where('status', 'in', statuses)
    .executeTakeFirstOrThrow()
}

/** When each waiting correction was proposed, and whether it has one approval. */
export async function listWaiting(
  store: Store,
  statuses: readonly string[],
): Promise<{ created_at: number; first_approver: string | null }[]> {
  return store
    .selectFrom('corrections')
    .select(['created_at', 'first_approver'])
    .where('status', 'in', statuses)
    .orderBy('created_at')
    .execute()
}
