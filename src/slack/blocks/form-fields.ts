import type { InputBlock, PlainTextOption } from '@slack/types'
import { cut, plain } from '../platform/escaping.ts'
import { FIELD_PREFIX } from '../platform/form-payloads.ts'
import { plainText } from './elements.ts'
import { LIMITS } from './limits.ts'

type Field = {
  name: string
  label: string
  initial: string
  /** Slack keeps the typed text while a block keeps its id; under a new id the field starts with its new value. */
  blockId?: string | undefined
}

/** A text field. Slack sends each change while the person types, so that it's kept even if the form is lost. */
export function textField(
  { name, label, initial, blockId = name }: Field,
  { most, isOptional = false, isLong = false }: { most: number; isOptional?: boolean; isLong?: boolean },
): InputBlock {
  const value = cut(plain(initial), most)
  return {
    type: 'input',
    block_id: blockId,
    optional: isOptional,
    dispatch_action: true,
    label: plainText(label),
    element: {
      type: 'plain_text_input',
      action_id: `${FIELD_PREFIX}${name}`,
      multiline: isLong,
      max_length: most,
      dispatch_action_config: { trigger_actions_on: ['on_character_entered'] },
      ...(value ? { initial_value: value } : {}),
    },
  }
}

export function option(label: string, value: string): PlainTextOption {
  return { text: plainText(label, LIMITS.optionText), value }
}

/** A select menu; `initial` is the selected value. */
export function selectField(
  { name, label, initial, blockId = name }: Field,
  options: PlainTextOption[],
  { isOptional = false }: { isOptional?: boolean } = {},
): InputBlock {
  const chosen = options.find(({ value }) => value === initial)
  // A menu takes no more options; the selected one is always among them.
  const first = options.slice(0, LIMITS.selectOptions)
  const shown = chosen && !first.includes(chosen) ? [chosen, ...first.slice(1)] : first
  return {
    type: 'input',
    block_id: blockId,
    optional: isOptional,
    dispatch_action: true,
    label: plainText(label),
    element: {
      type: 'static_select',
      action_id: `${FIELD_PREFIX}${name}`,
      placeholder: plainText('Choose'),
      options: shown,
      ...(chosen ? { initial_option: chosen } : {}),
    },
  }
}
