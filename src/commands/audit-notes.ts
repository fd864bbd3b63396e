import { createHash } from 'node:crypto'
import { enqueue, type NewJob, type OutboxJob } from '../outbox/outbox-records.ts'
import type { Store } from '../store/open.ts'
import type { Command, Person } from './command.ts'
import { type Refusal, refusalReason } from './refusals.ts'
import { toCommand } from './row-mapping.ts'

/** The same refusal of the same person is one row a minute: a stuck finger doesn't fill the audit. */
const DEDUPE_WINDOW_MS = 60_000

/** Records a refused attempt. A click that merely came too late is left out. */
export async function recordRefusal(
  store: Store,
  command: Command,
  refusal: Refusal,
  actor: Person,
  at: Date,
): Promise<void> {
  if (refusal.code === 'already') return
  await insertNote(store, command, {
    kind: 'refused',
    at,
    actor,
    why: `pressed; refused: ${refusalReason(refusal)}`,
    key: ['refused', refusal.code, actor.user, actor.team],
  })
}

/** Records who checked the device on site; null when somebody else was quicker. */
export async function recordSiteCheck(
  store: Store,
  { id, state }: Command,
  actor: Person,
  at: Date,
  job: NewJob,
): Promise<{ command: Command; job: OutboxJob } | null> {
  return store.transaction().execute(async (trx) => {
    const row = await trx
      .updateTable('commands')
      .set({ checked_by: actor.user, checked_by_team: actor.team, checked_at: at.getTime() })
      .where('id', '=', id)
      .where('state', '=', state)
      .where('checked_at', 'is', null)
      .returningAll()
      .executeTakeFirst()
    if (!row) return null
    const why = 'checked the device on site'
    await insertNote(trx, { id, state }, { kind: 'checked', at, actor, why, key: ['checked'] })
    return { command: toCommand(row), job: await enqueue(trx, job, at) }
  })
}

/** Records who wants an operator to send an offered command; null when somebody has asked for it already. */
export async function recordAsk(
  store: Store,
  command: Command,
  actor: Person,
  at: Date,
  jobs: readonly NewJob[],
): Promise<readonly OutboxJob[] | null> {
  return store.transaction().execute(async (trx) => {
    const note = { kind: 'asked', at, actor, why: 'asked an operator to send it', key: null } as const
    if (!(await insertNote(trx, command, note))) return null
    const enqueued: OutboxJob[] = []
    for (const job of jobs) enqueued.push(await enqueue(trx, job, at))
    return enqueued
  })
}

/** Inserts a row after the command's newest step, once for each `key` a minute, or only once. False if it exists. */
async function insertNote(
  store: Store,
  { id, state }: Pick<Command, 'id' | 'state'>,
  note: {
    kind: 'refused' | 'checked' | 'asked'
    at: Date
    actor: Person
    why: string
    key: readonly unknown[] | null
  },
): Promise<boolean> {
  const newest = await store
    .selectFrom('command_steps')
    .select(({ fn }) => fn.max('id').as('id'))
    .where('command_id', '=', id)
    .where('kind', '=', 'step')
    .executeTakeFirst()
  const { numInsertedOrUpdatedRows = 0n } = await store
    .insertInto('command_steps')
    .values({
      id: `${newest?.id ?? id}.${note.key ? oncePerMinute(note.key, note.at) : note.kind}`,
      command_id: id,
      kind: note.kind,
      at: note.at.getTime(),
      from_state: state,
      to_state: state,
      actor: note.actor.user,
      actor_team: note.actor.team,
      why: note.why,
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .executeTakeFirstOrThrow()
  return numInsertedOrUpdatedRows > 0n
}

function oncePerMinute(key: readonly unknown[], at: Date): string {
  const minute = Math.floor(at.getTime() / DEDUPE_WINDOW_MS)
  return `${minute.toString(36)}.${createHash('sha256').update(JSON.stringify(key)).digest('hex').slice(0, 12)}`
}
