import type { Catalog } from '../../catalog/catalog.ts'
import { forbiddenIn } from '../../diagnosis/grounding.ts'
import type { Store } from '../../store/open.ts'
import { isNewestVote } from './vote-records.ts'

/** The arms of a canary trial: threads answered by the live model, and threads answered by the canary. */
export type Arm = 'live' | 'canary'
export const ARMS: readonly Arm[] = ['live', 'canary']

/** An arm's answers by outcome. */
export type ArmFigures = {
  answers: number
  /** Of these, answered by the model just then: a cached answer adds no information. */
  asked: number
  /** Unreachable or empty, so that something else answered. */
  failed: number
  /** It contradicted the catalog: a forbidden command, another problem. */
  contradicted: number
  /** It answered a known code in no readable form. */
  unreadable: number
  up: number
  down: number
}
export type Arms = Readonly<Record<Arm, ArmFigures>>

const NOTHING: ArmFigures = { answers: 0, asked: 0, failed: 0, contradicted: 0, unreadable: 0, up: 0, down: 0 }

export async function readArms(store: Store, canaryId: string): Promise<Arms> {
  const [answers, votes] = await Promise.all([countAnswers(store, canaryId), countVotes(store, canaryId)])
  const figures = (arm: Arm): ArmFigures => {
    const votesFor = (value: 1 | -1) => votes.find((one) => one.arm === arm && one.value === value)?.count ?? 0
    const counted = answers.find((one) => one.arm === arm)
    const { arm: _, ...counts } = counted ?? { arm, ...NOTHING }
    return { ...NOTHING, ...counts, up: votesFor(1), down: votesFor(-1) }
  }
  return { live: figures('live'), canary: figures('canary') }
}

function countAnswers(store: Store, canaryId: string) {
  return store
    .selectFrom('answers as answer')
    .leftJoin(
      (from) =>
        from
          .selectFrom('findings')
          .innerJoin('answers as own', 'own.id', 'findings.answer_id')
          .select(({ fn, eb }) => [
            'findings.answer_id',
            fn.max(eb.case().when('verdict', '=', 'contradicted').then(1).else(0).end()).as('contradicted'),
            fn
              .max(
                eb
                  .case()
                  .when(eb.and([eb('verdict', '=', 'unanswered'), eb('code', 'is not', null)]))
                  .then(1)
                  .else(0)
                  .end(),
              )
              .as('unreadable'),
          ])
          .where('own.canary_id', '=', canaryId)
          .groupBy('findings.answer_id')
          .as('finding'),
      (join) => join.onRef('finding.answer_id', '=', 'answer.id'),
    )
    .select(({ fn, eb }) => {
      const count = (when: ReturnType<typeof eb.and>) => fn.sum<number>(eb.case().when(when).then(1).else(0).end())
      const isModel = eb('answer.source', '=', 'model')
      return [
        'answer.canary_arm as arm',
        fn.countAll<number>().as('answers'),
        count(eb.and([eb('answer.source', '!=', 'cache')])).as('asked'),
        count(eb.and([eb('answer.source', 'in', ['fallback_model', 'catalog', 'none'])])).as('failed'),
        count(eb.and([isModel, eb('finding.contradicted', '=', 1)])).as('contradicted'),
        count(eb.and([isModel, eb('finding.contradicted', '=', 0), eb('finding.unreadable', '=', 1)])).as('unreadable'),
      ]
    })
    .where('answer.canary_id', '=', canaryId)
    .groupBy('answer.canary_arm')
    .execute()
}

/** One vote per person and answer: the latest that is still set. */
function countVotes(store: Store, canaryId: string) {
  return store
    .selectFrom('vote_events as vote')
    .innerJoin('answers as answer', 'answer.id', 'vote.answer_id')
    .select(['answer.canary_arm as arm', 'vote.value', ({ fn }) => fn.countAll<number>().as('count')])
    .where('answer.canary_id', '=', canaryId)
    .where('vote.is_set', '=', 1)
    .where(isNewestVote())
    .groupBy(['answer.canary_arm', 'vote.value'])
    .execute()
}

/** With more contradictions than this, nobody needs the exact number. */
const MAX_READ = 1_000

/**
 * The answers that named a command forbidden for their codes. None of them was shown as advice. Answers without a code,
 * and those the catalog agrees with, are skipped.
 */
export async function countForbidden(store: Store, canaryId: string, catalog: Catalog): Promise<Record<Arm, number>> {
  const rows = await store
    .selectFrom('answers as answer')
    .innerJoin('findings as finding', 'finding.answer_id', 'answer.id')
    .select(['answer.id', 'answer.canary_arm as arm', 'answer.model_text as text', 'finding.code'])
    .where('answer.canary_id', '=', canaryId)
    .where('answer.source', '=', 'model')
    .where('finding.code', 'is not', null)
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('findings as other')
          .select('other.answer_id')
          .whereRef('other.answer_id', '=', 'answer.id')
          .where('other.verdict', '!=', 'grounded'),
      ),
    )
    .orderBy('answer.created_at', 'desc')
    .limit(MAX_READ)
    .execute()
  // Several codes are answered in one text, so a command allowed for one wasn't said about the other.
  const answers = [...Map.groupBy(rows, ({ id }) => id).values()]
  const count = (arm: Arm) =>
    answers.filter(([first, ...rest]) => {
      const codes = [first, ...rest].flatMap((row) => row?.code ?? [])
      return first?.arm === arm && forbiddenIn(first.text, codes, catalog).length > 0
    }).length
  return { live: count('live'), canary: count('canary') }
}
