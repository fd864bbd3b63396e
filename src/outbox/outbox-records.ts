import type { Selectable } from 'kysely'
import type { Store } from '../store/open.ts'
import type { ErrandsTable } from '../store/tables.ts'

/** What can be left to be done: by which name it is picked up, and what its subject is. */
export const ERRAND_TOPICS = {
  show: 'an answer whose message is out of date',
  lapse: 'an answer whose button has lapsed',
  votes: 'an answer whose count of votes is out of date',
  failure: 'a failed command whose answer goes to the corrections queue',
  outcome: 'a command whose code had time to come back',
  assignment: 'a work order whose assignee has not heard of it',
  reminder: 'a work order that is due tomorrow',
  webhook: 'a change of a work order for the company’s own system',
  alert: 'an alert whose message is out of date',
  review: 'a correction whose message to the reviewers is out of date',
  verdict: 'a decided correction whose people have not heard of it',
  alert_quiet: 'an alert that may be over',
  model_news: 'something about the models that the administrators have not heard of',
  model_word: 'one administrator who has not heard of it',
} as const
export type ErrandTopic = keyof typeof ERRAND_TOPICS

export type Errand = {
  readonly id: string
  readonly topic: ErrandTopic
  readonly subject: string
  readonly body: string | null
  readonly version: number
  /** How often it went wrong. */
  readonly tries: number
  readonly fault: string | null
  readonly dueAt: Date
  readonly leaseUntil: Date | null
  readonly createdAt: Date
}

export type Wish = {
  topic: ErrandTopic
  subject: string
  body?: string | undefined
  dueAt: Date
  /** Asked for again while it waits, it keeps its time: what many ask for is done once for all, and put off by nobody. */
  isGathering?: boolean
  /** Ours alone until then: whoever puts it does it at once, and others only if we die. */
  leaseUntil?: Date | undefined
}

/** Leaves an errand to be done. Asked for again it is one errand, at the newer time, and no older run settles it. */
export async function putErrand(store: Store, wish: Wish, now: Date): Promise<Errand> {
  const row = await store
    .insertInto('outbox')
    .values({
      id: `${wish.topic}:${wish.subject}`,
      topic: wish.topic,
      key: wish.subject,
      payload: wish.body ?? null,
      version: 1,
      run_at: wish.dueAt.getTime(),
      lease_until: wish.leaseUntil?.getTime() ?? null,
      attempts: 0,
      last_error: null,
      created_at: now.getTime(),
    })
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet(({ eb, ref, fn }) => ({
        payload: ref('excluded.payload'),
        version: eb('outbox.version', '+', 1),
        run_at: wish.isGathering
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
  return toErrand(row)
}

/** Takes what is due and nobody works on, the longest due first; each errand by one taker alone. */
export async function takeErrands(
  store: Store,
  { topics, now, leaseUntil, most }: { topics: readonly ErrandTopic[]; now: Date; leaseUntil: Date; most: number },
): Promise<Errand[]> {
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
  const taken: Errand[] = []
  for (const { id, version, lease_until } of due) {
    const row = await store
      .updateTable('outbox')
      .set({ lease_until: leaseUntil.getTime() })
      .where('id', '=', id)
      .where('version', '=', version)
      .where('lease_until', 'is not distinct from', lease_until)
      .returningAll()
      .executeTakeFirst()
    if (row) taken.push(toErrand(row))
  }
  return taken
}

/** Whether it waits still as it was put: not done, and not asked for anew. */
export async function isWanted(store: Store, { id, version }: Errand): Promise<boolean> {
  const row = await store
    .selectFrom('outbox')
    .select('id')
    .where('id', '=', id)
    .where('version', '=', version)
    .executeTakeFirst()
  return row !== undefined
}

/** Done: it goes, unless it was asked for anew meanwhile. */
export async function finishErrand(store: Store, errand: Errand): Promise<void> {
  const { numDeletedRows } = await store
    .deleteFrom('outbox')
    .where('id', '=', errand.id)
    .where('version', '=', errand.version)
    .executeTakeFirst()
  if (numDeletedRows === 0n) await freeErrand(store, errand)
}

/** Gone wrong: it is tried again at `dueAt`, and its fault can be seen until then. */
export async function delayErrand(store: Store, errand: Errand, fault: string, dueAt: Date): Promise<void> {
  const { numUpdatedRows } = await store
    .updateTable('outbox')
    .set({ attempts: errand.tries + 1, last_error: fault, run_at: dueAt.getTime(), lease_until: null })
    .where('id', '=', errand.id)
    .where('version', '=', errand.version)
    .executeTakeFirst()
  if (numUpdatedRows === 0n) await freeErrand(store, errand)
}

/** Gives it back undone. A newer wish may be leased to somebody else by now; only our own lease ends. */
export async function freeErrand(store: Store, { id, leaseUntil }: Errand): Promise<void> {
  await store
    .updateTable('outbox')
    .set({ lease_until: null })
    .where('id', '=', id)
    .where('lease_until', '=', leaseUntil?.getTime() ?? 0)
    .execute()
}

export async function dropErrand(store: Store, topic: ErrandTopic, subject: string): Promise<void> {
  await store.deleteFrom('outbox').where('id', '=', `${topic}:${subject}`).execute()
}

/** Puts others in an errand's place, at once: whoever comes next finds either it or all of them. */
export async function splitErrand(store: Store, errand: Errand, wishes: readonly Wish[], now: Date): Promise<void> {
  await store.transaction().execute(async (transaction) => {
    for (const wish of wishes) await putErrand(transaction, wish, now)
    await dropErrand(transaction, errand.topic, errand.subject)
  })
}

/** What is left to be done of one kind, the longest waiting first. */
export async function listErrands(store: Store, topic: ErrandTopic, most: number): Promise<Errand[]> {
  const rows = await store
    .selectFrom('outbox')
    .selectAll()
    .where('topic', '=', topic)
    .orderBy('created_at')
    .orderBy('id')
    .limit(most)
    .execute()
  return rows.map(toErrand)
}

function toErrand(row: Selectable<ErrandsTable>): Errand {
  return {
    id: row.id,
    topic: row.topic as ErrandTopic,
    subject: row.key,
    body: row.payload,
    version: row.version,
    tries: row.attempts,
    fault: row.last_error,
    dueAt: new Date(row.run_at),
    leaseUntil: row.lease_until === null ? null : new Date(row.lease_until),
    createdAt: new Date(row.created_at),
  }
}
