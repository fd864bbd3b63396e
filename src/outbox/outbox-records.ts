import type { Selectable } from 'kysely'
import type { Store } from '../store/open.ts'
import type { OutboxTable } from '../store/tables.ts'
import type { OutboxTopic } from './topics.ts'

export type OutboxJob = {
  readonly id: string
  readonly topic: OutboxTopic
  readonly key: string
  readonly payload: string | null
  readonly version: number
  /** How often it failed. */
  readonly attempts: number
  readonly lastError: string | null
  readonly runAt: Date
  readonly leaseUntil: Date | null
  readonly createdAt: Date
}

export type NewJob = {
  topic: OutboxTopic
  key: string
  payload?: string | undefined
  runAt: Date
  /**
   * A waiting job keeps its time when it's enqueued again, so that frequent requests are done once and don't postpone
   * it.
   */
  coalesce?: boolean
  /** Leased to whoever enqueues it and runs it at once; others take it only if that process dies. */
  leaseUntil?: Date | undefined
}

/** Enqueues a job. Enqueued again it stays one job, at the newer time, and an older run doesn't finish it. */
export async function enqueue(store: Store, job: NewJob, now: Date): Promise<OutboxJob> {
  const row = await store
    .insertInto('outbox')
    .values({
      id: `${job.topic}:${job.key}`,
      topic: job.topic,
      key: job.key,
      payload: job.payload ?? null,
      version: 1,
      run_at: job.runAt.getTime(),
      lease_until: job.leaseUntil?.getTime() ?? null,
      attempts: 0,
      last_error: null,
      created_at: now.getTime(),
    })
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet(({ eb, ref, fn }) => ({
        payload: ref('excluded.payload'),
        version: eb('outbox.version', '+', 1),
        run_at: job.coalesce
          ? eb
              .case()
              .when(eb.and([eb('outbox.lease_until', 'is', null), eb('outbox.run_at', '<', ref('excluded.run_at'))]))
              .then(ref('outbox.run_at'))
              .else(ref('excluded.run_at'))
              .end()
          : ref('excluded.run_at'),
        lease_until: fn.coalesce('excluded.lease_until', 'outbox.lease_until'),
        attempts: 0,
        last_error: null,
      })),
    )
    .returningAll()
    .executeTakeFirstOrThrow()
  return toJob(row)
}

/** Claims due jobs that nobody works on, the most overdue first; each by one claimer. */
export async function claimJobs(
  store: Store,
  { topics, now, leaseUntil, most }: { topics: readonly OutboxTopic[]; now: Date; leaseUntil: Date; most: number },
): Promise<OutboxJob[]> {
  if (topics.length === 0 || most <= 0) return []
  const due = await store
    .selectFrom('outbox')
    .selectAll()
    .where('topic', 'in', [...topics])
    .where('run_at', '<=', now.getTime())
    .where((where) => where.or([where('lease_until', 'is', null), where('lease_until', '<=', now.getTime())]))
    .orderBy('run_at')
    .limit(most)
    .execute()
  const claimed: OutboxJob[] = []
  for (const { id, version, lease_until } of due) {
    const row = await store
      .updateTable('outbox')
      .set({ lease_until: leaseUntil.getTime() })
      .where('id', '=', id)
      .where('version', '=', version)
      .where('lease_until', 'is not distinct from', lease_until)
      .returningAll()
      .executeTakeFirst()
    if (row) claimed.push(toJob(row))
  }
  return claimed
}

/** Whether the job is still as it was claimed: neither done nor enqueued again. */
export async function isCurrent(store: Store, { id, version }: OutboxJob): Promise<boolean> {
  const row = await store
    .selectFrom('outbox')
    .select('id')
    .where('id', '=', id)
    .where('version', '=', version)
    .executeTakeFirst()
  return row !== undefined
}

/** Deletes the job, unless it was enqueued again meanwhile. */
export async function finishJob(store: Store, job: OutboxJob): Promise<void> {
  const { numDeletedRows } = await store
    .deleteFrom('outbox')
    .where('id', '=', job.id)
    .where('version', '=', job.version)
    .executeTakeFirst()
  if (numDeletedRows === 0n) await release(store, job)
}

/** Reschedules a failed job at `runAt` and keeps its error. */
export async function retryLater(store: Store, job: OutboxJob, error: string, runAt: Date): Promise<void> {
  const { numUpdatedRows } = await store
    .updateTable('outbox')
    .set({ attempts: job.attempts + 1, last_error: error, run_at: runAt.getTime(), lease_until: null })
    .where('id', '=', job.id)
    .where('version', '=', job.version)
    .executeTakeFirst()
  if (numUpdatedRows === 0n) await release(store, job)
}

/** Gives the job back. Somebody else may hold a newer version by now; only our own lease ends. */
export async function release(store: Store, { id, leaseUntil }: OutboxJob): Promise<void> {
  await store
    .updateTable('outbox')
    .set({ lease_until: null })
    .where('id', '=', id)
    .where('lease_until', '=', leaseUntil?.getTime() ?? 0)
    .execute()
}

export async function cancel(store: Store, topic: OutboxTopic, key: string): Promise<void> {
  await store.deleteFrom('outbox').where('id', '=', `${topic}:${key}`).execute()
}

/** Replaces a job with others atomically. */
export async function replaceWith(store: Store, job: OutboxJob, jobs: readonly NewJob[], now: Date): Promise<void> {
  await store.transaction().execute(async (transaction) => {
    for (const job of jobs) await enqueue(transaction, job, now)
    await cancel(transaction, job.topic, job.key)
  })
}

/** The jobs of one topic, the oldest first. */
export async function listJobs(store: Store, topic: OutboxTopic, most: number): Promise<OutboxJob[]> {
  const rows = await store
    .selectFrom('outbox')
    .selectAll()
    .where('topic', '=', topic)
    .orderBy('created_at')
    .orderBy('id')
    .limit(most)
    .execute()
  return rows.map(toJob)
}

function toJob(row: Selectable<OutboxTable>): OutboxJob {
  return {
    id: row.id,
    topic: row.topic as OutboxTopic,
    key: row.key,
    payload: row.payload,
    version: row.version,
    attempts: row.attempts,
    lastError: row.last_error,
    runAt: new Date(row.run_at),
    leaseUntil: row.lease_until === null ? null : new Date(row.lease_until),
    createdAt: new Date(row.created_at),
  }
}
