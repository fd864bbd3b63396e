import type { Catalog } from '../../catalog/catalog.ts'
import type { CodeEntry } from '../../catalog/schema.ts'
import { type Statement, statementOf, writeAnswer } from '../../diagnosis/answer.ts'
import { PLAIN_WAY } from '../../diagnosis/ask-in-words.ts'
import questionTemplates from '../../diagnosis/data/asking.json' with { type: 'json' }
import { writeDecline } from '../../diagnosis/decline.ts'
import type { ChatMessage } from '../../diagnosis/model/chat-message.ts'
import { buildClassifierPrompt, buildPrompt, type Turn } from '../../diagnosis/prompt.ts'
import { choose, type Placeholders, render, spellings } from '../../diagnosis/question-templates.ts'
import logLines from '../data/log-classifier.json' with { type: 'json' }
import {
  type ApprovedCorrection,
  type CorrectionExamples,
  type SkippedCorrection,
  toCorrectionExamples,
  toLogLineExamples,
} from './correction-examples.ts'

/** One training row and what is known of it; only `messages` leaves the house. */
export type Example = {
  /** Closed by the answer to be learnt. */
  messages: readonly ChatMessage[]
  /** One way of asking: all its wordings stand on the same side of a split. */
  case: string
  /** Cases are split within their stratum, so that both sides hold every kind. */
  stratum: string
  /** What the answer is about: a code, a category, or `declined`. */
  label: string
  source: string
  /** A case that is not left to the split. */
  side: 'train' | 'heldOut' | null
}

export type Examples = { examples: readonly Example[]; setAside: readonly SkippedCorrection[] }

/** What the assistant is to learn: every code in many ways of asking, what to decline, and what people corrected. */
export function assistantExamples(catalog: Catalog, corrections: readonly ApprovedCorrection[] = []): Examples {
  const corrected = toCorrectionExamples(corrections, catalog)
  const known = catalog.codes.map(({ code }) => code)
  const examples = [
    ...correctionExamples(corrected, known),
    ...catalog.codes.flatMap((entry) => codeExamples(entry, catalog, corrected)),
    ...unknownCodeExamples(catalog, known),
    ...questionTemplates.offTopic.flatMap(({ way, texts }) =>
      texts.map((question) =>
        example({ question, answer: writeDecline(null, known), stratum: 'off-topic', way, label: 'declined' }),
      ),
    ),
    ...renderAll(questionTemplates.afterwards, () => ({})).map((asked) =>
      example({
        ...asked,
        ...{ answer: writeDecline(null, known), stratum: 'off-topic', label: 'declined' },
        turns: openingTurns(choose(catalog.codes, asked.question), catalog),
      }),
    ),
  ]
  return { examples, setAside: corrected.setAside }
}

/** What the log classifier is to learn: lines of every category, and those that people sorted anew. */
export function classifierExamples(corrections: readonly ApprovedCorrection[] = []): Examples {
  const { lines: corrected, setAside } = toLogLineExamples(corrections)
  const fromCorrections = corrected.map(
    ({ id, line, category }): Example => ({
      messages: [...buildClassifierPrompt(line), { role: 'assistant', content: category }],
      case: `correction/${id}`,
      stratum: 'correction',
      label: category,
      source: id,
      side: 'train',
    }),
  )
  const examples = logLines.flatMap(({ category, cases, heldOut = [] }) =>
    Object.entries(cases).flatMap(([name, lines]) =>
      lines.map(
        (line): Example => ({
          messages: [...buildClassifierPrompt(line), { role: 'assistant', content: category }],
          case: `${category}/${name}`,
          stratum: category,
          label: category,
          source: 'log-classifier',
          side: heldOut.includes(name) ? 'heldOut' : null,
        }),
      ),
    ),
  )
  return { examples: [...fromCorrections, ...examples], setAside }
}

/**
 * A question about several codes is asked code by code in the plainest way: that is how the model meets them, so that
 * way is always trained on, and there are no rows with several codes.
 */
type ExampleInput = {
  question: string
  answer: string
  stratum: string
  way: string
  label: string
  turns?: readonly Turn[]
  source?: string
  side?: Example['side']
}

function example({
  question,
  answer,
  stratum,
  way,
  label,
  turns = [],
  source = 'catalog',
  side = null,
}: ExampleInput): Example {
  const messages: ChatMessage[] = [...buildPrompt(question, turns), { role: 'assistant', content: answer }]
  const isServed = stratum === 'code' && way === PLAIN_WAY
  return { messages, case: `${stratum}/${way}`, stratum, label, source, side: isServed ? 'train' : side }
}

/** The first list also makes questions of exports, which must come out the same again: what is added goes to the second. */
const CODE_TEMPLATES = [...questionTemplates.code, ...questionTemplates.typed]

type TemplateGroups = readonly { way: string; texts: readonly string[] }[]

