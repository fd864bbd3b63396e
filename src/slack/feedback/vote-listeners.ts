import { findAnswer, findAnswerAt } from '../../diagnosis/questions/question-records.ts'
import { BUTTON_ORIGIN, type ExtraReactions, parseReaction } from '../../feedback/votes/votes.ts'
import { button, section } from '../blocks/elements.ts'
import { ACTION, readVoteValue } from '../blocks/ids.ts'
import { SHARED_WORDS } from '../blocks/words.ts'
import { onClick, onReactionEvent } from '../platform/listeners.ts'
import type { SlackAction } from '../platform/payloads.ts'
import { postEphemeral, replyTo } from '../posting/notify.ts'
import { type CorrectionListenerDeps, openCorrection } from './correction-listeners.ts'
import { recordSlackVote, type VotingDeps } from './record-vote.ts'
import { WORDS } from './words.ts'

export type FeedbackListenerDeps = VotingDeps &
  CorrectionListenerDeps & {
    /** Emoji that count as thumbs. */
    reactions: ExtraReactions
  }

/** A thumb below an answer. The form opens before the vote is stored, as its trigger lives for three seconds. */
export function onVoteButton(deps: FeedbackListenerDeps) {
  return onClick(async function onVoteButton(click) {
    const vote = readVoteValue(click.value)
    if (!vote) return
    const opening = vote.value < 0 ? openCorrection(deps, click, vote.answerId) : null
    await Promise.all([opening, recordVote(deps, click, vote)])
  })
}

async function recordVote(
  deps: FeedbackListenerDeps,
  click: SlackAction,
  { value, answerId }: NonNullable<ReturnType<typeof readVoteValue>>,
): Promise<void> {
  const answer = await findAnswer(deps.store, answerId)
  const { person: voter, at: eventTs } = click
  if (answer) await recordSlackVote(deps, answer, { voter, origin: BUTTON_ORIGIN, value, isSet: true, eventTs })
  // After a thumbs down, the form that doesn't open already says so.
  else if (value > 0) await replyTo(await deps.clientsOf(voter.team), click, SHARED_WORDS.gone)
}

/**
 * A 👍, a 👎 or an equivalent emoji was added to a message or removed. It counts only on messages in our table, whoever
 * wrote them.
 */
export function onReaction(deps: FeedbackListenerDeps) {
  return onReactionEvent(async function onReaction(reaction, team) {
    const mark = parseReaction(reaction.reaction, deps.reactions)
    if (!mark) return
    const { channel, ts } = reaction.item
    const answer = await findAnswerAt(deps.store, { team, channel, ts })
    if (!answer) return
    const voter = { user: reaction.user, team }
    const isSet = reaction.type === 'reaction_added'
    const { changed, vote } = await recordSlackVote(deps, answer, { voter, ...mark, isSet, eventTs: reaction.event_ts })
    if (!changed || vote >= 0 || !isSet) return
    const place = { channel, threadTs: answer.thread_ts ?? undefined }
    await postEphemeral(await deps.clientsOf(team), voter, place, WORDS.reactionAsk, [
      section(WORDS.reactionAsk),
      { type: 'actions', elements: [button(WORDS.reactionAskButton, ACTION.correct, answer.id)] },
    ])
  })
}
