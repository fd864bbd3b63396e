import type { InputBlock, ModalView } from '@slack/types'
import { CATEGORIES } from '../../diagnosis/prompt.ts'
import { CORRECTION_REASONS } from '../../feedback/corrections/corrections.ts'
import { REASONS } from '../../feedback/labels.ts'
import { EXPORT_FORMATS } from '../../formats/writing.ts'
import { context, plainText } from '../blocks/elements.ts'
import { VIEW } from '../blocks/ids.ts'
import { LIMITS } from '../blocks/limits.ts'
import { listOf } from '../blocks/words.ts'
import { COMMONEST, type ExportField } from './export-request.ts'
import { WORDS } from './words.ts'

/** The form for an export. Its fields have the names of {@link EXPORT_FIELDS}, so that faults find their field. */
export function exportView(): ModalView {
  return {
    type: 'modal',
    callback_id: VIEW.export,
    title: plainText('Export corrections', LIMITS.viewTitle),
    submit: plainText('Export', LIMITS.viewTitle),
    close: plainText('Cancel', LIMITS.viewTitle),
    blocks: [
      field(
        'format',
        'Format',
        select(
          'format',
          EXPORT_FORMATS.map((name) => [name, name]),
          COMMONEST,
        ),
      ),
      field(
        'kind',
        'Corrections of',
        select(
          'kind',
          [
            ['answer', 'Answers'],
            ['log', 'Log lines'],
          ],
          'answer',
        ),
      ),
      optional('since', 'Approved since', { type: 'datepicker', action_id: 'since' }),
      optional('code', 'Code, or category of log lines', {
        type: 'plain_text_input',
        action_id: 'code',
        max_length: LIMITS.optionText,
        placeholder: plainText(`E-02, or ${listOf(CATEGORIES)}`),
      }),
      optional('reviewer', 'Approved by', { type: 'users_select', action_id: 'reviewer' }),
      optional(
        'reason',
        'What was wrong',
        select(
          'reason',
          CORRECTION_REASONS.map((name) => [name, REASONS[name]]),
        ),
      ),
      optional('new', 'Only what is new', {
        type: 'checkboxes',
        action_id: 'new',
        options: [{ text: plainText('Only what is in no export yet'), value: 'new' }],
      }),
      context(WORDS.exportGoes),
    ],
  }
}

function select(
  name: ExportField,
  options: readonly (readonly [string, string])[],
  chosen?: string,
): InputBlock['element'] {
  const all = options.map(([value, label]) => ({ text: plainText(label, LIMITS.optionText), value }))
  const initial = all.find(({ value }) => value === chosen)
  return { type: 'static_select', action_id: name, options: all, ...(initial ? { initial_option: initial } : {}) }
}

function field(name: ExportField, label: string, element: InputBlock['element']): InputBlock {
  return { type: 'input', block_id: name, label: plainText(label), element }
}

function optional(name: ExportField, label: string, element: InputBlock['element']): InputBlock {
  return { ...field(name, label, element), optional: true }
}
