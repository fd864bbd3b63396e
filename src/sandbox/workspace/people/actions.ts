import type { Block } from '../../page/contract.ts'
import { elementsOf } from '../blockkit/checking.ts'
import { ANSWERS } from './form-state.ts'
import { actionTs } from './payloads.ts'

type Fields = Readonly<Record<string, unknown>>
const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null

const optionsOf = (element: Fields): Fields[] =>
  [element.options, [element.option_groups].flat().map((group) => (isFields(group) ? group.options : []))]
    .flat(3)
    .filter(isFields)

/**
 * The entry of `actions` for what a person did, made from the element itself: a page cannot make up a value, just as
 * Slack's client cannot. Null when the element or the choice is not there.
 */
export function actionOf(blocks: readonly Block[], done: Fields): Fields | null {
  const block = blocks.find(
    (one) =>
      (done.block_id === undefined || one.block_id === done.block_id) &&
      elementsOf(one).some((element) => element.action_id === done.action_id),
  )
  const element = elementsOf(block ?? {}).find((one) => one.action_id === done.action_id)
  if (!block || !element) return null
  const { type, action_id, confirm } = element
  const common = { type, action_id, block_id: block.block_id, action_ts: actionTs(), ...(confirm ? { confirm } : {}) }
  switch (type) {
    case 'button':
    case 'icon_button':
    case 'workflow_button':
      return { ...common, ...picked(element, ['text', 'value', 'url', 'style', 'icon']) }
    case 'feedback_buttons': {
      const pressed = [element.positive_button, element.negative_button]
        .filter(isFields)
        .find((one) => one.value === done.value)
      return pressed ? { ...common, ...picked(pressed, ['text', 'value']) } : null
    }
    case 'overflow':
    case 'static_select':
    case 'radio_buttons': {
      const wanted = isFields(done.selected_option) ? done.selected_option.value : undefined
      const chosen = optionsOf(element).find((one) => one.value === wanted)
      return chosen
        ? { ...common, ...picked(element, ['initial_option', 'placeholder']), selected_option: chosen }
        : null
    }
    case 'checkboxes':
    case 'multi_static_select': {
      const wanted = [done.selected_options].flat().map((one) => (isFields(one) ? one.value : undefined))
      const chosen = optionsOf(element).filter((one) => wanted.includes(one.value))
      return chosen.length === wanted.length
        ? { ...common, ...picked(element, ['initial_options', 'placeholder']), selected_options: chosen }
        : null
    }
    default: {
      const answer = ANSWERS[String(type)]
      if (!answer) return null
      return {
        ...common,
        ...picked(element, [answer.initial, 'placeholder']),
        [answer.key]: done[answer.key] ?? answer.empty,
      }
    }
  }
}

const picked = (fields: Fields, keys: readonly string[]) =>
  Object.fromEntries(keys.filter((key) => fields[key] !== undefined).map((key) => [key, fields[key]]))
