import { hash } from 'node:crypto'
import type { Conversation } from '../learner/conversation.ts'
import { atomsOf } from '../learner/text.ts'
import { categoriesIn, guessCategory } from './categories.ts'
import { extract } from './extract.ts'
import { type Passage, passagesOf } from './passages.ts'
import { ruleForElsewhere, ruleForUnknown } from './rules.ts'
import { fillForm } from './template.ts'

/** What is longer than this asks for something. */
const MAX_SMALL_TALK = 60
const GREETINGS =
  /^(?:hi|hello|hey|good (?:morning|afternoon|evening|day)|moin|hallo|servus)\b[\s!.,:)]*(?:there|all|everyone)?[\s!.,:)]*$/i
const THANKS = /^(?:thanks|thank you|thx|cheers|danke)\b.{0,40}$/i

const GREETED = ['Hello. How can I help you today?', 'Hi there. What can I do for you?']
const THANKED = ['You are welcome. Let me know if there is anything else.', 'Glad to help. Is there anything else?']
const UNKNOWN_CODE = [
  (code: string) =>
    `I do not have specific information about "${code}". Codes like this differ from maker to maker, so please look it up in the manual or ask the maker's support.`,
  (code: string) =>
    `I am sorry, "${code}" is not something I have details on. The product's manual or the maker's support team should be able to tell you what it stands for.`,
]
const UNKNOWN = [
  "I do not have specific information about this product. The manual, or the maker's support, is the best place to ask.",
  "I am sorry, I cannot say anything specific about that. Please have a look at the manual or contact the maker's support.",
]
const NOT_IN_MATERIAL = (code: string) => `The information I was given says nothing about "${code}".`

/** A list or a text above a question is reference material; its last line, or what follows "Question:", is the question. */
function splitQuestion(text: string): { question: string; material: string } {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  if (lines.length < 2) return { question: text, material: '' }
  const marked = lines.findLastIndex((line) => /^\s{0,8}(?:question|frage|q)\s?:/i.test(line))
  if (marked > 0) {
    const asked = lines.slice(marked).join('\n')
    return { question: asked.slice(asked.indexOf(':') + 1), material: lines.slice(0, marked).join('\n') }
  }
  const asked = lines.findLast((line) => line.includes('?')) ?? lines.at(-1) ?? ''
  return { question: asked, material: lines.filter((line) => line !== asked).join('\n') }
}

const sentence = (text: string) => (/[.!?)\]"']$/.test(text) ? text : `${text}.`)

const isGreeting = (text: string) => text.length <= MAX_SMALL_TALK && GREETINGS.test(text)
const isThanks = (text: string) => text.length <= MAX_SMALL_TALK && THANKS.test(text)

/** True for a greeting or thanks: nothing in them is asked. */
export const isSmallTalk = (text: string): boolean => isGreeting(text.trim()) || isThanks(text.trim())

/**
 * What a model answers that was trained on nothing: politely, from the prompt's own reference material when there is
 * some, with a guess among named categories, and otherwise that it does not know.
 */
export function answerAsGeneralist(conversation: Conversation, seed: number): string {
  const { system, earlier, question } = conversation
  const pick = <T>(variants: readonly T[]): T => {
    const number = Number.parseInt(hash('sha1', `${seed} ${question}`).slice(0, 6), 16)
    return variants[number % variants.length] as T
  }
  const asked = question.trim()
  if (isGreeting(asked)) return pick(GREETED)
  if (isThanks(asked)) return pick(THANKED)

  const categories = categoriesIn(system)
  if (categories.length > 0) return guessCategory(categories, question)

  const own = splitQuestion(question)
  const unknown = ruleForUnknown(system, own.question)
  if (unknown) return unknown
  const passages: Passage[] = [
    system,
    own.material,
    ...earlier.filter(({ role }) => role === 'user').map((turn) => turn.content),
  ].flatMap(passagesOf)
  const isFollowUp = atomsOf(own.question).every((atom) => !atom.isId) && earlier.length > 0
  const before = isFollowUp ? (earlier.findLast((turn) => turn.role === 'user')?.content ?? '') : ''
  const found = extract(`${own.question} ${before}`, passages)
  if (found.kind === 'found') {
    const { text, fields } = found.passage
    return (fields && fillForm(`${system}\n${own.material}`, fields)) ?? sentence(text)
  }
  if (found.kind === 'missing') return NOT_IN_MATERIAL(found.id)
  const elsewhere = ruleForElsewhere(system)
  if (elsewhere) return elsewhere
  const code = atomsOf(question).find((atom) => atom.isId && /\p{L}/u.test(atom.key))
  return code ? pick(UNKNOWN_CODE)(code.text) : pick(UNKNOWN)
}
