import { type Atom, atomsOf, featuresOf } from './text.ts'

export type Turn = { role: 'user' | 'assistant'; content: string }

/** What an answer is sought for: the last thing said by the user, and all that was said before. */
export type Conversation = { system: string; earlier: readonly Turn[]; question: string }

/** One thing to learn (or, with a negative weight, to unlearn): this conversation is answered so. */
export type Example = Conversation & { output: string; weight: number }

type Message = { role: string; content: string }

/** Turns messages into a conversation: the last message that is not the assistant's is the question. */
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

/** How much an earlier turn counts beside the last question, and how fast that fades the further back it is. */
const EARLIER_USER = 0.45
const EARLIER_ASSISTANT = 0.25
const FADE = 0.7
/** A question that names its own known identifier is about that one, not about the one before. */
const NAMES_ITS_OWN = 0.3
/** Makes the last thing the user said before count as much as the question. */
const IN_FULL = 1 / (EARLIER_USER * FADE)
const MAX_EARLIER = 8
const PLACE = 0.5

/**
 * The features of a conversation: the question counts fully, what came before it less and less. As a follow-up it is
 * read as if the user had asked the earlier question once more.
 */
export function conversationFeatures(
  conversation: Conversation,
  isKnownId: (key: string) => boolean,
  isFollowUp = false,
): { features: Map<string, number>; atoms: readonly Atom[] } {
  const atoms = atomsOf(conversation.question, isKnownId)
  const features = featuresOf(atoms)
  const namesItsOwn = atoms.some((atom) => atom.isId && /\p{L}/u.test(atom.key) && isKnownId(atom.key))
  let fade = namesItsOwn ? NAMES_ITS_OWN : isFollowUp ? IN_FULL : 1
  for (const turn of conversation.earlier.slice(-MAX_EARLIER).reverse()) {
    const share = fade * (turn.role === 'user' ? EARLIER_USER : EARLIER_ASSISTANT)
    for (const [feature, amount] of featuresOf(atomsOf(turn.content, isKnownId))) {
      features.set(feature, Math.max(features.get(feature) ?? 0, amount * share))
    }
    fade *= FADE
  }
  features.set(conversation.earlier.length > 0 && !isFollowUp ? '~later' : '~first', PLACE)
  return { features, atoms }
}

/** All that the user has said, the newest first: where a copied word can come from. */
export function userAtoms(conversation: Conversation, isKnownId: (key: string) => boolean): Atom[] {
  const earlier = conversation.earlier.filter((turn) => turn.role === 'user').slice(-MAX_EARLIER)
  const texts = [conversation.question, ...earlier.reverse().map((turn) => turn.content)]
  return texts.flatMap((text) => atomsOf(text, isKnownId))
}
