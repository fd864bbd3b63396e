import type { AskStructured, Structured } from '../../diagnosis/model/structured.ts'
import { tallyOf } from '../../feedback/votes/votes.ts'
import { AppError, isAbort } from '../../lib/errors.ts'
import type { Store } from '../../store/open.ts'
import { EvaluationInterruptedError } from '../errors.ts'
import { type Asker, isPassingFault } from './ask-models.ts'
import type { Checkpoint } from './checkpoint.ts'
import { type Compared, judgePrompt, Verdict } from './judge-prompt.ts'
import { type Agreement, CRITERIA, type Criterion, type JudgeReport, type Pairing } from './judge-report.ts'
import { listVotedAnswers } from './records.ts'
import type { ModelReport } from './report.ts'
import { kappa, mcnemar } from './statistics.ts'

export type Judging = { model: string; ask: AskStructured }

export type JudgeRequest = {
  judging: Judging
  models: readonly ModelReport[]
  baseline: string
  questions: readonly string[]
  asker: Asker
  kept: Checkpoint
  store: Store
  onProgress?: ((progress: { model: string; done: number; total: number }) => void) | undefined
}

/** Whose answer: this model's, the baseline's, or no difference. */
type Choice = 'win' | 'loss' | 'tie'
type Opinion = { choices: Record<Criterion, Choice>; isAcceptable: { model: boolean; baseline: boolean } }
type NoOpinion = 'failed' | 'refused' | 'unreadable'

/** A row's verdict of both orders. What changes with the order is no preference. */
type Judged = {
  row: number
  choices: Record<Criterion, Choice>
  isSwayed: boolean
  /** Null where the two orders differ. */
  isAcceptable: { model: boolean | null; baseline: boolean | null }
}

/** Has each model's answers compared with the baseline's by a model that judges, row by row and in both orders. */
export async function judgeRows(request: JudgeRequest): Promise<JudgeReport> {
  const { judging, models, baseline } = request
  const against = models.find(({ name }) => name === baseline)
  const others = models.filter((model) => model !== against)
  const pairings: Pairing[] = []
  const views: View[] = []
  if (against)
    for (const model of others) {
      const { pairing, judged } = await judgePair(request, model, against)
      pairings.push(pairing)
      for (const { row, isAcceptable } of judged) {
        const question = request.questions[row] ?? ''
        views.push({ question, answer: model.outcomes[row]?.said ?? '', isAcceptable: isAcceptable.model })
        views.push({ question, answer: against.outcomes[row]?.said ?? '', isAcceptable: isAcceptable.baseline })
      }
    }
  return { model: judging.model, pairings, agreement: await agreementOf(request.store, views) }
}

async function judgePair(
  request: JudgeRequest,
  model: ModelReport,
  against: ModelReport,
): Promise<{ pairing: Pairing; judged: Judged[] }> {
  const { asker, onProgress } = request
  const total = model.outcomes.length
  let done = 0
  let same = 0
  const missing: Record<NoOpinion, number> = { failed: 0, refused: 0, unreadable: 0 }
  const judged: Judged[] = []
  const work = model.outcomes.map(async ({ row, said, expected }) => {
    const other = against.outcomes[row]?.said ?? ''
    const material = { question: request.questions[row] ?? '', facts: expected }
    if (said === other) same += 1
    else {
      const opinions = await asker.all([
        opinionOf(request, { ...material, a: said, b: other }, 'A', { model, against, row }),
        opinionOf(request, { ...material, a: other, b: said }, 'B', { model, against, row }),
      ])
      const [first, second] = opinions
      const without = opinions.find((one) => typeof one === 'string')
      if (without) missing[without] += 1
      else if (typeof first === 'object' && typeof second === 'object') judged.push(bothOrders(row, first, second))
    }
    done += 1
    onProgress?.({ model: `${request.judging.model} judges ${model.name}`, done, total })
  })
  await asker.all(work)
  const byCriterion = Object.fromEntries(
    CRITERIA.map((criterion) => [
      criterion,
      tallied(
        judged.map(({ choices }) => choices[criterion]),
        same,
      ),
    ]),
  ) as Pairing['byCriterion']
  const swayed = judged.filter(({ isSwayed }) => isSwayed).length
  return {
    pairing: { model: model.name, against: against.name, same, judged: judged.length, byCriterion, swayed, ...missing },
    judged,
  }
}

function bothOrders(row: number, first: Opinion, second: Opinion): Judged {
  const agreed = (a: boolean, b: boolean) => (a === b ? a : null)
  return {
    row,
    choices: Object.fromEntries(
      CRITERIA.map((criterion) => [
        criterion,
        first.choices[criterion] === second.choices[criterion] ? first.choices[criterion] : 'tie',
      ]),
    ) as Judged['choices'],
    isSwayed: first.choices.better !== second.choices.better,
    isAcceptable: {
      model: agreed(first.isAcceptable.model, second.isAcceptable.model),
      baseline: agreed(first.isAcceptable.baseline, second.isAcceptable.baseline),
    },
  }
}

