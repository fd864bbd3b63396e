import type {
  BlockAction,
  MessageShortcut,
  SlackActionMiddlewareArgs,
  SlackShortcutMiddlewareArgs,
  SlackViewMiddlewareArgs,
  ViewClosedAction,
} from '@slack/bolt'
import { findAnswer, findAnswerAt, type SavedAnswer } from '../../diagnosis/questions/question-records.ts'
import { CONSENT_LINE, checkCorrection, proposeCorrection } from '../../feedback/corrections/corrections.ts'
import { keepClaim } from '../../feedback/review/queue.ts'
import type { InFlight } from '../../lib/background.ts'
import { button, section } from '../blocks/elements.ts'
import { ACTION, readId, VIEW } from '../blocks/ids.ts'
import { sayingView } from '../blocks/notice-view.ts'
import { WORDS } from '../blocks/words.ts'
import { type OpenForm, readOpenForm } from '../platform/form-payloads.ts'
import { type ReadClick, readClick } from '../platform/payloads.ts'
import { readMessageShortcut } from '../platform/shortcut-payloads.ts'
import { type Opening, openAtOnce, openedBy, tellWhereTheyAre } from '../posting/open-modal.ts'
import { draftForMe, type FillingParts, startAfresh } from './correction-draft.ts'
import { correctionView } from './correction-form.ts'
import { type Proposed, type SentFormParts, takeSent } from './submit.ts'

type ClickArgs = Pick<SlackActionMiddlewareArgs<BlockAction>, 'body' | 'ack'>
type FormArgs = Pick<SlackViewMiddlewareArgs, 'body' | 'ack'>
type ClosedArgs = Pick<SlackViewMiddlewareArgs<ViewClosedAction>, 'body' | 'ack'>
type ShortcutArgs = Pick<SlackShortcutMiddlewareArgs<MessageShortcut>, 'body' | 'ack'>

export type CorrectionListenerParts = FillingParts &
  SentFormParts & {
    inFlight: InFlight
    now: () => number
  }

/** "Tell us what is right", offered after a reaction, or after a form that was closed or did not open. */
export const onCorrectButton =
  (parts: CorrectionListenerParts) =>
  async ({ body, ack }: ClickArgs): Promise<void> => {
    await ack()
    const click = readClick(body)
    if (click) await openCorrection(parts, click, readId(click.value))
  }

/** Opens the form about an answer for who clicked. */
export function openCorrection(parts: CorrectionListenerParts, click: ReadClick, answerId: string): Promise<void> {
  return openForm(parts, openedBy(click), { answerId, gone: WORDS.gone }, () => findAnswer(parts.store, answerId))
}

/** "Correct this answer", from the menu of any message: only ours can be corrected. */
export const onCorrectShortcut =
  (parts: CorrectionListenerParts) =>
  async ({ body, ack }: ShortcutArgs): Promise<void> => {
    await ack()
    const picked = readMessageShortcut(body)
    if (!picked) return
    const { person, channel, ts, threadTs, triggerId } = picked
    const from = { person, triggerId, place: { channel, threadTs } }
    await openForm(parts, from, { answerId: '', gone: WORDS.notAnAnswer }, () =>
      findAnswerAt(parts.store, { team: person.team, channel, ts }),
    )
  }

async function openForm(
  parts: CorrectionListenerParts,
  from: Pick<Opening, 'person' | 'triggerId' | 'place'>,
  { answerId, gone }: { answerId: string; gone: string },
  find: () => Promise<SavedAnswer | null>,
): Promise<void> {
  let found = answerId
  const opening: Opening = {
    ...from,
    title: WORDS.correctionTitle,
    callbackId: VIEW.correction,
    metadata: answerId,
    again: () => (found ? { actionId: ACTION.correct, value: found } : null),
  }
  await openAtOnce(parts, opening, async () => {
    const answer = await find()
    found = answer?.id ?? ''
    if (!answer) return sayingView(WORDS.correctionTitle, gone)
    const draft = await parts.typed.fetch({ person: from.person, metadata: answer.id })
    return correctionView(answer, parts.catalog, {
      draft,
      news: draft && WORDS.draftLoaded,
      offers: { draftForMe: true, startAfresh: draft !== null },
    })
  })
}

/** Something was typed or chosen: kept, whatever becomes of the form. Who is at work on a review keeps it. */
export const onTyped =
  ({ typed, store, logger, now }: Pick<CorrectionListenerParts, 'typed' | 'store' | 'logger' | 'now'>) =>
  async ({ body, ack }: ClickArgs): Promise<void> => {
    await ack()
    const form = readOpenForm(body)
    if (!form?.metadata) return
    await typed.keep(form)
    if (form.callbackId !== VIEW.review) return
    await keepClaim(store, { id: form.metadata, by: form.person }, now()).catch((error: unknown) =>
      logger.info({ err: error, correction: form.metadata }, 'a review was typed on that is no longer its reviewer’s'),
    )
  }

/** "Start afresh": what was typed before goes, and the form is filled from the answer again. */
export const onStartAfresh =
  (parts: CorrectionListenerParts) =>
  async ({ body, ack }: ClickArgs): Promise<void> => {
    await ack()
    const form = readOpenForm(body)
    if (form) await startAfresh(parts, form)
  }

/** "Draft for me": a model proposes what is right. */
export const onDraftForMe =
  (parts: CorrectionListenerParts) =>
  async ({ body, ack }: ClickArgs): Promise<void> => {
    await ack()
    const form = readOpenForm(body)
    if (form) parts.inFlight.run('a draft', () => draftForMe(parts, form))
  }

/** The form was sent. */
export const onCorrectionSent = (parts: CorrectionListenerParts) => (args: FormArgs) =>
  takeSent(parts, args, { propose: (form) => propose(parts, form), failedAt: 'question' })

async function propose(
  { store, catalog, now }: CorrectionListenerParts,
  { metadata, values, person: author }: OpenForm,
): Promise<Proposed> {
  const answer = await findAnswer(store, metadata)
  if (!answer) return { faults: { question: WORDS.gone } }
  const checked = checkCorrection({ ...values, consent: CONSENT_LINE }, catalog)
  if (!checked.ok) return { faults: checked.faults }
  const { correction } = checked
  const { id: answerId, model_text: originalText, model, catalog_version: catalogVersion } = answer
  return proposeCorrection(store, { correction, author, answerId, originalText, model, catalogVersion }, now())
}

/** The form was closed without being sent: what was typed is kept, and its author is told how to get it back. */
export const onCorrectionClosed =
  (parts: CorrectionListenerParts) =>
  async ({ body, ack }: ClosedArgs): Promise<void> => {
    await ack()
    const form = readOpenForm(body)
    if (!form?.metadata) return
    if (form.isTouched) await parts.typed.keep(form)
    const [draft, answer] = [await parts.typed.fetch(form), await findAnswer(parts.store, form.metadata)]
    if (!draft || !answer) return
    const place = answer.channel ? { channel: answer.channel, threadTs: answer.thread_ts ?? undefined } : null
    await tellWhereTheyAre(await parts.clientsOf(form.person.team), form.person, place, WORDS.draftKept, [
      section(WORDS.draftKept),
      { type: 'actions', elements: [button(WORDS.goOn, ACTION.correct, answer.id)] },
    ])
  }
