import type { Catalog } from '../catalog/catalog.ts'
import { type Statement, statementOf, writeAnswer } from './answer.ts'
import { askPlainly } from './ask-in-words.ts'
import { type Item, type OpenDevice, type Plan, planReply, type SmallTalk } from './conversation/plan.ts'
import { NO_CONTEXT, type ThreadContext } from './conversation/thread-context.ts'
import { type Grounded, ground } from './grounding.ts'
import type { Trial } from './model/active-model.ts'
import type { ChatMessage } from './model/chat-message.ts'
import { ModelFaultError } from './model/errors.ts'
import {
  completeAnswer,
  type ModelDeps,
  type ModelOutput,
  type ModelRequest,
  NO_OUTPUT,
  streamAnswer,
} from './model-answer.ts'
import { buildPrompt, type Turn } from './prompt.ts'
import { MAX_QUESTION_CHARS } from './reading/plain-text.ts'
import { type Reading, readMessage } from './reading/read-message.ts'
import { createPromptBuilder, type Serving, type Strategy } from './strategies.ts'
import { createSymptomSearch } from './symptoms.ts'

export type Question = {
  text: string
  /** What was said in the thread, for the model. */
  turns?: readonly Turn[]
  /** What the thread is about, for the rules. */
  context?: ThreadContext
  /** Who asks: a follow-up is about what this person asked. */
  person?: string
  /** Identifies the conversation, so that one model answers all of it; null outside a conversation. */
  thread?: string | null
}

/** Who gave the answer: the active model, the fallback model, or the catalog when no model was reachable. */
export type Source = 'model' | 'cache' | 'fallback_model' | 'catalog' | 'none'

/** What may be said about one code, for these devices. */
export type Finding = Grounded & {
  /** As the person wrote it; null where they named none. */
  typed: string | null
  /** Which step is due: 0 is the recommended action, the last one the fallback. */
  step: number
  devices: readonly string[]
}

export type Diagnosis = {
  /** What the model wrote, unchanged. */
  modelText: string
  source: Source
  model: string | null
  /** How the model was asked; null when none answered. */
  strategy: Strategy | null
  /** The canary trial in progress; null when there was none. */
  trial: Trial | null
  findings: readonly Finding[]
  /** Codes that nobody named and that may be meant, the likeliest first: proposed, never stated. */
  proposed: readonly string[]
  /** What a message is that needs no answer about a code; null for the others. */
  smallTalk: SmallTalk | null
  /** Short device ids that stand for no single known device. */
  openDevices: readonly OpenDevice[]
  /** The codes the question asks about, in order. */
  namedCodes: readonly string[]
  /** The devices it's about, named or the thread's. */
  devices: readonly string[]
  latencyMs: number
}

/** The answer as it arrives: text while the model writes, then the diagnosis that may be believed. */
export type AnswerPart = { kind: 'text'; delta: string } | { kind: 'diagnosis'; diagnosis: Diagnosis }

export type Diagnose = (asked: Question, signal: AbortSignal) => AsyncIterable<AnswerPart>

export type DiagnoseDeps = ModelDeps & {
  catalog: Catalog
  /** The live model and strategy, looked up for every question, so that a promotion takes effect at once. */
  serving: (thread: string | null) => Promise<Serving>
  /** What approved corrections say of a code, beside the catalog. */
  approved?: (code: string) => Promise<readonly Statement[]>
  /** The known devices whose id ends so. */
  devicesEndingWith?: (ending: string) => Promise<readonly string[]>
  cache?: AnswerMemory
}

/** Answers to first questions about one code, kept so that the same model isn't asked the same twice. */
export type AnswerMemory = {
  /** What the model said before; null where it has to be asked. */
  recall(question: string, serving: Serving): Promise<string | null>
  /** Keeps a grounded answer, in the background: nobody waits for it. */
  keep(question: string, modelText: string, serving: Serving): void
}

type Answered = Pick<Diagnosis, 'source' | 'model' | 'findings'> & { said: string }

/**
 * Answers one message: rules read it and decide what may be said, the model is asked, and its words are held against
 * what is approved. Throws only when aborted.
 */