function tallied(choices: readonly Choice[], same: number) {
  const wins = choices.filter((choice) => choice === 'win').length
  const losses = choices.filter((choice) => choice === 'loss').length
  return { wins, losses, ties: choices.length - wins - losses + same, p: mcnemar(wins, losses) }
}

/** What the judge says with the model's answer as A or as B; kept from before, or asked now. */
async function opinionOf(
  { judging, asker, kept }: JudgeRequest,
  compared: Compared,
  place: 'A' | 'B',
  { model, against, row }: { model: ModelReport; against: ModelReport; row: number },
): Promise<Opinion | NoOpinion> {
  const arm = JSON.stringify(['judge', judging.model, model.name, against.name, place])
  const before = kept.find(arm, row)
  if (before)
    return opinion(before.failure === null ? readKept(before.said) : { kind: asMissing(before.failure) }, place)
  try {
    const heard = await asker.ask((signal) =>
      judging.ask({ model: judging.model, messages: judgePrompt(compared), name: 'verdict', schema: Verdict }, signal),
    )
    const failure = heard.kind === 'read' ? null : heard.kind
    const said = heard.kind === 'read' ? JSON.stringify(heard.value) : ''
    await kept.keep(arm, row, { said, failure, latencyMs: 0, usage: null })
    return opinion(heard, place)
  } catch (error) {
    asker.signal.throwIfAborted()
    if (isAbort(error) || !(error instanceof AppError) || error instanceof EvaluationInterruptedError) throw error
    if (!isPassingFault(error)) await kept.keep(arm, row, { said: '', failure: 'failed', latencyMs: 0, usage: null })
    return 'failed'
  }
}

function readKept(text: string): Structured<Verdict> {
  const read = Verdict.safeParse(JSON.parse(text))
  return read.success ? { kind: 'read', value: read.data } : { kind: 'unreadable' }
}

function asMissing(failure: string): NoOpinion {
  return failure === 'refused' || failure === 'unreadable' ? failure : 'failed'
}

function opinion(heard: Structured<Verdict> | { kind: NoOpinion }, place: 'A' | 'B'): Opinion | NoOpinion {
  if (heard.kind !== 'read') return heard.kind
  const { acceptable, ...verdict } = heard.value
  const other = place === 'A' ? 'B' : 'A'
  const mine = (said: 'A' | 'B' | 'tie'): Choice => (said === 'tie' ? 'tie' : said === place ? 'win' : 'loss')
  const may = (which: 'A' | 'B') => acceptable === 'both' || acceptable === which
  return {
    choices: {
      correctness: mine(verdict.correctness),
      clarity: mine(verdict.clarity),
      tone: mine(verdict.tone),
      better: mine(verdict.better),
    },
    isAcceptable: { model: may(place), baseline: may(other) },
  }
}

/** What the judge holds of one answer. */
type View = { question: string; answer: string; isAcceptable: boolean | null }

/** Thumbs of people on the very answers that were judged: the same question, answered in the same words. */
async function agreementOf(store: Store, views: readonly View[]): Promise<Agreement> {
  const voted = Map.groupBy(await listVotedAnswers(store), ({ question_text, model_text }) =>
    keyOf(question_text, model_text),
  )
  const counts = { bothYes: 0, onlyFirst: 0, onlySecond: 0, bothNo: 0 }
  for (const { question, answer, isAcceptable } of views) {
    const { up, down } = tallyOf((voted.get(keyOf(question, answer)) ?? []).map((one) => ({ ...one })))
    if (isAcceptable === null || up === down) continue
    const isLiked = up > down
    if (isAcceptable) counts[isLiked ? 'bothYes' : 'onlyFirst'] += 1
    else counts[isLiked ? 'onlySecond' : 'bothNo'] += 1
  }
  const { bothYes, onlyFirst, onlySecond, bothNo } = counts
  return {
    answers: bothYes + onlyFirst + onlySecond + bothNo,
    agreed: bothYes + bothNo,
    kappa: kappa(counts),
  }
}

/** Of a follow-up its last line, which is all that stands beside an answer in Slack. */
function keyOf(question: string, answer: string): string {
  return [question.trim().split('\n').at(-1) ?? '', answer]
    .map((text) =>
      text
        .toLowerCase()
        .replace(/[^\p{L}\p{N}]+/gu, ' ')
        .trim(),
    )
    .join('\n')
}
