import { type Atom, atomsOf, featuresOf } from './text.ts'

export type Turn = { role: 'user' | 'assistant'; content: string }

/** What needs an answer: the user's last message, and everything said before it. */
export type Conversation = { system: string; earlier: readonly Turn[]; question: string }

/** A conversation and the answer to learn, or to unlearn if the weight is negative. */
export type Example = Conversation & { output: string; weight: number }

type Message = { role: string; content: string }

/** Turns messages into a conversation: the last message that isn't the assistant's is the question. */
export function readConversation(messages: readonly Message[]): Conversation {
  const system: string[] = []
  const turns: Turn[] = []
  for (const { role, content } of messages) {
    if (role === 'system' || role === 'developer') system.push(content)
    else turns.push({ role: role === 'assistant' ? 'assistant' : 'user', content })
  }
  const asked = turns.findLastIndex((turn) => turn.role === 'user')
  return {
    system: system.join('\n'),
    earlier: turns.filter((_, i) => i !== asked),
    question: turns[asked]?.content ?? '',
  }
}

/** How much an earlier turn counts beside the question, and how fast that fades further back. */
const EARLIER_USER = 0.45
const EARLIER_ASSISTANT = 0.25
const FADE = 0.7
/** A question that names a known identifier is about that one, not about the one before. */
const NAMES_ITS_OWN = 0.3
const MAX_EARLIER = 8
const PLACE = 0.5

export type KeyTest = (key: string) => boolean

/** The features of a conversation. The question counts in full, earlier turns less and less. */
export function conversationFeatures(
  { question, earlier }: Conversation,
  isKnownId: KeyTest,
  isOpen: KeyTest,
): Map<string, number> {
  const atoms = atomsOf(question, isKnownId)
  const features = featuresOf(atoms, isOpen)
  const namesItsOwn = atoms.some((atom) => atom.isId && /\p{L}/u.test(atom.key) && isKnownId(atom.key))
  let fade = namesItsOwn ? NAMES_ITS_OWN : 1
  for (const turn of earlier.slice(-MAX_EARLIER).reverse()) {
    const share = fade * (turn.role === 'user' ? EARLIER_USER : EARLIER_ASSISTANT)
    for (const [feature, amount] of featuresOf(atomsOf(turn.content, isKnownId), isOpen)) {
      features.set(feature, Math.max(features.get(feature) ?? 0, amount * share))
    }
    fade *= FADE
  }
  features.set(earlier.length > 0 ? '~later' : '~first', PLACE)
  return features
}

/** The identifiers the user has named, newest message first. */
export function userIds({ question, earlier }: Conversation, isKnownId: KeyTest): Atom[] {
  const said = earlier.filter((turn) => turn.role === 'user').slice(-MAX_EARLIER)
  const texts = [question, ...said.reverse().map((turn) => turn.content)]
  return texts.flatMap((text) => atomsOf(text, isKnownId)).filter((atom) => atom.isId)
}
