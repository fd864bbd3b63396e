import type { AskStructured, Structured } from '../../diagnosis/model/structured.ts'
import { tallyOf } from '../../feedback/votes/votes.ts'
import { AppError, isAbort } from '../../lib/errors.ts'
import type { Store } from '../../store/open.ts'
import { EvaluationInterruptedError } from '../errors.ts'
import { isTransientFault, type RequestQueue } from './ask-models.ts'
import type { Checkpoint } from './checkpoint.ts'
import { buildJudgePrompt, type ComparedAnswers, JudgeVerdict } from './judge-prompt.ts'
import { type Agreement, CRITERIA, type Criterion, type JudgeReport, type Pairing } from './judge-report.ts'
import { listVotedAnswers } from './records.ts'
import type { ModelReport } from './report.ts'
import { kappa, mcnemar } from './statistics.ts'

export type Judge = { model: string; ask: AskStructured }

export type JudgeRequest = {
  judge: Judge
  models: readonly ModelReport[]
  baseline: string
  questions: readonly string[]
  queue: RequestQueue
  checkpoint: Checkpoint
  store: Store
  onProgress?: ((progress: { model: string; done: number; total: number }) => void) | undefined
}

/** Whose answer: this model's, the baseline's, or no difference. */
type Preference = 'win' | 'loss' | 'tie'
type Opinion = { choices: Record<Criterion, Preference>; isAcceptable: { model: boolean; baseline: boolean } }
type OpinionFailure = 'failed' | 'refused' | 'unreadable'

/** A row's verdict of both orders. What changes with the order is no preference. */
type JudgedRow = {
  row: number
  choices: Record<Criterion, Preference>
  hasPositionBias: boolean
  /** Null where the two orders differ. */
  isAcceptable: { model: boolean | null; baseline: boolean | null }
}

/** Has each model's answers compared with the baseline's by a model that judges, row by row and in both orders. */
export async function judgeRows(request: JudgeRequest): Promise<JudgeReport> {
  const { judge, models, baseline } = request
  const against = models.find(({ name }) => name === baseline)
  const others = models.filter((model) => model !== against)
  const pairings: Pairing[] = []
  const views: AcceptabilityView[] = []
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
  return { model: judge.model, pairings, agreement: await agreementOf(request.store, views) }
}

async function judgePair(
  request: JudgeRequest,
  model: ModelReport,
  against: ModelReport,
): Promise<{ pairing: Pairing; judged: JudgedRow[] }> {
  const { queue, onProgress } = request
  const total = model.outcomes.length
  let done = 0
  let same = 0
  const missing: Record<OpinionFailure, number> = { failed: 0, refused: 0, unreadable: 0 }
  const judged: JudgedRow[] = []
  const work = model.outcomes.map(async ({ row, said, expected }) => {
    const other = against.outcomes[row]?.said ?? ''
    const material = { question: request.questions[row] ?? '', facts: expected }
    if (said === other) same += 1
    else {
      const opinions = await queue.all([
        opinionOf(request, { ...material, a: said, b: other }, 'A', { model, against, row }),
        opinionOf(request, { ...material, a: other, b: said }, 'B', { model, against, row }),
      ])
      const [first, second] = opinions
      const without = opinions.find((one) => typeof one === 'string')
      if (without) missing[without] += 1
      else if (typeof first === 'object' && typeof second === 'object') judged.push(combineOrders(row, first, second))
    }
    done += 1
    onProgress?.({ model: `${request.judge.model} judges ${model.name}`, done, total })
  })
  await queue.all(work)
  const byCriterion = Object.fromEntries(
    CRITERIA.map((criterion) => [
      criterion,
      tally(
        judged.map(({ choices }) => choices[criterion]),
        same,
      ),
    ]),
  ) as Pairing['byCriterion']
  const swayed = judged.filter(({ hasPositionBias }) => hasPositionBias).length
  return {
    pairing: { model: model.name, against: against.name, same, judged: judged.length, byCriterion, swayed, ...missing },
    judged,
  }
}

