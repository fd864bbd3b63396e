import type { AnswerCache } from '../../diagnosis/questions/answer-cache.ts'
import type { SavedAnswer } from '../../diagnosis/questions/question-records.ts'
import type { VoteEvent } from '../../feedback/votes/vote-records.ts'
import { recordVote, type VoteOutcome } from '../../feedback/votes/votes.ts'
import type { Store } from '../../store/open.ts'
import { isCounted } from '../blocks/answer.ts'

export type VotingDeps = { store: Store; cache: Pick<AnswerCache, 'forget'>; now: () => number }

/** Records a thumb or a reaction on an answer. An answer voted down isn't served from the cache again. */
export async function recordSlackVote(
  { store, cache, now }: VotingDeps,
  answer: SavedAnswer,
  event: Omit<VoteEvent, 'answerId' | 'isShared'>,
): Promise<VoteOutcome> {
  const outcome = await recordVote(store, { ...event, answerId: answer.id, isShared: isCounted(answer) }, now())
  if (outcome.vote < 0) await cache.forget(answer)
  return outcome
}
