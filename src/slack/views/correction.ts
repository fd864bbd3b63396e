import type { KnownBlock, ModalView, PlainTextOption } from '@slack/types'
import type { Catalog } from '../../catalog/catalog.ts'
import type { SavedAnswer } from '../../diagnosis/records.ts'
import { CONSENT_LINE, CORRECTION_REASONS, type CorrectionField, MOST_CHARS } from '../../feedback/corrections.ts'
import { scrubQuestion } from '../../feedback/scrub.ts'
import { context, plainText, section } from '../blocks/elements.ts'
import { cut, escapeMrkdwn, plain } from '../escaping.ts'
import { VIEW } from '../ids.ts'
import { LIMITS } from '../limits.ts'
import { REASONS } from '../words.ts'

/** The choice of no command; a select has no empty value. */
const NO_COMMAND = 'NONE'

/** The form in which a person says what is right, prefilled with what was answered. Block ids are the draft's fields. */
export function correctionView(answer: SavedAnswer, catalog: Catalog): ModalView {
  const [finding] = answer.findings
  const said = answer.model_text || [finding?.problem, finding?.action].filter(Boolean).join('. ')
  const codes = catalog.codes.map(({ code, problem }) => option(`${code} · ${problem}`, code))
  const commands = [
    option('No command', NO_COMMAND),
    ...Object.entries(catalog.commands).map(([name, { title }]) => option(`${name} · ${title}`, name)),
  ]
  return {
    type: 'modal',
    callback_id: VIEW.correction,
    private_metadata: answer.id,
    title: plainText('What is right?', LIMITS.viewTitle),
    submit: plainText('Send', LIMITS.viewTitle),
    close: plainText('Cancel', LIMITS.viewTitle),
    blocks: [
      section(`The assistant answered:\n> ${escapeMrkdwn(cut(said.replace(/\s+/g, ' '), 600)) || '(nothing)'}`),
      text('question', 'Question, without names and devices', {
        initial: scrubQuestion(answer.question_text, catalog),
        isLong: true,
      }),
      select('code', 'Code', codes, finding?.code ?? null),
      text('problem', 'What is wrong', { initial: finding?.problem ?? '' }),
      text('action', 'What to do', { initial: finding?.action ?? '' }),
      select('command', 'Remote command', commands, finding?.command ?? NO_COMMAND),
      text('fallback', 'If that does not help', { initial: finding?.fallback ?? '', isOptional: true }),
      select(
        'reason',
        'What was wrong with the answer',
        CORRECTION_REASONS.map((reason) => option(REASONS[reason], reason)),
        null,
      ),
      text('note', 'Note for the reviewer', { initial: '', isOptional: true, isLong: true }),
      context(CONSENT_LINE),
    ],
  }
}

function option(label: string, value: string): PlainTextOption {
  return { text: plainText(label, LIMITS.optionText), value }
}

function text(
  field: Exclude<CorrectionField, 'code' | 'command' | 'reason'>,
  label: string,
  { initial, isOptional = false, isLong = false }: { initial: string; isOptional?: boolean; isLong?: boolean },
): KnownBlock {
  const value = cut(plain(initial), MOST_CHARS[field])
  return {
    type: 'input',
    block_id: field,
    optional: isOptional,
    label: plainText(label),
    element: {
      type: 'plain_text_input',
      action_id: field,
      multiline: isLong,
      max_length: MOST_CHARS[field],
      ...(value ? { initial_value: value } : {}),
    },
  }
}

function select(field: CorrectionField, label: string, options: PlainTextOption[], chosen: string | null): KnownBlock {
  const initial = options.find(({ value }) => value === chosen)
  // A menu holds no more than this; what was answered is among it in any case.
  const first = options.slice(0, LIMITS.selectOptions)
  const shown = initial && !first.includes(initial) ? [initial, ...first.slice(1)] : first
  return {
    type: 'input',
    block_id: field,
    label: plainText(label),
    element: {
      type: 'static_select',
      action_id: field,
      placeholder: plainText('Choose'),
      options: shown,
      ...(initial ? { initial_option: initial } : {}),
    },
  }
}
