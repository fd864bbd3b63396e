import type { Block, StateValue, StateValues } from '../../contract.ts'
import { isRecord, type Loose, numberAt, recordAt, recordsAt, stringAt, wordsOf } from '../read.ts'

/** What a person has changed on one surface, by `block_id` and `action_id`. */
export type Touched = StateValues

export type Field = { blockId: string; actionId: string; element: Loose; block: Block }

/** Slack gives every block and element an id; a surface without them still needs stable ones. */
export const blockIdOf = (block: Block, index: number): string => block.block_id || `block-${index}`
export const actionIdOf = (element: Loose, index: number): string => stringAt(element, 'action_id') || `action-${index}`

/** Every element of a surface that holds a value, in reading order. */
export function fieldsOf(blocks: readonly Block[]): Field[] {
  return blocks.flatMap((block, index) => {
    const blockId = blockIdOf(block, index)
    const elements =
      block.type === 'actions'
        ? recordsAt(block, 'elements')
        : [recordAt(block, block.type === 'input' ? 'element' : 'accessory')].filter((each) => each !== null)
    return elements
      .map((element, at) => ({ blockId, actionId: actionIdOf(element, at), element, block }))
      .filter((field) => emptyValue(field.element) !== null)
  })
}

/** The value an element starts with, as `state.values` names it; null for elements that hold none. */
function initialValue(element: Loose): StateValue | null {
  const empty = emptyValue(element)
  if (empty === null) return null
  const [key] = valueKeys(empty)
  if (key === undefined) return empty
  const given = element[key.replace(/^selected_/, 'initial_').replace(/^value$/, 'initial_value')]
  return given === undefined || given === null ? empty : { ...empty, [key]: given }
}

const valueKeys = (value: StateValue): string[] => Object.keys(value).filter((key) => key !== 'type')

function emptyValue(element: Loose): StateValue | null {
  const type = stringAt(element, 'type')
  switch (type) {
    case 'plain_text_input':
    case 'email_text_input':
    case 'url_text_input':
    case 'number_input':
      return { type, value: null }
    case 'static_select':
    case 'external_select':
    case 'radio_buttons':
      return { type, selected_option: null }
    case 'multi_static_select':
    case 'multi_external_select':
    case 'checkboxes':
      return { type, selected_options: [] }
    case 'users_select':
      return { type, selected_user: null }
    case 'multi_users_select':
      return { type, selected_users: [] }
    case 'channels_select':
      return { type, selected_channel: null }
    case 'conversations_select':
      return { type, selected_conversation: null }
    case 'datepicker':
      return { type, selected_date: null }
    case 'timepicker':
      return { type, selected_time: null }
    case 'datetimepicker':
      return { type, selected_date_time: null }
    default:
      return null
  }
}

/** The current value of one field: what was typed if anything, else where it started. */
export const currentValue = (
  touched: Touched,
  blockId: string,
  actionId: string,
  element: Loose,
): StateValue | null => {
  const typed = touched[blockId]?.[actionId]
  return typed && typed.type === stringAt(element, 'type') ? typed : initialValue(element)
}

/** `view.state.values`: all fields that are on the surface now, typed in or not. */
export function stateValues(blocks: readonly Block[], touched: Touched): StateValues {
  const values: Record<string, Record<string, StateValue>> = {}
  for (const { blockId, actionId, element } of fieldsOf(blocks)) {
    const value = currentValue(touched, blockId, actionId, element)
    if (value) values[blockId] = { ...values[blockId], [actionId]: value }
  }
  return values
}

export const touch = (touched: Touched, blockId: string, actionId: string, value: StateValue): Touched => ({
  ...touched,
  [blockId]: { ...touched[blockId], [actionId]: value },
})

/** The answer's own part, whatever its key is called. */
export const answerOf = (value: StateValue | null): unknown => {
  const [key] = value ? valueKeys(value) : []
  return key === undefined ? null : value?.[key]
}

