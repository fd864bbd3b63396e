import type { Selectable } from 'kysely'
import type { CursorRange } from '../../lib/paging.ts'
import { beyond } from '../../store/keyset.ts'
import type { Store } from '../../store/open.ts'
import type { AnswersTable, FindingsTable, QuestionsTable } from '../../store/tables.ts'

/** A question with its outcome; the answer's fields are null while there is none. */
export type QuestionListRow = Pick<Selectable<QuestionsTable>, 'id' | 'text' | 'state' | 'created_at'> &
  Nullable<Pick<Selectable<AnswersTable>, 'channel' | 'message_ts' | 'device'>> &
  Nullable<Pick<Selectable<FindingsTable>, 'code' | 'problem' | 'verdict'>>
type Nullable<T> = { [K in keyof T]: T[K] | null }

/** A person's questions, newest first: answered, waiting or unanswered. */
export async function listQuestionsOf(
  store: Store,
  asker: { team: string; user: string },
  { size, after }: CursorRange,
): Promise<QuestionListRow[]> {
  return (
    store
      .selectFrom('questions as question')
      .leftJoin('answers as answer', 'answer.question_id', 'question.id')
      .leftJoin('findings as finding', (join) =>
        join.onRef('finding.answer_id', '=', 'answer.id').on('finding.position', '=', 0),
      )
      .select(['question.id', 'question.text', 'question.state', 'question.created_at'])
      .select(['answer.channel', 'answer.message_ts', 'answer.device'])
      .select(['finding.code', 'finding.problem', 'finding.verdict'])
      .where('question.team', '=', asker.team)
      .where('question.user_id', '=', asker.user)
      .where('question.state', '!=', 'withdrawn')
      // A greeting was answered too, but there's nothing to come back to.
      .where((where) => where.or([where('answer.id', 'is not', null), where('state', 'in', ['claimed', 'abandoned'])]))
      .$if(after !== null, (query) =>
        query.where((where) => beyond(where, ['question.created_at', 'question.id'], '<', after)),
      )
      .orderBy('question.created_at', 'desc')
      .orderBy('question.id', 'desc')
      .limit(size)
      .execute()
  )
}

export type AnswerFigures = {
  answers: number
  bySource: Readonly<Partial<Record<AnswersTable['source']['__select__'], number>>>
  /** Milliseconds from the question to its diagnosis, median and 95th percentile; null without answers. */
  p50: number | null
  p95: number | null
}

/** The sources of the answers since a time, and how long they took. */
export async function readAnswerFigures(store: Store, since: number): Promise<AnswerFigures> {
  const counts = await store
    .selectFrom('answers')
    .select(['source', ({ fn }) => fn.countAll<number>().as('count')])
    .where('created_at', '>=', since)
    .groupBy('source')
    .execute()
  const answers = counts.reduce((sum, { count }) => sum + count, 0)
  const latencyAt = async (share: number) => {
    if (answers === 0) return null
    const row = await store
      .selectFrom('answers')
      .select('latency_ms')
      .where('created_at', '>=', since)
      .orderBy('latency_ms')
      .offset(Math.ceil(share * answers) - 1)
      .limit(1)
      .executeTakeFirst()
    return row?.latency_ms ?? null
  }
  return {
    answers,
    bySource: Object.fromEntries(counts.map(({ source, count }) => [source, count])),
    p50: await latencyAt(0.5),
    p95: await latencyAt(0.95),
  }
}
