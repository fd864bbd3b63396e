import type { Catalog } from '../../catalog/catalog.ts'
import { findAnswer, type SavedAnswer } from '../../diagnosis/questions/question-records.ts'
import type { CorrectionDraft } from '../../feedback/corrections/corrections.ts'
import type { DraftCorrection } from '../../feedback/corrections/model-draft.ts'
import type { Logger } from '../../lib/logger.ts'
import type { Store } from '../../store/open.ts'
import { noticeView } from '../blocks/notice-view.ts'
import { SHARED_WORDS } from '../blocks/words.ts'
import { callSlack } from '../platform/clients.ts'
import type { OpenForm } from '../platform/form-payloads.ts'
import { slackReason } from '../platform/platform-errors.ts'
import type { ClientsOf } from '../platform/workspaces.ts'
import { type CorrectionShown, correctionView } from './correction-form.ts'
import type { FormDrafts } from './drafts.ts'
import { WORDS } from './words.ts'

/** What's needed to fill the correction form, and to refill it while it's open. */
export type FillingDeps = {
  store: Store
  catalog: Catalog
  clientsOf: ClientsOf
  drafts: FormDrafts
  draftFor: DraftCorrection
  logger: Logger
}

/** After this, a person waiting in front of a form would rather write the correction themselves. */
const DRAFT_WITHIN_MS = 12_000

const STATED = ['code', 'problem', 'action', 'command', 'fallback'] as const

/** Discards what was typed: each field starts with the answer again. */
export async function startAfresh(deps: FillingDeps, form: OpenForm): Promise<void> {
  await deps.drafts.discard(form)
  const blockIds = renewed(form, Object.keys(form.blockOf))
  await showAgain(deps, form, { draft: null, news: null, offers: { draftForMe: true, startAfresh: false }, blockIds })
}

/** Fills the fields with a model's draft; what the author types meanwhile is kept. */
export async function draftWithModel(deps: FillingDeps, form: OpenForm): Promise<void> {
  const { drafts, logger } = deps
  await drafts.save(form)
  const asItIs = { draft: form.values, blockIds: form.blockOf }
  const noOffers = { draftForMe: false, startAfresh: false }
  const answer = await showAgain(deps, form, { ...asItIs, news: WORDS.drafting, offers: noOffers })
  if (!answer) return
  const signal = AbortSignal.timeout(DRAFT_WITHIN_MS)
  const proposed = await deps
    .draftFor({ draft: form.values, said: answer.model_text }, signal)
    .catch((error: unknown) => {
      logger.warn({ err: error, answer: answer.id }, 'no draft could be made')
      return null
    })
  const newest = (await drafts.load(form)) ?? form.values
  const untouched = STATED.filter((field) => (newest[field] ?? '') === (form.values[field] ?? ''))
  const changes = new Map(
    untouched.flatMap((field) => {
      const value = proposed && inForm(field, proposed[field])
      return value !== null && value !== (newest[field] ?? '') ? [[field, value] as const] : []
    }),
  )
  const draft: CorrectionDraft = { ...newest, ...Object.fromEntries(changes) }
  await showAgain(deps, form, {
    draft,
    news: proposed ? WORDS.drafted : WORDS.noDraft,
    offers: { draftForMe: true, startAfresh: true },
    blockIds: renewed(form, [...changes.keys()]),
  })
  const values = Object.entries(draft).map(([field, value]) => [field, value ?? ''])
  if (changes.size > 0) await drafts.save({ ...form, values: Object.fromEntries(values) })
}

/** A statement's value as the form's input value: no command is an option of its own. */
function inForm(field: (typeof STATED)[number], value: string | null): string {
  return value ?? (field === 'command' ? 'NONE' : '')
}

/** New block ids for these fields, so that they start with their new values. */
function renewed({ blockOf }: OpenForm, fields: readonly string[]): Record<string, string> {
  const next = fields.map((field) => {
    const [, turn = '0'] = /~(\d{1,6})$/.exec(blockOf[field] ?? '') ?? []
    return [field, `${field}~${Number(turn) + 1}`]
  })
  return { ...blockOf, ...Object.fromEntries(next) }
}

/** Updates the open form; null when it's no longer open. */
async function showAgain(
  { store, catalog, clientsOf }: FillingDeps,
  { person, viewId, metadata, externalId }: OpenForm,
  shown: CorrectionShown,
): Promise<SavedAnswer | null> {
  const answer = await findAnswer(store, metadata)
  const { interactive } = await clientsOf(person.team)
  const view = answer ? correctionView(answer, catalog, shown) : noticeView(WORDS.correctionTitle, SHARED_WORDS.gone)
  try {
    const request = { view_id: viewId, view: { ...view, ...(externalId ? { external_id: externalId } : {}) } }
    await callSlack(() => interactive.views.update(request), { isRepeatable: true })
    return answer
  } catch (error) {
    if (slackReason(error) !== 'not_found') throw error
    return null
  }
}
