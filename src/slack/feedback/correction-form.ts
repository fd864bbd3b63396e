import type { KnownBlock, ModalView } from '@slack/types'
import type { Catalog } from '../../catalog/catalog.ts'
import type { SavedAnswer } from '../../diagnosis/questions/question-records.ts'
import {
  CONSENT_LINE,
  CORRECTION_REASONS,
  type CorrectionDraft,
  MAX_CHARS,
} from '../../feedback/corrections/corrections.ts'
import { redactQuestion } from '../../feedback/corrections/redact.ts'
import { REASONS } from '../../feedback/labels.ts'
import { button, context, plainText, section } from '../blocks/elements.ts'
import { option, selectField, textField } from '../blocks/form-fields.ts'
import { ACTION, VIEW } from '../blocks/ids.ts'
import { LIMITS } from '../blocks/limits.ts'
import { type BlockIds, statementFields } from '../blocks/statement-fields.ts'
import { cut, escapeMrkdwn } from '../platform/escaping.ts'
import { WORDS } from './words.ts'

export type CorrectionShown = {
  /** Values that replace the answer's; a field it lacks is filled from the answer. */
  draft: CorrectionDraft | null
  /** A note above the fields, such as where the draft comes from. */
  news: string | null
  /** Whether to offer a model's draft, and whether to offer starting afresh. */
  offers: { draftForMe: boolean; startAfresh: boolean }
  /** The block ids that decide which fields keep what was typed. */
  blockIds: BlockIds
}

const FIRST: CorrectionShown = {
  draft: null,
  news: null,
  offers: { draftForMe: false, startAfresh: false },
  blockIds: {},
}

/** The form for saying what is right, prefilled with the answer. */
export function correctionView(answer: SavedAnswer, catalog: Catalog, shown: Partial<CorrectionShown> = {}): ModalView {
  const { draft, news, offers, blockIds } = { ...FIRST, ...shown }
  const [finding] = answer.findings
  const said = answer.model_text || [finding?.problem, finding?.action].filter(Boolean).join('. ')
  const answered = {
    question: redactQuestion(answer.question_text, catalog),
    code: finding?.code,
    problem: finding?.problem,
    action: finding?.action,
    command: finding?.command,
    fallback: finding?.fallback,
    reason: null,
    note: null,
  }
  const filled = { ...answered, ...draft }
  // If nothing was stated, the correction may only be that it shouldn't have answered.
  const mayBeEmpty = !finding?.problem || !finding.action
  const field = (name: 'question' | 'reason' | 'note', label: string) => ({
    name,
    label,
    initial: filled[name] ?? '',
    blockId: blockIds[name],
  })
  return {
    type: 'modal',
    callback_id: VIEW.correction,
    private_metadata: answer.id,
    // When it's closed unsent, the input is kept and the person is told.
    notify_on_close: true,
    title: plainText(WORDS.correctionTitle, LIMITS.viewTitle),
    submit: plainText('Send', LIMITS.viewTitle),
    close: plainText('Cancel', LIMITS.viewTitle),
    blocks: [
      section(`The assistant answered:\n> ${escapeMrkdwn(cut(said.replace(/\s+/g, ' '), 600)) || '(nothing)'}`),
      ...(news ? [context(escapeMrkdwn(news))] : []),
      ...offerBlocks(offers),
      textField(field('question', 'Question, without names and devices'), {
        most: MAX_CHARS.question,
        isLong: true,
      }),
      ...(mayBeEmpty ? [context(WORDS.leaveEmpty)] : []),
      ...statementFields(filled, catalog, blockIds, { mayBeEmpty }),
      selectField(
        field('reason', 'What was wrong with the answer'),
        CORRECTION_REASONS.map((reason) => option(REASONS[reason], reason)),
      ),
      textField(field('note', 'Note for the reviewer'), { most: MAX_CHARS.note, isOptional: true, isLong: true }),
      context(CONSENT_LINE),
    ],
  }
}

function offerBlocks({ draftForMe, startAfresh }: CorrectionShown['offers']): KnownBlock[] {
  const buttons = [
    ...(draftForMe ? [button('Draft for me', ACTION.draftForMe, 'draft')] : []),
    ...(startAfresh ? [button('Start afresh', ACTION.startAfresh, 'afresh')] : []),
  ]
  return buttons.length > 0 ? [{ type: 'actions', elements: buttons }] : []
}