/** Every wording of every way with its blanks filled. */
function renderAll(
  ways: TemplateGroups,
  placeholdersFor: (wording: string) => Placeholders,
): { way: string; question: string }[] {
  return ways.flatMap(({ way, texts }) =>
    texts.flatMap((wording) => {
      const question = render(wording, placeholdersFor(wording))
      return question === null ? [] : [{ way, question }]
    }),
  )
}

/**
 * The device goes by the wording alone: every device then stands beside every code, and none can be learnt as a sign
 * of one.
 */
function deviceFor(wording: string, catalog: Catalog): string | null {
  return choose(questionTemplates.devices.filter(catalog.isDeviceId), wording)
}

function codeExamples(entry: CodeEntry, catalog: Catalog, corrected: CorrectionExamples): Example[] {
  const { code } = entry
  const { statement, correction } = corrected.statements.get(code) ?? throwMissing(code)
  const source = correction ?? 'catalog'
  const answer = writeAnswer(statement)
  const placeholders = (wording: string) => ({ ...spellings(code), device: deviceFor(wording, catalog) })
  const common = { label: code, source }
  const turns = openingTurns(entry, catalog, statement)
  const others = catalog.codes.filter((other) => other.code !== code)
  return [
    ...renderAll(CODE_TEMPLATES, placeholders).map((asked) =>
      example({ ...common, ...asked, answer, stratum: 'code' }),
    ),
    ...entry.symptoms.flatMap((symptom) =>
      renderAll(questionTemplates.symptom, (wording) => ({ ...placeholders(wording), symptom })).map((asked) =>
        example({ ...common, ...asked, answer, stratum: 'symptom' }),
      ),
    ),
    ...renderAll(questionTemplates.again, placeholders).map((asked) =>
      example({ ...common, ...asked, answer, turns, stratum: 'again' }),
    ),
    ...renderAll(questionTemplates.next, placeholders).map((asked) =>
      example({ ...common, ...asked, answer: writeAnswer(nextStep(statement)), turns, stratum: 'next' }),
    ),
    ...renderAll(questionTemplates.switch, placeholders).map((asked) =>
      example({
        ...{ ...common, ...asked, answer, stratum: 'switch' },
        turns: openingTurns(choose(others, asked.question), catalog),
      }),
    ),
  ]
}

/**
 * A thread that began with a question about a code; none where no device could be named. Where the thread goes on with
 * something else, it began with the catalog's own statement: a row comes from one correction at most.
 */
function openingTurns(entry: CodeEntry | null, catalog: Catalog, statement = entry && statementOf(entry)): Turn[] {
  if (!entry || !statement) return []
  const device = deviceFor(questionTemplates.opening, catalog)
  const question = render(questionTemplates.opening, { ...spellings(entry.code), device })
  return question ? [{ question, answer: writeAnswer(statement) }] : []
}

/** What is left when the action did not help: no command a second time, but what a person does then. */
function nextStep(statement: Statement): Statement {
  return statement.fallback ? { ...statement, action: statement.fallback, command: null, fallback: null } : statement
}

function throwMissing(code: string): never {
  throw new Error(`nothing is taught of ${code}`)
}

/** A question that people corrected oftener is taught in more wordings. */
function correctionExamples({ questions, statements }: CorrectionExamples, known: readonly string[]): Example[] {
  return questions.flatMap(({ id, question, code, declinedCode, weight }) =>
    questionTemplates.correction.slice(0, Math.max(1, weight)).map((wording) =>
      example({
        question: render(wording, { question }) ?? question,
        answer: code
          ? writeAnswer((statements.get(code) ?? throwMissing(code)).statement)
          : writeDecline(declinedCode, known),
        stratum: 'correction',
        way: id,
        label: code ?? 'declined',
        source: id,
        side: 'train',
      }),
    ),
  )
}

/**
 * Every wording about a code is taught with one unknown code too, on the same side of the split: the wording then says
 * nothing about whether a code is known, and a held-out row asks for a code that was never seen in training.
 */
function unknownCodeExamples(catalog: Catalog, known: readonly string[]): Example[] {
  const codes = questionTemplates.unknownCodes.filter((code) => !catalog.find(code))
  const fromTemplates = (ways: TemplateGroups, stratum: string, turnsOf: (wording: string) => Turn[]) =>
    ways.flatMap(({ way, texts }) =>
      texts.flatMap((wording) => {
        const device = deviceFor(wording, catalog)
        const at = codes.findIndex((code) => render(wording, { ...spellings(code), device }) !== null)
        const [code] = at < 0 ? [] : codes.splice(at, 1)
        const question = code && render(wording, { ...spellings(code), device })
        if (!code || !question) return []
        const answer = writeDecline(code, known)
        return [example({ question, answer, stratum, way, label: 'declined', turns: turnsOf(wording) })]
      }),
    )
  return [
    ...fromTemplates(CODE_TEMPLATES, 'code', () => []),
    ...fromTemplates(questionTemplates.switch, 'switch', (wording) =>
      openingTurns(choose(catalog.codes, wording), catalog),
    ),
  ]
}
