import type { Catalog } from '../../catalog/catalog.ts'
import type { CodeEntry } from '../../catalog/schema.ts'
import { type Statement, statementOf, writeAnswer } from '../../diagnosis/answer.ts'
import { PLAIN_WAY } from '../../diagnosis/ask-in-words.ts'
import asking from '../../diagnosis/data/asking.json' with { type: 'json' }
import { writeDecline } from '../../diagnosis/decline.ts'
import type { ChatMessage } from '../../diagnosis/model/chat-message.ts'
import { buildClassifierPrompt, buildPrompt, type Turn } from '../../diagnosis/prompt.ts'
import { choose, type Placeholders, render, spellings } from '../../diagnosis/question-templates.ts'
import logs from '../data/log-classifier.json' with { type: 'json' }
import {
  type Correction,
  type CorrectionExample,
  readCorrections,
  readLogCorrections,
  type SetAside,
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

export type Examples = { examples: readonly Example[]; setAside: readonly SetAside[] }

/** What the assistant is to learn: every code in many ways of asking, what to decline, and what people corrected. */
export function assistantExamples(catalog: Catalog, corrections: readonly Correction[] = []): Examples {
  const taught = readCorrections(corrections, catalog)
  const known = catalog.codes.map(({ code }) => code)
  const examples = [
    ...correctionExamples(taught, known),
    ...catalog.codes.flatMap((entry) => codeExamples(entry, catalog, taught)),
    ...unknownCodeExamples(catalog, known),
    ...asking.offTopic.flatMap(({ way, texts }) =>
      texts.map((question) =>
        example({ question, answer: writeDecline(null, known), stratum: 'off-topic', way, label: 'declined' }),
      ),
    ),
    ...wordings(asking.afterwards, () => ({})).map((asked) =>
      example({
        ...asked,
        ...{ answer: writeDecline(null, known), stratum: 'off-topic', label: 'declined' },
        turns: openingAbout(choose(catalog.codes, asked.question), catalog),
      }),
    ),
  ]
  return { examples, setAside: taught.setAside }
}

/** What the log classifier is to learn: lines of every category, and those that people sorted anew. */
export function classifierExamples(corrections: readonly Correction[] = []): Examples {
  const { lines: corrected, setAside } = readLogCorrections(corrections)
  const ofPeople = corrected.map(
    ({ id, line, category }): Example => ({
      messages: [...buildClassifierPrompt(line), { role: 'assistant', content: category }],
      case: `correction/${id}`,
      stratum: 'correction',
      label: category,
      source: id,
      side: 'train',
    }),
  )
  const examples = logs.flatMap(({ category, cases, heldOut = [] }) =>
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
  return { examples: [...ofPeople, ...examples], setAside }
}

/**
 * A question about several codes is asked code by code in the plainest way: that is how the model meets them, so that
 * way is always trained on, and there are no rows with several codes.
 */
type Asked = {
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
}: Asked): Example {
  const messages: ChatMessage[] = [...buildPrompt(question, turns), { role: 'assistant', content: answer }]
  const isServed = stratum === 'code' && way === PLAIN_WAY
  return { messages, case: `${stratum}/${way}`, stratum, label, source, side: isServed ? 'train' : side }
}

/** The first list also makes questions of exports, which must come out the same again: what is added goes to the second. */
const CODE_WAYS = [...asking.code, ...asking.typed]

type Ways = readonly { way: string; texts: readonly string[] }[]

/** Every wording of every way with its blanks filled. */
function wordings(ways: Ways, blanks: (wording: string) => Placeholders): { way: string; question: string }[] {
  return ways.flatMap(({ way, texts }) =>
    texts.flatMap((wording) => {
      const question = render(wording, blanks(wording))
      return question === null ? [] : [{ way, question }]
    }),
  )
}

/**
 * The device goes by the wording alone: every device then stands beside every code, and none can be learnt as a sign
 * of one.
 */
function deviceFor(wording: string, catalog: Catalog): string | null {
  return choose(asking.devices.filter(catalog.isDeviceId), wording)
}

function codeExamples(entry: CodeEntry, catalog: Catalog, taught: CorrectionExample): Example[] {
  const { code } = entry
  const { statement, correction } = taught.statements.get(code) ?? missing(code)
  const source = correction ?? 'catalog'
  const answer = writeAnswer(statement)
  const blanks = (wording: string) => ({ ...spellings(code), device: deviceFor(wording, catalog) })
  const common = { label: code, source }
  const turns = openingAbout(entry, catalog, statement)
  const others = catalog.codes.filter((other) => other.code !== code)
  return [
    ...wordings(CODE_WAYS, blanks).map((asked) => example({ ...common, ...asked, answer, stratum: 'code' })),
    ...entry.symptoms.flatMap((symptom) =>
      wordings(asking.symptom, (wording) => ({ ...blanks(wording), symptom })).map((asked) =>
        example({ ...common, ...asked, answer, stratum: 'symptom' }),
      ),
    ),
    ...wordings(asking.again, blanks).map((asked) => example({ ...common, ...asked, answer, turns, stratum: 'again' })),
    ...wordings(asking.next, blanks).map((asked) =>
      example({ ...common, ...asked, answer: writeAnswer(nextStep(statement)), turns, stratum: 'next' }),
    ),
    ...wordings(asking.switch, blanks).map((asked) =>
      example({
        ...{ ...common, ...asked, answer, stratum: 'switch' },
        turns: openingAbout(choose(others, asked.question), catalog),
      }),
    ),
  ]
}

/**
 * A thread that began with a question about a code; none where no device could be named. Where the thread goes on with
 * something else, it began with the catalog's own statement: a row comes from one correction at most.
 */
function openingAbout(entry: CodeEntry | null, catalog: Catalog, statement = entry && statementOf(entry)): Turn[] {
  if (!entry || !statement) return []
  const device = deviceFor(asking.opening, catalog)
  const question = render(asking.opening, { ...spellings(entry.code), device })
  return question ? [{ question, answer: writeAnswer(statement) }] : []
}

/** What is left when the action did not help: no command a second time, but what a person does then. */
function nextStep(statement: Statement): Statement {
  return statement.fallback ? { ...statement, action: statement.fallback, command: null, fallback: null } : statement
}

function missing(code: string): never {
  throw new Error(`nothing is taught of ${code}`)
}

/** A question that people corrected oftener is taught in more wordings. */
function correctionExamples({ questions, statements }: CorrectionExample, known: readonly string[]): Example[] {
  return questions.flatMap(({ id, question, code, declined, weight }) =>
    asking.correction.slice(0, Math.max(1, weight)).map((wording) =>
      example({
        question: render(wording, { question }) ?? question,
        answer: code ? writeAnswer((statements.get(code) ?? missing(code)).statement) : writeDecline(declined, known),
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
  const codes = asking.unknownCodes.filter((code) => !catalog.find(code))
  const ofWays = (ways: Ways, stratum: string, turnsOf: (wording: string) => Turn[]) =>
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
    ...ofWays(CODE_WAYS, 'code', () => []),
    ...ofWays(asking.switch, 'switch', (wording) => openingAbout(choose(catalog.codes, wording), catalog)),
  ]
}
