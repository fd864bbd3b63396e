import type { Selectable } from 'kysely'
import { z } from 'zod'
import { newId } from '../../lib/ids.ts'
import type { Store } from '../../store/open.ts'
import type { AnswersTable, FindingsTable, QuestionsTable } from '../../store/tables.ts'
import type { Statement } from '../answer.ts'
import type { Diagnosis } from '../diagnose.ts'

export type QuestionRow = Selectable<QuestionsTable>
export type AnswerRow = Selectable<AnswersTable>
export type FindingRow = Selectable<FindingsTable>
export type SavedAnswer = AnswerRow & { findings: readonly FindingRow[] }

/** How a question arrived. */
export type QuestionSource = 'message' | 'mention' | 'command' | 'shortcut'

export type NewQuestion = {
  team: string
  channel: string
  ts: string
  threadTs: string | null
  userId: string
  channelType: string
  source: QuestionSource
  text: string
}

/**
 * Claims a message as a question, once for all instances: the row is stored before Slack gets its ack. Null when it was
 * claimed before (a redelivery, or the second event for the same message).
 */
export async function claimQuestion(
  store: Store,
  question: NewQuestion,
  lease: { owner: string; until: number },
  now: number,
): Promise<QuestionRow | null> {
  const row: QuestionRow = {
    id: newId('q', new Date(now)),
    team: question.team,
    channel: question.channel,
    ts: question.ts,
    thread_ts: question.threadTs,
    user_id: question.userId,
    channel_type: question.channelType,
    source: question.source,
    text: question.text,
    state: 'claimed',
    lease_owner: lease.owner,
    lease_until: lease.until,
    created_at: now,
    answered_at: null,
  }
  const { numInsertedOrUpdatedRows } = await store
    .insertInto('questions')
    .values(row)
    .onConflict((conflict) => conflict.columns(['team', 'channel', 'ts']).doNothing())
    .executeTakeFirst()
  return numInsertedOrUpdatedRows === 1n ? row : null
}

/**
 * Who asked us in a thread; null for a thread we never answered in. A thread is ours too where it hangs below an answer
 * of ours, as below an alert, which nobody asked for.
 */
export async function findThreadAskers(
  store: Store,
  team: string,
  channel: string,
  threadTs: string,
): Promise<ReadonlySet<string> | null> {
  const asked = store
    .selectFrom('questions')
    .select('user_id as user')
    .where('team', '=', team)
    .where('channel', '=', channel)
    .where((where) => where.or([where('thread_ts', '=', threadTs), where('ts', '=', threadTs)]))
  const answered = store
    .selectFrom('answers')
    .select('asker as user')
    .where('team', '=', team)
    .where('channel', '=', channel)
    .where('message_ts', '=', threadTs)
  const rows = await asked.unionAll(answered).execute()
  return rows.length > 0 ? new Set(rows.map(({ user }) => user)) : null
}

const Devices = z.array(z.string())
const OpenDevices = z.array(z.object({ typed: z.string(), candidates: Devices }))

/** The devices that a finding is about. */
export function devicesOf({ devices }: Pick<FindingRow, 'devices'>): readonly string[] {
  return Devices.parse(JSON.parse(devices))
}

/** The statement that was shown; null where there was none. */
export function statementIn({ code, problem, action, command, fallback }: FindingRow): Statement | null {
  return code && problem && action ? { code, problem, action, command, fallback } : null
}

/** The short device ids that the question left open. */
export function openDevicesOf({ open_devices: open }: Pick<AnswerRow, 'open_devices'>): z.infer<typeof OpenDevices> {
  return open ? OpenDevices.parse(JSON.parse(open)) : []
}

/** How many questions a person asked since a moment, in ms; nothing is counted beyond `most`. */
export async function countQuestionsOf(
  store: Store,
  { team, user }: { team: string; user: string },
  since: number,
  most: number,
): Promise<number> {
  const rows = await store
    .selectFrom('questions')
    .select('id')
    .where('team', '=', team)
    .where('user_id', '=', user)
    .where('created_at', '>', since)
    .limit(most)
    .execute()
  return rows.length
}

/**
 * Closes a question without an answer of its own (a greeting, nothing to read, an apology). False when it isn't open
 * any more.
 */
