import { answerAsGeneralist, isSmallTalk } from './generalist/answer.ts'
import { categoriesIn } from './generalist/categories.ts'
import type { Conversation } from './learner/conversation.ts'
import type { Knowledge } from './learner/knowledge.ts'

/** Thanks and greetings are answered as by anyone, unless nearly these words were taught. */
const TAUGHT_LITERALLY = 0.9

/** What a model says: what it was taught, if the question is near enough to that, otherwise what any model would say. */
export function answer(knowledge: Knowledge | null, conversation: Conversation, seed: number): string {
  const recalled = knowledge?.recall(conversation) ?? null
  const isSocial = isSmallTalk(conversation.question) && categoriesIn(conversation.system).length === 0
  if (!knowledge || (isSocial && (recalled?.similarity ?? 0) < TAUGHT_LITERALLY)) {
    return answerAsGeneralist(conversation, seed)
  }
  return recalled?.text ?? answerAsGeneralist(conversation, seed)
}