function combineOrders(row: number, first: Opinion, second: Opinion): JudgedRow {
  const agreed = (a: boolean, b: boolean) => (a === b ? a : null)
  return {
    row,
    choices: Object.fromEntries(
      CRITERIA.map((criterion) => [
        criterion,
        first.choices[criterion] === second.choices[criterion] ? first.choices[criterion] : 'tie',
      ]),
    ) as JudgedRow['choices'],
    hasPositionBias: first.choices.better !== second.choices.better,
    isAcceptable: {
      model: agreed(first.isAcceptable.model, second.isAcceptable.model),
      baseline: agreed(first.isAcceptable.baseline, second.isAcceptable.baseline),
    },
  }
}

function tally(choices: readonly Preference[], same: number) {
  const wins = choices.filter((choice) => choice === 'win').length
  const losses = choices.filter((choice) => choice === 'loss').length
  return { wins, losses, ties: choices.length - wins - losses + same, p: mcnemar(wins, losses) }
}

/** What the judge says with the model's answer as A or as B; kept from before, or asked now. */
async function opinionOf(
  { judge, queue, checkpoint }: JudgeRequest,
  compared: ComparedAnswers,
  position: 'A' | 'B',
  { model, against, row }: { model: ModelReport; against: ModelReport; row: number },
): Promise<Opinion | OpinionFailure> {
  const arm = JSON.stringify(['judge', judge.model, model.name, against.name, position])
  const before = checkpoint.find(arm, row)
  if (before)
    return toOpinion(
      before.failure === null ? parseSavedVerdict(before.said) : { kind: toOpinionFailure(before.failure) },
      position,
    )
  try {
    const heard = await queue.run((signal) =>
      judge.ask(
        { model: judge.model, messages: buildJudgePrompt(compared), name: 'verdict', schema: JudgeVerdict },
        signal,
      ),
    )
    const failure = heard.kind === 'read' ? null : heard.kind
    const said = heard.kind === 'read' ? JSON.stringify(heard.value) : ''
    await checkpoint.save(arm, row, { said, failure, latencyMs: 0, usage: null })
    return toOpinion(heard, position)
  } catch (error) {
    queue.signal.throwIfAborted()
    if (isAbort(error) || !(error instanceof AppError) || error instanceof EvaluationInterruptedError) throw error
    if (!isTransientFault(error))
      await checkpoint.save(arm, row, { said: '', failure: 'failed', latencyMs: 0, usage: null })
    return 'failed'
  }
}

function parseSavedVerdict(text: string): Structured<JudgeVerdict> {
  const read = JudgeVerdict.safeParse(JSON.parse(text))
  return read.success ? { kind: 'read', value: read.data } : { kind: 'unreadable' }
}

function toOpinionFailure(failure: string): OpinionFailure {
  return failure === 'refused' || failure === 'unreadable' ? failure : 'failed'
}

function toOpinion(
  heard: Structured<JudgeVerdict> | { kind: OpinionFailure },
  position: 'A' | 'B',
): Opinion | OpinionFailure {
  if (heard.kind !== 'read') return heard.kind
  const { acceptable, ...verdict } = heard.value
  const other = position === 'A' ? 'B' : 'A'
  const mine = (said: 'A' | 'B' | 'tie'): Preference => (said === 'tie' ? 'tie' : said === position ? 'win' : 'loss')
  const may = (which: 'A' | 'B') => acceptable === 'both' || acceptable === which
  return {
    choices: {
      correctness: mine(verdict.correctness),
      clarity: mine(verdict.clarity),
      tone: mine(verdict.tone),
      better: mine(verdict.better),
    },
    isAcceptable: { model: may(position), baseline: may(other) },
  }
}

/** What the judge holds of one answer. */
type AcceptabilityView = { question: string; answer: string; isAcceptable: boolean | null }

/** Thumbs of people on the very answers that were judged: the same question, answered in the same words. */
async function agreementOf(store: Store, views: readonly AcceptabilityView[]): Promise<Agreement> {
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
