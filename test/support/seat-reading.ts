import type { Block, Message, StateValue, StateValues, View } from '../../src/sandbox/page/contract.ts'
import type { FormValues, Scene } from './seat.ts'

export type Element = Readonly<Record<string, unknown>>
/** A button's words, an `action_id`, `positive` or `negative` of feedback buttons, or what the element is. */
export type Which = string | ((element: Element, block: Block) => boolean)

const isElement = (value: unknown): value is Element => typeof value === 'object' && value !== null
const wordsOf = (value: unknown): string => (isElement(value) && typeof value.text === 'string' ? value.text : '')

const elementsIn = (blocks: readonly Block[]) =>
  blocks.flatMap((block) =>
    [block.accessory, block.element, ...[block.elements, block.actions].flat()]
      .filter(isElement)
      .filter((element) => typeof element.action_id === 'string')
      .map((element) => ({ block, element })),
  )

const optionsOf = (element: Element): Element[] =>
  [element.options, [element.option_groups].flat().map((group) => (isElement(group) ? group.options : []))]
    .flat(3)
    .filter(isElement)

/** Every piece of text a reader would see in these blocks, in order. */
export function textIn(value: unknown): string {
  if (Array.isArray(value)) return value.map(textIn).filter(Boolean).join(' ')
  if (!isElement(value)) return ''
  return Object.entries(value)
    .map(([key, one]) => (key === 'text' && typeof one === 'string' ? one : textIn(one)))
    .filter(Boolean)
    .join(' ')
}

/** All that a message says: its text, its markdown and its blocks. */
export const readMessage = (message: Message) =>
  [message.text, message.markdown ?? '', textIn(message.blocks)].filter(Boolean).join(' ')

function pressed(element: Element, which: string): Element | null {
  if (element.type === 'feedback_buttons') {
    const sides = { positive: element.positive_button, negative: element.negative_button }
    for (const [side, button] of Object.entries(sides)) {
      if (isElement(button) && [side, wordsOf(button.text), button.value].includes(which)) {
        return { type: element.type, action_id: element.action_id, value: button.value }
      }
    }
    return null
  }
  return element.action_id === which || wordsOf(element.text) === which
    ? { type: element.type, action_id: element.action_id, value: element.value }
    : null
}

/** The payload of pressing or choosing what was named. Throws with everything there is, when it is not there. */
export function actionFor(blocks: readonly Block[], which: Which, chosen?: string | readonly string[]): Element {
  const all = elementsIn(blocks)
  for (const { block, element } of all) {
    const action =
      typeof which === 'function'
        ? which(element, block)
          ? { type: element.type, action_id: element.action_id, value: element.value }
          : null
        : pressed(element, which)
    if (!action) continue
    const choice = chosen === undefined ? {} : valueFor(element, chosen)
    return { ...action, ...choice, block_id: block.block_id }
  }
  const there = all.map(({ element }) => `${String(element.action_id)} (${textIn(element) || String(element.type)})`)
  throw new Error(`There is nothing to press called ${String(which)}. There is: ${there.join(', ') || 'nothing'}`)
}

/** What an element's answer looks like in Slack's own shape. */
function valueFor(element: Element, given: string | readonly string[]): StateValue {
  const type = String(element.type)
  const several = [given].flat()
  const chosen = several.map((one) => {
    const options = optionsOf(element)
    const found = options.find((option) => option.value === one || wordsOf(option.text) === one)
    if (options.length > 0 && !found) {
      const there = options.map((option) => `${String(option.value)} (${wordsOf(option.text)})`).join(', ')
      throw new Error(`${String(element.action_id)} has no option ${one}. It has: ${there}`)
    }
    return found ?? { text: { type: 'plain_text', text: one }, value: one }
  })
  const [first = ''] = several
  const shapes: Readonly<Record<string, object>> = {
    static_select: { selected_option: chosen[0] },
    external_select: { selected_option: chosen[0] },
    radio_buttons: { selected_option: chosen[0] },
    overflow: { selected_option: chosen[0] },
    checkboxes: { selected_options: chosen },
    multi_static_select: { selected_options: chosen },
    multi_external_select: { selected_options: chosen },
    users_select: { selected_user: first },
    multi_users_select: { selected_users: several },
    channels_select: { selected_channel: first },
    conversations_select: { selected_conversation: first },
    datepicker: { selected_date: first },
    timepicker: { selected_time: first },
    datetimepicker: { selected_date_time: Number(first) },
  }
  return { type, ...(shapes[type] ?? { value: first }) }
}

/** The form in front of somebody, once it is more than words: null while it is being filled. */
export const formOf = ({ modals }: Scene): View | null => {
  const top = modals.at(-1)
  return top?.submit ? top : null
}

/** The state of a form in which these fields were filled in. */
export function fillIn(blocks: readonly Block[], values: FormValues): StateValues {
  const state: Record<string, Record<string, StateValue>> = {}
  const fields = elementsIn(blocks)
  for (const [name, given] of Object.entries(values)) {
    const field = fields.find(({ block, element }) => block.block_id === name || element.action_id === name)
    if (!field) {
      const there = fields.map(({ block, element }) => `${block.block_id}/${String(element.action_id)}`).join(', ')
      throw new Error(`The form has no field ${name}. It has: ${there || 'none'}`)
    }
    const { block, element } = field
    const value =
      typeof given === 'string' || Array.isArray(given)
        ? valueFor(element, given as string | readonly string[])
        : ((given as StateValue | null) ?? valueFor(element, ''))
    state[block.block_id ?? ''] = { ...state[block.block_id ?? ''], [String(element.action_id)]: value }
  }
  return state
}

const SHOWN_MESSAGES = 8
const SHOWN_CHARACTERS = 300

/** What was seen last, for the error of a wait that was in vain. */
export function describeScene({ messages, modals, home, statuses, notices, appConnected }: Scene): string {
  const lines = messages.slice(-SHOWN_MESSAGES).map((message) => {
    const marks = [message.isEphemeral && 'ephemeral', message.isStreaming && 'streaming', message.isEdited && 'edited']
    const reactions = message.reactions.map((reaction) => `:${reaction.name}:${reaction.userIds.length}`)
    const about = [...marks.filter(Boolean), ...reactions].join(' ')
    const thread = message.threadTs && message.threadTs !== message.ts ? ` in ${message.threadTs}` : ''
    const words = readMessage(message).slice(0, SHOWN_CHARACTERS)
    return `  ${message.channel} ${message.ts}${thread} ${message.userId}${about ? ` [${about}]` : ''}: ${words}`
  })
  return [
    `app connected: ${appConnected}`,
    `messages (${messages.length}, the last ${lines.length}):`,
    ...lines,
    `modals: ${modals.map((view) => `${view.title} {${textIn(view.blocks)}}`).join(' > ') || 'none'}`,
    `home: ${home ? textIn(home.blocks).slice(0, SHOWN_CHARACTERS) : 'none'}`,
    `statuses: ${statuses.map((status) => `${status.threadTs}: ${status.status}`).join(', ') || 'none'}`,
    `notices: ${notices.join(' | ') || 'none'}`,
  ].join('\n')
}
