import type { InputBlock, PlainTextOption } from '@slack/types'
import { cut, plain } from '../platform/escaping.ts'
import { FIELD_PREFIX } from '../platform/form-payloads.ts'
import { plainText } from './elements.ts'
import { LIMITS } from './limits.ts'

type Field = {
  name: string
  label: string
  initial: string
  /** Slack keeps what was typed in a block while it stays; under another name a field begins with its new value. */
  blockId?: string | undefined
}

/** A text field. What is typed is sent to us as it is typed, so that it can be kept even if the form is lost. */
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

/** A menu of one choice; `initial` is the chosen value. */
export function selectField(
  { name, label, initial, blockId = name }: Field,
  options: PlainTextOption[],
  { isOptional = false }: { isOptional?: boolean } = {},
): InputBlock {
  const chosen = options.find(({ value }) => value === initial)
  // A menu holds no more than this; what was chosen is among it in any case.
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