export async function closeQuestion(
  store: Store,
  id: string,
  state: 'answered' | 'abandoned',
  now: number,
): Promise<boolean> {
  const { numUpdatedRows } = await store
    .updateTable('questions')
    .set({ state, answered_at: now, lease_owner: null, lease_until: null })
    .where('id', '=', id)
    .where('state', '=', 'claimed')
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/**
 * Stores the one final answer of a question with its findings. Null when it has one already, since another instance
 * took this one for dead and was quicker, and when its person withdrew it.
 */
export async function saveAnswer(
  store: Store,
  question: QuestionRow,
  diagnosis: Diagnosis,
  place: { channel: string; threadTs: string | null; catalogVersion: string },
  now: number,
): Promise<SavedAnswer | null> {
  const answer: AnswerRow = {
    id: newId('ans', new Date(now)),
    question_id: question.id,
    team: question.team,
    channel: place.channel,
    message_ts: null,
    thread_ts: place.threadTs,
    asker: question.user_id,
    question_text: question.text,
    model_text: diagnosis.modelText,
    source: diagnosis.source,
    model: diagnosis.model,
    strategy: diagnosis.strategy,
    canary_id: diagnosis.trial?.canary ?? null,
    canary_arm: diagnosis.trial?.arm ?? null,
    catalog_version: place.catalogVersion,
    device: diagnosis.devices[0] ?? null,
    open_devices: diagnosis.openDevices.length > 0 ? JSON.stringify(diagnosis.openDevices) : null,
    latency_ms: diagnosis.latencyMs,
    created_at: now,
  }
  const findings = diagnosis.findings.map(
    ({ code, verdict, statement, typed, step, devices }, position): FindingRow => ({
      answer_id: answer.id,
      position,
      code,
      verdict,
      problem: statement?.problem ?? null,
      action: statement?.action ?? null,
      command: statement?.command ?? null,
      fallback: statement?.fallback ?? null,
      typed,
      step,
      devices: JSON.stringify(devices),
    }),
  )
  const isFirst = await store.transaction().execute(async (transaction) => {
    if (!(await isWanted(transaction, question.id))) return false
    const { numInsertedOrUpdatedRows } = await transaction
      .insertInto('answers')
      .values(answer)
      .onConflict((conflict) => conflict.column('question_id').doNothing())
      .executeTakeFirst()
    if (numInsertedOrUpdatedRows !== 1n) return false
    if (findings.length > 0) await transaction.insertInto('findings').values(findings).execute()
    return true
  })
  return isFirst ? { ...answer, findings } : null
}

/** False once its person deleted or edited it. */
export async function isWanted(store: Store, questionId: string): Promise<boolean> {
  const row = await store.selectFrom('questions').select('state').where('id', '=', questionId).executeTakeFirst()
  return row?.state !== 'withdrawn'
}

/**
 * Records that the answer is posted: its message leads back to it, and its question is done. False when the question
 * was withdrawn meanwhile, and nothing is recorded.
 */
export async function markPosted(
  store: Store,
  answer: { id: string; question_id: string; channel: string },
  at: { channel: string; ts: string },
  now: number,
): Promise<boolean> {
  // Sent to the person alone, it's in no thread.
  const moved = at.channel === answer.channel ? {} : { thread_ts: null }
  return store.transaction().execute(async (transaction) => {
    const { numUpdatedRows } = await transaction
      .updateTable('questions')
      .set({ state: 'answered', answered_at: now, lease_owner: null, lease_until: null })
      .where('id', '=', answer.question_id)
      .where('state', '!=', 'withdrawn')
      .executeTakeFirst()
    if (numUpdatedRows !== 1n) return false
    await transaction
      .updateTable('answers')
      .set({ channel: at.channel, message_ts: at.ts, ...moved })
      .where('id', '=', answer.id)
      .execute()
    return true
  })
}

/** The answer a question already has, posted or not. */
export async function findAnswerOf(store: Store, questionId: string): Promise<SavedAnswer | null> {
  const answer = await store.selectFrom('answers').selectAll().where('question_id', '=', questionId).executeTakeFirst()
  return answer ? withFindings(store, answer) : null
}

/** Renews the leases of an instance's questions. Returns the ids it still holds. */
export async function renewLeases(
  store: Store,
  owner: string,
  ids: readonly string[],
  until: number,
): Promise<Set<string>> {
  if (ids.length === 0) return new Set()
  const rows = await store
    .updateTable('questions')
    .set({ lease_until: until })
    .where('state', '=', 'claimed')
    .where('lease_owner', '=', owner)
    .where('id', 'in', ids)
    .returning('id')
    .execute()
  return new Set(rows.map(({ id }) => id))
}

/** Gives a question back: from `at` on, any instance may take it over. */
export async function releaseQuestion(store: Store, id: string, owner: string, at: number): Promise<void> {
  await store
    .updateTable('questions')
    .set({ lease_until: at })
    .where('id', '=', id)
    .where('state', '=', 'claimed')
    .where('lease_owner', '=', owner)
    .execute()
}

/** In place of an instance's name: the person wants no answer any more. */
export const STOPPED = 'stopped by the asker'

/** Marks what other instances are answering in this thread as stopped; each notices when it renews its leases. */
export async function stopThread(
  store: Store,
  thread: { team: string; channel: string; threadTs: string },
  notMine: string,
): Promise<void> {
  await store
    .updateTable('questions')
    .set({ lease_owner: STOPPED })
    .where('state', '=', 'claimed')
    .where('team', '=', thread.team)
    .where('channel', '=', thread.channel)
    .where((where) => where.or([where('thread_ts', '=', thread.threadTs), where('ts', '=', thread.threadTs)]))
    .where('lease_owner', '!=', notMine)
    .execute()
}

export async function findQuestion(store: Store, id: string): Promise<QuestionRow | null> {
  return (await store.selectFrom('questions').selectAll().where('id', '=', id).executeTakeFirst()) ?? null
}

/** Questions whose instance is gone, oldest first. */
export async function listOrphans(store: Store, now: number, most: number): Promise<QuestionRow[]> {
  return store
    .selectFrom('questions')
    .selectAll()
    .where('state', '=', 'claimed')
    .where('lease_until', '<', now)
    .orderBy('created_at')
    .limit(most)
    .execute()
}

/** Takes a question over from a dead instance; false when another one was quicker. */
export async function takeOver(
  store: Store,
  question: QuestionRow,
  lease: { owner: string; until: number },
): Promise<boolean> {
  const { numUpdatedRows } = await store
    .updateTable('questions')
    .set({ lease_owner: lease.owner, lease_until: lease.until })
    .where('id', '=', question.id)
    .where('state', '=', 'claimed')
    .where('lease_until', 'is not distinct from', question.lease_until)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** Reopens a question that ended without an answer; null when it has one or is being answered. */
export async function reopenQuestion(
  store: Store,
  id: string,
  lease: { owner: string; until: number },
): Promise<QuestionRow | null> {
  const { numUpdatedRows } = await store
    .updateTable('questions')
    .set({ state: 'claimed', answered_at: null, lease_owner: lease.owner, lease_until: lease.until })
    .where('id', '=', id)
    .where('state', '=', 'abandoned')
    .executeTakeFirst()
  return numUpdatedRows === 1n ? findQuestion(store, id) : null
}

export async function findAnswer(store: Store, id: string): Promise<SavedAnswer | null> {
  const answer = await store.selectFrom('answers').selectAll().where('id', '=', id).executeTakeFirst()
  return answer ? withFindings(store, answer) : null
}

/** The answer a Slack message shows; this decides which messages are ours. */
export async function findAnswerAt(
  store: Store,
  at: { team: string; channel: string; ts: string },
): Promise<SavedAnswer | null> {
  const answer = await store
    .selectFrom('answers')
    .selectAll()
    .where('team', '=', at.team)
    .where('channel', '=', at.channel)
    .where('message_ts', '=', at.ts)
    .executeTakeFirst()
  return answer ? withFindings(store, answer) : null
}

async function withFindings(store: Store, answer: AnswerRow): Promise<SavedAnswer> {
  const findings = await store
    .selectFrom('findings')
    .selectAll()
    .where('answer_id', '=', answer.id)
    .orderBy('position')
    .execute()
  return { ...answer, findings }
}
