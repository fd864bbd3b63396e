import { newId } from '../../lib/ids.ts'
import { enqueue } from '../../outbox/outbox-records.ts'
import type { Store } from '../../store/open.ts'
import type { NewQuestion, QuestionRow } from './question-records.ts'

declare module '../../outbox/topics.ts' {
  interface OutboxTopics {
    /** A question that its person deleted or edited: its words have to go. */
    withdrawn: 'question id'
  }
}

type MessageRef = Pick<NewQuestion, 'team' | 'channel' | 'ts'>

/** The question that a message is. */
export async function findQuestionAt(store: Store, { team, channel, ts }: MessageRef): Promise<QuestionRow | null> {
  const row = await store
    .selectFrom('questions')
    .selectAll()
    .where('team', '=', team)
    .where('channel', '=', channel)
    .where('ts', '=', ts)
    .executeTakeFirst()
  return row ?? null
}

/**
 * Withdraws the questions that a deleted message was: its author's, and those of people who had it diagnosed. What
 * remains to be done is left to an outbox job each. Returns their ids.
 */
export function withdrawQuestions(store: Store, { team, channel, ts }: MessageRef, now: number): Promise<string[]> {
  return store.transaction().execute(async (transaction) => {
    const rows = await transaction
      .updateTable('questions')
      .set({ state: 'withdrawn', lease_owner: null, lease_until: null })
      .where('team', '=', team)
      .where('channel', '=', channel)
      .where((where) => where.or([where('ts', '=', ts), where('ts', 'like', `shortcut:${ts}:%`)]))
      .where('state', '!=', 'withdrawn')
      .returning('id')
      .execute()
    for (const { id } of rows) await enqueueWithdrawal(transaction, id, now)
    return rows.map(({ id }) => id)
  })
}

/**
 * Puts an edited question in the place of what it was before, which is withdrawn. Null when the same edit was taken in
 * before.
 */
export function replaceQuestion(
  store: Store,
  before: QuestionRow,
  { text, userId }: Pick<NewQuestion, 'text' | 'userId'>,
  lease: { owner: string; until: number },
  now: number,
): Promise<QuestionRow | null> {
  const row: QuestionRow = {
    ...before,
    id: newId('q', new Date(now)),
    user_id: userId,
    text,
    state: 'claimed',
    lease_owner: lease.owner,
    lease_until: lease.until,
    created_at: now,
    answered_at: null,
  }
  return store.transaction().execute(async (transaction) => {
    const { numUpdatedRows } = await transaction
      .updateTable('questions')
      .set({ ts: editedInto(row.id), state: 'withdrawn', lease_owner: null, lease_until: null })
      .where('id', '=', before.id)
      .where('ts', '=', before.ts)
      .where('state', '!=', 'withdrawn')
      .executeTakeFirst()
    if (numUpdatedRows !== 1n) return null
    await transaction.insertInto('questions').values(row).execute()
    await enqueueWithdrawal(transaction, before.id, now)
    return row
  })
}

/** Takes the place of the message's ts, which is the edited question's now. */
const editedInto = (id: string) => `edited:${id}`

/** What a question was before its edit; null when it wasn't edited. */
export function findEarlierVersion(store: Store, { id, team, channel }: QuestionRow): Promise<QuestionRow | null> {
  return findQuestionAt(store, { team, channel, ts: editedInto(id) })
}

/** Whether its person edited the question; then its message isn't gone. */
export function isReplaced({ ts }: Pick<QuestionRow, 'ts'>): boolean {
  return ts.startsWith(editedInto(''))
}

async function enqueueWithdrawal(transaction: Store, id: string, now: number): Promise<void> {
  const at = new Date(now)
  await enqueue(transaction, { topic: 'withdrawn', key: id, runAt: at }, at)
}

/** Erases a withdrawn question's words, and those of its answer, which may repeat them. */
export async function eraseQuestion(store: Store, id: string): Promise<void> {
  await store.transaction().execute(async (transaction) => {
    await transaction.updateTable('questions').set({ text: '' }).where('id', '=', id).execute()
    await transaction
      .updateTable('answers')
      .set({ question_text: '', model_text: '' })
      .where('question_id', '=', id)
      .execute()
  })
}

/** Whether the person has deleted or edited the question since; no other answer has no question. */
export function isErased({ question_text }: { question_text: string }): boolean {
  return question_text === ''
}

/** The answer has no message any more: it's gone, or shows another answer. */
export async function releaseMessage(store: Store, answerId: string): Promise<void> {
  await store.updateTable('answers').set({ message_ts: null }).where('id', '=', answerId).execute()
}
