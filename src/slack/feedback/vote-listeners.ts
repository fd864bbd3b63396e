import type { BlockAction, SlackActionMiddlewareArgs, SlackEventMiddlewareArgs } from '@slack/bolt'
import { findAnswer, findAnswerAt } from '../../diagnosis/questions/question-records.ts'
import { BUTTON_MARK, type ExtraReactions, readReaction } from '../../feedback/votes/votes.ts'
import { button, section } from '../blocks/elements.ts'
import { ACTION, readVoteValue } from '../blocks/ids.ts'
import { WORDS } from '../blocks/words.ts'
import { readClick, readPlace, readReactionEvent } from '../platform/payloads.ts'
import { tellClicker, whisper } from '../posting/notify.ts'
import { type CorrectionListenerParts, openCorrection } from './correction-listeners.ts'
import { takeVote, type VotingParts } from './record-vote.ts'

type ClickArgs = Pick<SlackActionMiddlewareArgs<BlockAction>, 'body' | 'ack'>
type ReactionArgs = Pick<SlackEventMiddlewareArgs<'reaction_added' | 'reaction_removed'>, 'body' | 'event'>

export type FeedbackListenerParts = VotingParts &
  CorrectionListenerParts & {
    /** Emoji that vote as the thumbs do. */
    reactions: ExtraReactions
  }

/** A thumb below an answer. The form opens before the vote is written: its trigger lives three seconds. */
export const onVoteButton =
  (parts: FeedbackListenerParts) =>
  async ({ body, ack }: ClickArgs): Promise<void> => {
    await ack()
    const click = readClick(body)
    const vote = click && readVoteValue(click.value)
    if (!vote) return
    const opening = vote.value < 0 ? openCorrection(parts, click, vote.answerId) : Promise.resolve()
    const answer = await findAnswer(parts.store, vote.answerId)
    if (!answer) {
      // Who gets no form because of it reads it there.
      if (vote.value > 0) await tellClicker(await parts.clientsOf(click.person.team), click, WORDS.gone)
      return opening
    }
    const { person: voter, at: eventTs } = click
    await takeVote(parts, answer, { voter, origin: BUTTON_MARK, value: vote.value, isSet: true, eventTs })
    await opening
  }

/** A 👍 or 👎, or an emoji that stands for one, set on an answer or taken away. Only messages in our table count, whoever wrote them. */
export const onReaction =
  (parts: FeedbackListenerParts) =>
  async ({ body, event }: ReactionArgs): Promise<void> => {
    const reaction = readReactionEvent(event)
    const mark = reaction && readReaction(reaction.reaction, parts.reactions)
    const team = readPlace(body)?.team
    if (!mark || !team) return
    const { channel, ts } = reaction.item
    const answer = await findAnswerAt(parts.store, { team, channel, ts })
    if (!answer) return
    const voter = { user: reaction.user, team }
    const isSet = reaction.type === 'reaction_added'
    const { changed, vote } = await takeVote(parts, answer, { voter, ...mark, isSet, eventTs: reaction.event_ts })
    if (!changed || vote >= 0 || !isSet) return
    const place = { channel, threadTs: answer.thread_ts ?? undefined }
    await whisper(await parts.clientsOf(team), voter, place, WORDS.reactionAsk, [
      section(WORDS.reactionAsk),
      { type: 'actions', elements: [button(WORDS.reactionAskButton, ACTION.correct, answer.id)] },
    ])
  }
