import type { Prepared } from './cases.ts'
import { type Conversation, userIds } from './conversation.ts'
import { type Choice, rankByVotes, type Weights } from './memory.ts'
import { averageWeights, nearestCases } from './query.ts'
import { fillIn } from './slots.ts'

export type Recalled = { text: string; similarity: number }

/** What a model has learnt, ready to be asked. */
export type Knowledge = {
  /** The answer the examples speak for. Null if nothing taught is similar enough, or it was taught not to say it. */
  recall(conversation: Conversation): Recalled | null
}

export type Learnt = {
  prepared: Prepared
  weights: Weights
  /** The row that answers anything unfamiliar. Null if the examples agree on none. */
  otherwise: number | null
}

/** Below this similarity a question goes to the answer for anything unfamiliar. */
export const FAMILIAR = 0.3
/** Below this one, it has nothing to do with what was taught. */
const RELATED = 0.2

export function createKnowledge({ prepared, weights, otherwise }: Learnt): Knowledge {
  const { memory, examples, classes } = prepared
  const averageOf = averageWeights(prepared, weights)
  const write = ({ classId, caseId, lastRow }: Omit<Choice, 'score'>, conversation: Conversation): string => {
    const template = classes[classId]
    const filled = template ? fillIn(template, userIds(conversation, prepared.isKnownId)) : null
    const taught = memory.cases[caseId]?.votes.find((vote) => vote.classId === classId)
    return filled ?? examples[taught?.lastRow ?? lastRow]?.output ?? ''
  }
  return {
    recall(conversation) {
      const hits = nearestCases(conversation, { prepared, weights, averageOf })
      const similarity = hits[0]?.similarity ?? 0
      const isOtherwise = otherwise !== null && examples[otherwise]?.system === conversation.system
      if (similarity >= (isOtherwise ? FAMILIAR : RELATED)) {
        const [best] = rankByVotes(memory, hits)
        return best && best.score > 0 ? { text: write(best, conversation), similarity } : null
      }
      if (!isOtherwise) return null
      const taught = {
        classId: prepared.classOf[otherwise] ?? 0,
        caseId: prepared.caseOf[otherwise] ?? 0,
        lastRow: otherwise,
      }
      return { text: write(taught, conversation), similarity }
    },
  }
}