const isEmpty = (answer: unknown): boolean =>
  answer === null || answer === undefined || answer === '' || (Array.isArray(answer) && answer.length === 0)

/** What Slack's client itself refuses before a form is sent, keyed by `block_id`. */
export function faultsOf(blocks: readonly Block[], touched: Touched): Record<string, string> {
  const faults: Record<string, string> = {}
  for (const { blockId, actionId, element, block } of fieldsOf(blocks)) {
    if (block.type !== 'input') continue
    const answer = answerOf(currentValue(touched, blockId, actionId, element))
    const fault = isEmpty(answer)
      ? block.optional === true
        ? null
        : 'Please complete this required field.'
      : faultIn(element, String(answer))
    if (fault !== null) faults[blockId] = fault
  }
  return faults
}

function faultIn(element: Loose, text: string): string | null {
  const type = stringAt(element, 'type')
  if (type === 'number_input') return numberFault(element, text)
  if (type === 'email_text_input') return /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text) ? null : 'Please enter a valid email.'
  if (type === 'url_text_input') return URL.canParse(text) ? null : 'Please enter a valid address.'
  if (type !== 'plain_text_input') return null
  const [min, max] = [numberAt(element, 'min_length'), numberAt(element, 'max_length')]
  if (min !== null && text.length < min) return `Please enter at least ${min} characters.`
  if (max !== null && text.length > max) return `Please enter at most ${max} characters.`
  return null
}

function numberFault(element: Loose, text: string): string | null {
  const value = Number(text)
  if (Number.isNaN(value)) return 'Please enter a number.'
  if (element.is_decimal_allowed !== true && !Number.isInteger(value)) return 'Please enter a whole number.'
  const [min, max] = [
    Number.parseFloat(stringAt(element, 'min_value')),
    Number.parseFloat(stringAt(element, 'max_value')),
  ]
  if (value < min) return `Please enter ${min} or more.`
  if (value > max) return `Please enter ${max} or less.`
  return null
}

/** The `actions[0]` of a change: the element's identity and its new value. */
export function changePayload(element: Loose, blockId: string, actionId: string, value: StateValue): Loose {
  return { action_id: actionId, block_id: blockId, ...pick(element, ['placeholder']), ...value }
}

/** The `actions[0]` of a press: a button, an icon, one side of the feedback pair, or an entry of an overflow menu. */
export function pressPayload(element: Loose, blockId: string, actionId: string): Loose {
  const type = stringAt(element, 'type')
  return { type, action_id: actionId, block_id: blockId, ...pick(element, ['text', 'value', 'style', 'url', 'icon']) }
}

export function feedbackPayload(
  element: Loose,
  blockId: string,
  actionId: string,
  side: 'positive' | 'negative',
): Loose {
  const button = recordAt(element, `${side}_button`) ?? {}
  return { type: 'feedback_buttons', action_id: actionId, block_id: blockId, ...pick(button, ['text', 'value']) }
}

export const overflowPayload = (blockId: string, actionId: string, option: Loose): Loose => ({
  type: 'overflow',
  action_id: actionId,
  block_id: blockId,
  selected_option: slackOption(option),
})

/** An option as it travels back: its words and value, not its description or address. */
export const slackOption = (option: Loose): Loose => pick(option, ['text', 'value'])

const pick = (from: Loose, keys: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(keys.filter((key) => from[key] !== undefined).map((key) => [key, from[key]]))

/** The options of a select, with the groups they stand in. */
export function optionsOf(element: Loose): { group: string | null; option: Loose }[] {
  const groups = recordsAt(element, 'option_groups')
  if (groups.length === 0) return recordsAt(element, 'options').map((option) => ({ group: null, option }))
  return groups.flatMap((group) =>
    recordsAt(group, 'options').map((option) => ({ group: wordsOf(group.label), option })),
  )
}

export const isSelected = (answer: unknown, option: Loose): boolean =>
  Array.isArray(answer)
    ? answer.some((each) => isRecord(each) && each.value === option.value)
    : isRecord(answer) && answer.value === option.value
