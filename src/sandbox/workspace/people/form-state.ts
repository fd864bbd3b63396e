import type { Block, StateValue, StateValues } from '../../page/contract.ts'
import { elementsOf } from '../blockkit/checking.ts'
import { LIMITS } from '../limits.ts'

type Element = Readonly<Record<string, unknown>>

/** The key under which each stateful element keeps its answer, and where its first value comes from. */
export const ANSWERS: Readonly<Record<string, { key: string; initial: string; empty: unknown }>> = {
  plain_text_input: { key: 'value', initial: 'initial_value', empty: null },
  email_text_input: { key: 'value', initial: 'initial_value', empty: null },
  url_text_input: { key: 'value', initial: 'initial_value', empty: null },
  number_input: { key: 'value', initial: 'initial_value', empty: null },
  rich_text_input: { key: 'rich_text_value', initial: 'initial_value', empty: null },
  static_select: { key: 'selected_option', initial: 'initial_option', empty: null },
  external_select: { key: 'selected_option', initial: 'initial_option', empty: null },
  radio_buttons: { key: 'selected_option', initial: 'initial_option', empty: null },
  users_select: { key: 'selected_user', initial: 'initial_user', empty: null },
  conversations_select: { key: 'selected_conversation', initial: 'initial_conversation', empty: null },
  channels_select: { key: 'selected_channel', initial: 'initial_channel', empty: null },
  datepicker: { key: 'selected_date', initial: 'initial_date', empty: null },
  timepicker: { key: 'selected_time', initial: 'initial_time', empty: null },
  datetimepicker: { key: 'selected_date_time', initial: 'initial_date_time', empty: null },
  checkboxes: { key: 'selected_options', initial: 'initial_options', empty: [] },
  multi_static_select: { key: 'selected_options', initial: 'initial_options', empty: [] },
  multi_external_select: { key: 'selected_options', initial: 'initial_options', empty: [] },
  multi_users_select: { key: 'selected_users', initial: 'initial_users', empty: [] },
  multi_conversations_select: { key: 'selected_conversations', initial: 'initial_conversations', empty: [] },
  multi_channels_select: { key: 'selected_channels', initial: 'initial_channels', empty: [] },
  file_input: { key: 'files', initial: '', empty: [] },
}

const statefulElements = (blocks: readonly Block[]) =>
  blocks.flatMap((block) =>
    elementsOf(block).flatMap((element) => {
      const answer = ANSWERS[String(element.type)]
      return answer
        ? [{ block, blockId: block.block_id ?? '', element, actionId: String(element.action_id), answer }]
        : []
    }),
  )

/** The whole `state.values` of these blocks: what was given, else what the element began with, else nothing. */
export function stateOf(blocks: readonly Block[], given: StateValues): StateValues {
  const values: Record<string, Record<string, StateValue>> = {}
  for (const { blockId, element, actionId, answer } of statefulElements(blocks)) {
    const value = given[blockId]?.[actionId]
    const kept = value && value.type === element.type && answer.key in value ? value[answer.key] : undefined
    const found = kept === undefined ? (element[answer.initial] ?? answer.empty) : kept === '' ? answer.empty : kept
    values[blockId] = { ...values[blockId], [actionId]: { type: String(element.type), [answer.key]: found } }
  }
  return values
}

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/
const isEmpty = (found: unknown) =>
  found === null || found === undefined || (Array.isArray(found) && found.length === 0)

/** What Slack's own form refuses before the app hears of it, by `block_id`. */
export function formErrors(blocks: readonly Block[], values: StateValues): Record<string, string> {
  const errors: Record<string, string> = {}
  for (const { block, blockId, element, actionId, answer } of statefulElements(blocks)) {
    if (block.type !== 'input') continue
    const found = values[blockId]?.[actionId]?.[answer.key]
    const error = isEmpty(found)
      ? block.optional === true
        ? null
        : 'Please complete this required field.'
      : fault(element, found)
    if (error) errors[blockId] = error
  }
  return errors
}

function fault(element: Element, found: unknown): string | null {
  if (typeof found !== 'string') return null
  const min = Number(element.min_length ?? 0)
  const max = Number(element.max_length ?? LIMITS.element.inputLength)
  switch (element.type) {
    case 'plain_text_input':
      if (found.length < min) return `Please enter at least ${min} characters.`
      return found.length > max ? `Please enter no more than ${max} characters.` : null
    case 'email_text_input':
      return EMAIL.test(found) ? null : 'Please enter a valid email address.'
    case 'url_text_input':
      return URL.canParse(found) ? null : 'Please enter a valid URL.'
    case 'number_input':
      return numberFault(element, found)
    default:
      return null
  }
}

function numberFault(element: Element, found: string): string | null {
  const value = Number(found)
  if (found.trim() === '' || !Number.isFinite(value)) return 'Please enter a number.'
  if (element.is_decimal_allowed === false && !Number.isInteger(value)) return 'Please enter a whole number.'
  if (element.min_value !== undefined && value < Number(element.min_value)) {
    return `Please enter a number of at least ${String(element.min_value)}.`
  }
  return element.max_value !== undefined && value > Number(element.max_value)
    ? `Please enter a number of at most ${String(element.max_value)}.`
    : null
}
