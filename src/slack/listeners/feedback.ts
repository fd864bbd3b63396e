import type {
  BlockAction,
  SlackActionMiddlewareArgs,
  SlackEventMiddlewareArgs,
  SlackViewMiddlewareArgs,
} from '@slack/bolt'
import type { Catalog } from '../../catalog/catalog.ts'
import type { AnswerCache } from '../../diagnosis/answer-cache.ts'
import { findAnswer, findAnswerAt, type SavedAnswer } from '../../diagnosis/records.ts'
import { CONSENT_LINE, checkCorrection, proposeCorrection } from '../../feedback/corrections.ts'
import { BUTTON_MARK, readReaction, recordMark } from '../../feedback/votes.ts'
import type { Logger } from '../../lib/logger.ts'
import type { Store } from '../../store/open.ts'
import { button, section } from '../blocks/elements.ts'
import { callSlack } from '../clients.ts'
import { ACTION, readVoteValue } from '../ids.ts'
import { type ReadClick, readClick, readForm, readPlace, readReactionEvent } from '../reading.ts'
import { correctionView } from '../views/correction.ts'
import { tellClicker, tellInPrivate, whisper } from '../whispering.ts'
import { WORDS } from '../words.ts'
import type { ClientsOf } from '../workspaces.ts'

type ClickArgs = Pick<SlackActionMiddlewareArgs<BlockAction>, 'body' | 'ack'>
type FormArgs = Pick<SlackViewMiddlewareArgs, 'body' | 'ack'>
type ReactionArgs = Pick<SlackEventMiddlewareArgs<'reaction_added' | 'reaction_removed'>, 'body' | 'event'>

export type FeedbackListenerParts = {
  store: Store
  catalog: Catalog
  clientsOf: ClientsOf
  cache: Pick<AnswerCache, 'forget'>
  logger: Logger
  now: () => number
}

/** A thumb below an answer. The form opens before the vote is written: its trigger lives three seconds. */
export const onVoteButton =
  (parts: FeedbackListenerParts) =>
  async ({ body, ack }: ClickArgs): Promise<void> => {
    await ack()
    const click = readClick(body)
    const vote = click && readVoteValue(click.value)
    if (!vote) return
    const answer = await findAnswer(parts.store, vote.answerId)
    if (!answer) return tellClicker(await parts.clientsOf(click.person.team), click, WORDS.gone)
    const opening = vote.value < 0 ? openForm(parts, click, answer) : Promise.resolve()
    await recordMark(parts.store, {
      answerId: answer.id,
      voter: click.person,
      mark: BUTTON_MARK,
      value: vote.value,
      isSet: true,
      eventTs: click.at,
    })
    if (vote.value < 0) await parts.cache.forget(answer.question_text, answer.model)
    await opening
  }

/** "Tell us what is right", offered after a reaction. */
export const onCorrectButton =
  (parts: FeedbackListenerParts) =>
  async ({ body, ack }: ClickArgs): Promise<void> => {
    await ack()
    const click = readClick(body)
    if (!click) return
    const answer = await findAnswer(parts.store, click.value)
    if (!answer) return tellClicker(await parts.clientsOf(click.person.team), click, WORDS.gone)
    await openForm(parts, click, answer)
  }

async function openForm({ clientsOf, catalog }: FeedbackListenerParts, click: ReadClick, answer: SavedAnswer) {
  const view = correctionView(answer, catalog)
  const { interactive } = await clientsOf(click.person.team)
  await callSlack(() => interactive.views.open({ trigger_id: click.trigger_id, view }))
}

/** The form was sent: faults go to their fields, so that nothing typed is lost. */
export const onCorrectionSent =
  (parts: FeedbackListenerParts) =>
  async ({ body, ack }: FormArgs): Promise<void> => {
    const form = readForm(body)
    const answer = form && (await findAnswer(parts.store, form.metadata))
    if (!form || !answer) return ack()
    const checked = checkCorrection({ ...form.values, consent: CONSENT_LINE }, parts.catalog)
    if (!checked.ok) return ack({ response_action: 'errors', errors: checked.faults as Record<string, string> })
    const { merged } = await proposeCorrection(
      parts.store,
      {
        correction: checked.correction,
        author: form.person,
        answerId: answer.id,
        originalText: answer.model_text,
        model: answer.model,
        catalogVersion: answer.catalog_version,
      },
      parts.now(),
    )
    await ack()
    const clients = await parts.clientsOf(form.person.team)
    await tellInPrivate(clients, form.person.user, merged ? WORDS.alreadyProposed : WORDS.correctionSaved)
  }

/** A 👍 or 👎 set on an answer, or taken away. Only messages in our table count, whoever wrote them. */
export const onReaction =
  (parts: FeedbackListenerParts) =>
  async ({ body, event }: ReactionArgs): Promise<void> => {
    const reaction = readReactionEvent(event)
    const mark = reaction && readReaction(reaction.reaction)
    const team = readPlace(body)?.team
    if (!mark || !team) return
    const { channel, ts } = reaction.item
    const answer = await findAnswerAt(parts.store, { team, channel, ts })
    if (!answer) return
    const voter = { user: reaction.user, team }
    const isSet = reaction.type === 'reaction_added'
    const { changed, vote } = await recordMark(parts.store, {
      answerId: answer.id,
      voter,
      ...mark,
      isSet,
      eventTs: reaction.event_ts,
    })
    if (!changed || vote >= 0 || !isSet) return
    await parts.cache.forget(answer.question_text, answer.model)
    const place = { channel, threadTs: answer.thread_ts ?? undefined }
    await whisper(await parts.clientsOf(team), voter, place, WORDS.reactionAsk, [
      section(WORDS.reactionAsk),
      { type: 'actions', elements: [button(WORDS.reactionAskButton, ACTION.correct, answer.id)] },
    ])
  }
