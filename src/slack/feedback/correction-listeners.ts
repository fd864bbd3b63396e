import { findAnswer, findAnswerAt, type SavedAnswer } from '../../diagnosis/questions/question-records.ts'
import { isErased } from '../../diagnosis/questions/withdrawal-records.ts'
import { CONSENT_LINE, checkCorrection, proposeCorrection } from '../../feedback/corrections/corrections.ts'
import { renewClaim } from '../../feedback/review/queue.ts'
import type { InFlight } from '../../lib/background.ts'
import { button, section } from '../blocks/elements.ts'
import { ACTION, readId, VIEW } from '../blocks/ids.ts'
import { noticeView } from '../blocks/notice-view.ts'
import { SHARED_WORDS } from '../blocks/words.ts'
import type { OpenForm } from '../platform/form-payloads.ts'
import { onClick, onFormClick, onFormClosed, onMessageShortcut } from '../platform/listeners.ts'
import type { SlackAction } from '../platform/payloads.ts'
import { type ModalRequest, notifyInPlace, openWithLoadingView, requestOf } from '../posting/open-modal.ts'
import { draftWithModel, type FillingDeps, startAfresh } from './correction-draft.ts'
import { correctionView } from './correction-form.ts'
import { onProposalSent, type Proposed, type SentFormDeps } from './submit.ts'
import { WORDS } from './words.ts'

export type CorrectionListenerDeps = FillingDeps &
  SentFormDeps & {
    inFlight: InFlight
    now: () => number
  }

/** "Tell us what is right", offered after a reaction, or after a form was closed or didn't open. */
export function onCorrectButton(deps: CorrectionListenerDeps) {
  return onClick(async function onCorrectButton(click) {
    await openCorrection(deps, click, readId(click.value))
  })
}

/** Opens the correction form for the person who clicked. */
export function openCorrection(deps: CorrectionListenerDeps, click: SlackAction, answerId: string): Promise<void> {
  return openForm(deps, requestOf(click), { answerId, gone: SHARED_WORDS.gone }, () => findAnswer(deps.store, answerId))
}

/** "Correct this answer" in any message's menu; only our own can be corrected. */
export function onCorrectShortcut(deps: CorrectionListenerDeps) {
  return onMessageShortcut(async function onCorrectShortcut(picked) {
    const { person, channel, ts, threadTs, triggerId } = picked
    const from = { person, triggerId, place: { channel, threadTs } }
    const find = () => findAnswerAt(deps.store, { team: person.team, channel, ts })
    return { afterwards: () => openForm(deps, from, { answerId: '', gone: WORDS.notAnAnswer }, find) }
  })
}

async function openForm(
  deps: CorrectionListenerDeps,
  from: Pick<ModalRequest, 'person' | 'triggerId' | 'place'>,
  { answerId, gone }: { answerId: string; gone: string },
  find: () => Promise<SavedAnswer | null>,
): Promise<void> {
  let found = answerId
  const opening: ModalRequest = {
    ...from,
    title: WORDS.correctionTitle,
    callbackId: VIEW.correction,
    metadata: answerId,
    reopenButton: () => (found ? { actionId: ACTION.correct, value: found } : null),
  }
  await openWithLoadingView(deps, opening, async () => {
    const answer = await find()
    found = answer?.id ?? ''
    if (!answer || isErased(answer)) return noticeView(WORDS.correctionTitle, gone)
    const draft = await deps.drafts.load({ person: from.person, metadata: answer.id })
    return correctionView(answer, deps.catalog, {
      draft,
      news: draft && SHARED_WORDS.draftLoaded,
      offers: { draftForMe: true, startAfresh: draft !== null },
    })
  })
}

/**
 * Something was typed or selected: it's kept even if the form is lost. A reviewer at work keeps the claim on the
 * correction.
 */
export function onTyped({
  drafts,
  store,
  logger,
  now,
}: Pick<CorrectionListenerDeps, 'drafts' | 'store' | 'logger' | 'now'>) {
  return onFormClick(async function onTyped(form) {
    if (!form.metadata) return
    await drafts.save(form)
    if (form.callbackId !== VIEW.review) return
    await renewClaim(store, { id: form.metadata, by: form.person }, now()).catch((error: unknown) =>
      logger.info({ err: error, correction: form.metadata }, 'a review was typed on that is no longer its reviewer’s'),
    )
  })
}

/** "Start afresh": discards the input and refills the form from the answer. */
export function onStartAfresh(deps: CorrectionListenerDeps) {
  return onFormClick(async function onStartAfresh(form) {
    await startAfresh(deps, form)
  })
}

/** "Draft for me": a model proposes a correction. */
export function onDraftForMe(deps: CorrectionListenerDeps) {
  return onFormClick(async function onDraftForMe(form) {
    await deps.inFlight.run(() => draftWithModel(deps, form))
  })
}

export function onCorrectionSent(deps: CorrectionListenerDeps) {
  return onProposalSent(deps, { propose: (form) => propose(deps, form), failedAt: 'question' })
}

async function propose(
  { store, catalog, now }: CorrectionListenerDeps,
  { metadata, values, person: author }: OpenForm,
): Promise<Proposed> {
  const answer = await findAnswer(store, metadata)
  if (!answer || isErased(answer)) return { faults: { question: SHARED_WORDS.gone } }
  const checked = checkCorrection({ ...values, consent: CONSENT_LINE }, catalog)
  if (!checked.ok) return { faults: checked.faults }
  const { correction } = checked
  const { id: answerId, model_text: originalText, model, catalog_version: catalogVersion } = answer
  return proposeCorrection(store, { correction, author, answerId, originalText, model, catalogVersion }, now())
}

/** The form was closed unsent: the input is kept, and its author is told how to get it back. */
export function onCorrectionClosed(deps: CorrectionListenerDeps) {
  return onFormClosed(async function onCorrectionClosed(form) {
    if (!form.metadata) return
    if (form.isTouched) await deps.drafts.save(form)
    const [draft, answer] = [await deps.drafts.load(form), await findAnswer(deps.store, form.metadata)]
    if (!draft || !answer || isErased(answer)) return
    const place = answer.channel ? { channel: answer.channel, threadTs: answer.thread_ts ?? undefined } : null
    await notifyInPlace(await deps.clientsOf(form.person.team), form.person, place, SHARED_WORDS.draftKept, [
      section(SHARED_WORDS.draftKept),
      { type: 'actions', elements: [button(SHARED_WORDS.goOn, ACTION.correct, answer.id)] },
    ])
  })
}
