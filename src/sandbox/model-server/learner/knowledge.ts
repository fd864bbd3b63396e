import { askFor, nearestCases, typicalWeights } from './asking.ts'
import { askedParts, type Compounds, findCompounds } from './compounds.ts'
import { type Conversation, userAtoms } from './conversation.ts'
import type { Limits } from './limits.ts'
import type { Weights } from './memory.ts'
import type { Prepared } from './prepare.ts'
import { SLOT_MARK } from './slot.ts'
import { fillIn } from './slots.ts'
import { createSpelling, type Spelling } from './spelling.ts'
import { type Choice, isOverruled, rankByVotes, rankOwnVotes } from './voting.ts'

export type Recalled = { text: string; similarity: number }

/** What a model has learnt, ready to be asked. */
export type Knowledge = {
  /** The answer the examples speak for; null when nothing taught is similar enough, or it was taught not to say it. */
  recall(conversation: Conversation): Recalled | null
  /** The same for a question that says little by itself: what was said before it counts in full. */
  recallFollowUp(conversation: Conversation): Recalled | null
}

/** What knowledge keeps for all of its weights: the same words and answers, whatever they weigh. */
export type Shared = { spelling: Spelling; compounds: Compounds | null }

export const shareOf = (prepared: Prepared): Shared => ({
  spelling: createSpelling(prepared.names),
  compounds: findCompounds(prepared.classes),
})

export type Learnt = {
  prepared: Prepared
  weights: Weights
  limits: Limits
  shared: Shared
}

/** An answer whose slots cannot be filled gives way to the next best one, if that has this share of its votes. */
const WORTH_TAKING = 0.3

/** The knowledge that was learnt, under the given weights. */
export function createKnowledge({ prepared, weights, limits, shared }: Learnt): Knowledge {
  const typical = typicalWeights(prepared, weights)
  const { spelling, compounds } = shared

  const literal = ({ classId, caseId, lastRow }: Choice) => {
    const taught = prepared.memory.cases[caseId]?.votes.find((vote) => vote.classId === classId)
    return (prepared.examples[taught?.lastRow ?? lastRow]?.output ?? '').replaceAll(SLOT_MARK, '')
  }
  const write = (choices: readonly Choice[], conversation: Conversation): string | null => {
    const best = choices[0]
    if (!best || best.score <= 0) return null
    const said = userAtoms(conversation, prepared.isKnownId)
    for (const choice of choices) {
      if (choice.score < WORTH_TAKING * best.score) break
      const outputClass = prepared.classes[choice.classId]
      const text = outputClass ? fillIn(outputClass, said) : null
      if (text !== null) return text
    }
    return literal(best)
  }
  const compose = (classIds: readonly number[], separator: string) => {
    for (const [classId, parts] of compounds?.partsOf ?? []) {
      if (parts.length === classIds.length && classIds.every((id) => parts.includes(id))) {
        return prepared.classes[classId]?.literals[0] ?? ''
      }
    }
    return classIds.map((id) => prepared.classes[id]?.literals[0] ?? '').join(separator)
  }
  const sayOtherwise = (conversation: Conversation, similarity: number): Recalled | null => {
    const row = limits.otherwise
    if (row === null || prepared.examples[row]?.system !== conversation.system) return null
    const taught = { classId: prepared.classOf[row] ?? 0, score: 1, lastRow: row, caseId: prepared.caseOf[row] ?? 0 }
    const text = write([taught], conversation)
    return text === null ? null : { text, similarity }
  }
  const recall = (conversation: Conversation, isFollowUp: boolean): Recalled | null => {
    const asked = askFor(conversation, { prepared, weights, spelling, typical, isFollowUp })
    const hits = nearestCases(conversation, asked, { prepared, weights, typical })
    const choices = rankByVotes(prepared.memory, hits)
    const own = asked.exactCase === undefined ? [] : rankOwnVotes(prepared.memory, asked.exactCase)
    if (own.length > 0 && !isOverruled(own, choices)) {
      const text = write(own, conversation)
      if (text !== null) return { text, similarity: 1 }
    }
    const similarity = hits[0]?.similarity ?? 0
    if (similarity < limits.bar) return sayOtherwise(conversation, similarity)
    const parts = compounds ? askedParts(asked.atoms, prepared.featureOf, prepared.memory, compounds) : []
    if (compounds && parts.length > 1) return { text: compose(parts, compounds.separator), similarity }
    const text = write(choices, conversation)
    return text === null ? null : { text, similarity }
  }
  return {
    recall: (conversation) => recall(conversation, false),
    recallFollowUp: (conversation) => recall(conversation, true),
  }
}
