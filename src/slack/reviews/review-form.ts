import type { KnownBlock, ModalView } from '@slack/types'
import type { Catalog } from '../../catalog/catalog.ts'
import { CATEGORIES } from '../../diagnosis/prompt.ts'
import { isDeclining } from '../../feedback/corrections/content.ts'
import type { CorrectionRow } from '../../feedback/corrections/correction-row.ts'
import { CONSENT_LINE, type CorrectionDraft, MAX_CHARS } from '../../feedback/corrections/corrections.ts'
import { findInjections } from '../../feedback/corrections/prompt-injection.ts'
import { REVIEW_WORDS } from '../../feedback/labels.ts'
import type { Conflicts } from '../../feedback/review/conflicts.ts'
import type { LikelyDuplicate } from '../../feedback/review/likely-duplicates.ts'
import { awaitsSecondApproval } from '../../feedback/review/queue.ts'
import { warningsOf } from '../../feedback/review/warnings.ts'
import { conflictBlocks, likelyBlocks } from '../blocks/conflicts.ts'
import { proposedText } from '../blocks/correction.ts'
import { context, personOf, plainText, section } from '../blocks/elements.ts'
import { option, selectField, textField } from '../blocks/form-fields.ts'
import { VIEW } from '../blocks/ids.ts'
import { LIMITS } from '../blocks/limits.ts'
import { statementFields } from '../blocks/statement-fields.ts'
import { approvedOnce, SHARED_WORDS } from '../blocks/words.ts'
import { cut, escapeLiteral, escapeMrkdwn } from '../platform/escaping.ts'
import { WORDS } from './words.ts'

const MAX_QUOTED = 600

/** When many people say the same, the first few are enough. */
const MAX_NOTES = 4

/** The parts of a review around its fields. */
export type ReviewShown = {
  conflicts: Conflicts
  likely: readonly LikelyDuplicate[]
  /** From those who supported the proposal after its author. */
  notes: readonly { by: string; note: string }[]
  /** The reviewer's earlier input. */
  draft: CorrectionDraft | null
}

/** A correction for its reviewer, who may reword it; all its conflicts are shown above it, side by side. */
export function reviewView(
  row: CorrectionRow,
  { conflicts, likely, notes, draft }: ReviewShown,
  catalog: Catalog,
): ModalView {
  const beware = warningsOf(row)
  const note = row.note ? `\n*Note:* ${quote(row.note)}` : ''
  return {
    type: 'modal',
    callback_id: VIEW.review,
    private_metadata: row.id,
    // When it's closed without a decision, the correction is released.
    notify_on_close: true,
    title: plainText(WORDS.reviewTitle, LIMITS.viewTitle),
    submit: plainText('Approve', LIMITS.viewTitle),
    close: plainText('Cancel', LIMITS.viewTitle),
    blocks: [
      section(`*Said:* ${quote(row.original_text) || '(nothing)'}${note}`),
      ...(notes.length > 0 ? [section(notes.slice(0, MAX_NOTES).map(noteOf).join('\n'))] : []),
      ...(beware.length > 0 ? [context(`⚠️ ${escapeMrkdwn(beware.join(' · '))}`)] : []),
      ...orderBlocks(row),
      ...(awaitsSecondApproval(row) ? [context(approvedOnce(personOf(row.first_approver ?? '')))] : []),
      ...conflictBlocks(row, conflicts, {
        version: catalog.version,
        taught: (other) => proposedText(other, catalog),
      }),
      ...likelyBlocks(likely, (other) => proposedText(other, catalog)),
      ...(draft ? [context(SHARED_WORDS.draftLoaded)] : []),
      ...fieldsOf(row, draft, catalog),
      ...(row.consent === null ? [context(escapeMrkdwn(`${WORDS.ownWords} ${CONSENT_LINE}`))] : []),
    ],
  }
}

function fieldsOf(row: CorrectionRow, draft: CorrectionDraft | null, catalog: Catalog): KnownBlock[] {
  const question = (label: string) =>
    textField(
      { name: 'question', label, initial: draft?.question ?? row.question },
      { most: MAX_CHARS.question, isLong: true },
    )
  if (row.kind === 'log')
    return [
      question('Log line'),
      selectField(
        { name: 'code', label: 'Category', initial: draft?.code ?? row.code },
        CATEGORIES.map((category) => option(category.replaceAll('_', ' '), category)),
      ),
    ]
  if (isDeclining(row)) return [question('Question, to which no answer would be right')]
  return [question('Question, without names and devices'), ...statementFields({ ...row, ...draft }, catalog, {})]
}

function noteOf({ by, note }: ReviewShown['notes'][number]): string {
  return `*Note* by ${personOf(by)}: ${quote(note)}`
}

function orderBlocks(row: CorrectionRow): KnownBlock[] {
  const orders = findInjections(row)
  if (orders.length === 0) return []
  const lines = orders.map(({ field, words }) => `In the ${field}: “${escapeLiteral(cut(words, 150))}”`)
  return [section(`⚠️ *${REVIEW_WORDS.readsLikeOrder}*\n${lines.join('\n')}`)]
}

function quote(text: string): string {
  return escapeLiteral(cut(text.replace(/\s+/g, ' ').trim(), MAX_QUOTED))
}