export function createDiagnose(deps: DiagnoseDeps): Diagnose {
  const { catalog, approved = async () => [], devicesEndingWith = async () => [] } = deps
  const phrase = createPromptBuilder(catalog)
  const symptoms = createSymptomSearch(catalog)

  return async function* diagnose({ text, turns = [], context = NO_CONTEXT, person = '', thread = null }, signal) {
    const startedAt = performance.now()
    const words = text.slice(0, MAX_QUESTION_CHARS)
    const reading = readMessage(words, catalog)
    const completions = await complete(reading)
    const plan = planReply({ text: words, reading, context, person, completions, catalog, symptoms })
    const serving = await deps.serving(thread)
    // A person waits for a kind word at once, and for a model only while the catalog can't answer in its place.
    const budget = AbortSignal.any([signal, AbortSignal.timeout(deps.budgetMs)])
    const asking = (plain: ChatMessage[]): ModelRequest => ({
      active: serving.model,
      prompt: phrase(serving.strategy, plain),
      budget,
      signal,
    })
    const done = ({ said, source, model, findings }: Answered, proposed: readonly string[] = []): AnswerPart => ({
      kind: 'diagnosis',
      diagnosis: {
        modelText: said,
        source,
        model,
        strategy: model === null ? null : serving.strategy,
        trial: serving.trial,
        findings,
        proposed,
        smallTalk: plan.kind === 'small_talk' ? plan.about : null,
        openDevices: plan.kind === 'small_talk' ? [] : plan.openDevices,
        namedCodes: reading.asked.map(({ code }) => code),
        devices: devicesOf(plan),
        latencyMs: Math.round(performance.now() - startedAt),
      },
    })

    if (plan.kind === 'small_talk') return yield done(NOTHING_SAID)
    if (plan.kind === 'propose') {
      // A code that nobody named is never a model's to name: the catalog's own symptoms decide, or the person does.
      const nothing: Finding = { ...NO_CODE, devices: plan.devices }
      return yield done({ ...NOTHING_SAID, findings: plan.candidates.length > 0 ? [] : [nothing] }, plan.candidates)
    }

    const [item, ...others] = plan.items
    if (!item || others.length > 0) {
      // A model trained on single codes answers lists badly, so each code is asked separately.
      const answers = await Promise.all(
        plan.items.map(({ code, isKnown }) =>
          isKnown ? completeAnswer(deps, asking(buildPrompt(askPlainly(code)))) : NO_OUTPUT,
        ),
      )
      return yield done(await joined(plan.items, answers))
    }
    if (!item.isKnown) return yield done(await joined([item], [NO_OUTPUT]))

    const isFirst = turns.length === 0 && context.topics.length === 0 && item.typed !== null
    const isPlain = reading.denied.length === 0 && reading.past.length === 0
    const cached = isFirst ? await deps.cache?.recall(words, serving) : null
    if (cached) {
      const finding = await findingOf({ text: cached, source: 'model', model: serving.model }, item)
      if (finding.verdict === 'grounded')
        return yield done({ said: cached, source: 'cache', model: serving.model, findings: [finding] })
    }
    const statements = await statementsOf(item.code)
    const shown = createPrefixGate(statements.map(writeAnswer))
    let output: ModelOutput = NO_OUTPUT
    // Denied and past codes would only lead the model astray.
    for await (const part of streamAnswer(deps, asking(buildPrompt(isPlain ? words : askPlainly(item.code), turns)))) {
      if (!('delta' in part)) output = part
      else if (item.step === 0 && shown(part.delta)) yield { kind: 'text', delta: part.delta }
    }
    const answered = await joined([item], [output])
    const isRight = answered.findings.every(({ verdict }) => verdict === 'grounded')
    if (isFirst && isPlain && output.source === 'model' && isRight) deps.cache?.keep(words, output.text, serving)
    yield done(answered)
  }

  async function complete({ devices }: Reading): Promise<Map<string, readonly string[]>> {
    const endings = devices.flatMap((device) => (device.kind === 'ending' ? [device.ending] : []))
    return new Map(await Promise.all(endings.map(async (one) => [one, await devicesEndingWith(one)] as const)))
  }

  async function statementsOf(code: string): Promise<Statement[]> {
    const entry = catalog.find(code)
    return entry ? [statementOf(entry), ...(await approved(code))] : []
  }

  async function joined(items: readonly Item[], answers: readonly ModelOutput[]): Promise<Answered> {
    const findings = await Promise.all(items.map((item, i) => findingOf(answers[i] ?? NO_OUTPUT, item)))
    const best = answers.find(({ source }) => source !== 'none')
    return {
      said: answers.map((answer) => answer.text).join('\n'),
      source: best?.source ?? (findings.some(({ statement }) => statement) ? 'catalog' : 'none'),
      model: best?.model ?? null,
      findings,
    }
  }

  async function findingOf(said: ModelOutput, { code, typed, step, devices, isKnown }: Item): Promise<Finding> {
    const rest = { typed, step, devices }
    const [own = null, ...corrected] = await statementsOf(code)
    if (!isKnown || !own) return { verdict: 'unknown_code', code, statement: null, ...rest }
    const isReached = said.source !== 'none'
    const grounded = isReached ? ground(said.text, code, catalog, corrected) : null
    // In a follow-up the model may speak of anything; only about a code that was named can it contradict.
    const isAstray = !grounded || (grounded.verdict === 'contradicted' && typed === null)
    return isAstray ? { verdict: 'unanswered', code, statement: own, ...rest } : { ...grounded, ...rest }
  }
}

/** The final part of a diagnosis, when nobody reads along. */
export async function diagnosisOf(deps: AsyncIterable<AnswerPart>): Promise<Diagnosis> {
  let found: Diagnosis | null = null
  for await (const part of deps) if (part.kind === 'diagnosis') found = part.diagnosis
  if (found) return found
  throw new ModelFaultError('model_garbled', 'the diagnosis ended without a result')
}

const NO_CODE: Finding = { verdict: 'unanswered', code: null, statement: null, typed: null, step: 0, devices: [] }
const NOTHING_SAID: Answered = { said: '', source: 'none', model: null, findings: [] }

function devicesOf(plan: Plan): string[] {
  if (plan.kind === 'small_talk') return []
  return plan.kind === 'propose' ? [...plan.devices] : [...new Set(plan.items.flatMap(({ devices }) => devices))]
}

/** Lets text through while it's the beginning of an approved answer, so that nothing else is ever read as advice. */
function createPrefixGate(approved: readonly string[]): (delta: string) => boolean {
  let text = ''
  return (delta) => {
    text += delta
    return approved.some((one) => one.startsWith(text.trimStart()))
  }
}
