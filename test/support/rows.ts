import type { Insertable } from 'kysely'
import { newId } from '../../src/lib/ids.ts'
import type { Store } from '../../src/store/open.ts'
import type { AnswersTable, CorrectionsTable, QuestionsTable } from '../../src/store/tables.ts'

/** The time of every made row unless a test says otherwise. */
export const NOON = Date.UTC(2026, 10, 22, 12)

/** A question as it stands once it was answered. */
export async function addQuestion(
  store: Store,
  over: Partial<Insertable<QuestionsTable>> = {},
): Promise<Insertable<QuestionsTable>> {
  const id = newId('q')
  const question = {
    id,
    team: 'T1',
    channel: 'C1',
    ts: `ts-${id}`,
    thread_ts: null,
    user_id: 'UASKER',
    channel_type: 'channel',
    source: 'mention',
    text: 'My unit shows E-02. What is wrong?',
    state: 'answered' as const,
    created_at: NOON,
    answered_at: NOON + 400,
    ...over,
  }
  await store.insertInto('questions').values(question).execute()
  return question
}

/** An answer with its question and one finding, posted in Slack. */
export async function addAnswer(
  store: Store,
  over: Partial<Insertable<AnswersTable>> = {},
): Promise<Insertable<AnswersTable>> {
  const question = await addQuestion(store)
  const id = newId('ans')
  const answer = {
    id,
    question_id: question.id,
    team: question.team,
    channel: question.channel,
    message_ts: `ts-${id}`,
    thread_ts: null,
    asker: question.user_id,
    question_text: question.text,
    model_text: "Error Code E-02 indicates a 'pH sensor drift'. Recommended Action: Wait.",
    source: 'model' as const,
    model: 'ft:base:hydrocore:1',
    catalog_version: '2026.11',
    device: null,
    latency_ms: 400,
    created_at: NOON,
    ...over,
  }
  await store.insertInto('answers').values(answer).execute()
  await store
    .insertInto('findings')
    .values({ answer_id: id, position: 0, code: 'E-02', verdict: 'contradicted', problem: 'pH sensor drift' })
    .execute()
  return answer
}

/** A correction that waits for review, without an answer of its own. */
export function correctionRow(over: Partial<Insertable<CorrectionsTable>> = {}): Insertable<CorrectionsTable> {
  return {
    id: newId('cor'),
    answer_id: null,
    source: 'person',
    status: 'proposed',
    question: 'My HydroCore unit shows E-02. What is wrong?',
    code: 'E-02',
    problem: 'Turbidity sensor occlusion',
    action: 'Trigger automated cleaning cycle',
    command: 'CLEAN_TURB',
    fallback: 'Check physical sensor for debris if error persists.',
    reason: 'wrong_meaning',
    note: null,
    original_text: "Error Code E-02 indicates a 'pH sensor drift'. Recommended Action: Wait.",
    model: 'ft:base:hydrocore:1',
    catalog_version: '2026.11',
    author: 'UAUTHOR',
    author_team: 'T1',
    consent: 'What I send may be used to train the assistant.',
    weight: 1,
    created_at: NOON,
    ...over,
  }
}

export async function addCorrection(
  store: Store,
  over: Partial<Insertable<CorrectionsTable>> = {},
): Promise<Insertable<CorrectionsTable>> {
  const correction = correctionRow(over)
  await store.insertInto('corrections').values(correction).execute()
  return correction
}
