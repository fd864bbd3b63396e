import { newId } from '../../lib/ids.ts'
import type { Store } from '../../store/open.ts'
import type { Diagnosis } from '../diagnose.ts'
import { findAnswerOf, type SavedAnswer, saveAnswer } from './question-records.ts'

/** Stands for nobody: no Slack user has an empty id. */
export const SYSTEM_USER = ''

export type AlertQuestion = {
  team: string
  channel: string
  /** In place of a message's ts; unique, so that the same occasion is one question. */
  occasion: string
  text: string
}

/**
 * Stores an answer nobody asked for, such as one to a code raised by a device. Its question counts as answered from the
 * start, so that no instance takes it over.
 */
export async function saveAlertQuestion(
  store: Store,
  { team, channel, occasion, text }: AlertQuestion,
  diagnosis: Diagnosis,
  catalogVersion: string,
  now: number,
): Promise<SavedAnswer> {
  await store
    .insertInto('questions')
    .values({
      id: newId('q', new Date(now)),
      team,
      channel,
      ts: occasion,
      thread_ts: null,
      user_id: SYSTEM_USER,
      channel_type: 'channel',
      source: 'alert',
      text,
      state: 'answered',
      lease_owner: null,
      lease_until: null,
      created_at: now,
      answered_at: now,
    })
    .onConflict((conflict) => conflict.columns(['team', 'channel', 'ts']).doNothing())
    .execute()
  const question = await store
    .selectFrom('questions')
    .selectAll()
    .where('team', '=', team)
    .where('channel', '=', channel)
    .where('ts', '=', occasion)
    .executeTakeFirstOrThrow()
  const saved =
    (await findAnswerOf(store, question.id)) ??
    (await saveAnswer(store, question, diagnosis, { channel, threadTs: null, catalogVersion }, now)) ??
    (await findAnswerOf(store, question.id))
  if (!saved) throw new Error(`the answer to ${question.id} was not kept`)
  return saved
}
