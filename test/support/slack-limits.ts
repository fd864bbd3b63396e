/**
 * Slack's limits on what an app sends, written down here a second time, apart from the product's table and from the
 * sandbox's checks: a limit misread once is then not believed everywhere.
 * Source: Slack's API reference, Block Kit and method pages, as read on 2026-11-22.
 */

type Thing = Readonly<Record<string, unknown>>
type Tell = (fault: string) => void

/** Slack names no figure for the text of all blocks together; above some 13,200 characters it refuses the message. */
const ALL_TEXT = 13_200
const VIEW_BYTES = 250_000

/** Everything wrong with a message, each fault with its place; none when Slack would take it. */
export function faultsOfMessage(message: { text?: unknown; blocks?: unknown }): string[] {
  const faults: string[] = []
  const tell = (fault: string) => void faults.push(fault)
  if (typeof message.text !== 'string' || message.text.trim() === '') tell('text: missing')
  // chat.postMessage would cut at 40,000; chat.update refuses more than this.
  else if (message.text.length > 4_000) tell(`text: ${message.text.length} characters`)
  const blocks = listOf(message.blocks)
  if (blocks.length > 50) tell(`blocks: ${blocks.length}`)
  const total = textsOf(blocks).reduce((sum, text) => sum + text.length, 0)
  if (total > ALL_TEXT) tell(`blocks: ${total} characters together`)
  checkBlocks(blocks, 'message', tell)
  checkStrings(message, tell)
  return faults
}

/** Everything wrong with a modal or a Home tab. */
export function faultsOfView(view: object): string[] {
  const faults: string[] = []
  const tell = (fault: string) => void faults.push(fault)
  const { type, title, submit, close, blocks, private_metadata, callback_id } = view as Thing
  if (type !== 'modal' && type !== 'home') tell(`type: ${String(type)}`)
  if (type === 'modal') checkText(title, 'title', 24, tell)
  for (const [name, text] of Object.entries({ submit, close })) if (text !== undefined) checkText(text, name, 24, tell)
  atMost(private_metadata ?? '', 3_000, 'private_metadata', tell)
  atMost(callback_id ?? '', 255, 'callback_id', tell)
  const all = listOf(blocks)
  if (all.length < 1 || all.length > 100) tell(`blocks: ${all.length}`)
  if (type === 'modal' && submit === undefined && all.some((block) => block.type === 'input'))
    tell('submit: missing, and there are inputs')
  const bytes = Buffer.byteLength(JSON.stringify(view))
  if (bytes > VIEW_BYTES) tell(`view: ${bytes} bytes`)
  checkBlocks(all, 'view', tell)
  checkStrings(view, tell)
  return faults
}

function checkBlocks(blocks: readonly Thing[], surface: 'message' | 'view', tell: Tell): void {
  const ids = blocks.flatMap(({ block_id }) => (block_id === undefined ? [] : [block_id]))
  if (new Set(ids).size < ids.length) tell('blocks: a block_id stands twice')
  for (const [i, block] of blocks.entries()) {
    const at = `blocks[${i}] ${String(block.type)}`
    const told: Tell = (fault) => tell(`${at}: ${fault}`)
    if (block.block_id !== undefined) between(block.block_id, 1, 255, 'block_id', told)
    const check = BLOCKS[String(block.type)]
    if (!check) told('not a block we may send')
    else if (surface === 'view' && block.type === 'context_actions') told('only in messages')
    else if (surface === 'message' && block.type === 'input') told('only in views')
    else check(block, told)
  }
}

const BLOCKS: Readonly<Record<string, (block: Thing, tell: Tell) => void>> = {
  divider: () => undefined,
  header: ({ text }, tell) => checkText(text, 'text', 150, tell),
  section({ text, fields, accessory }, tell) {
    if (text === undefined && fields === undefined) tell('neither text nor fields')
    if (text !== undefined) checkText(text, 'text', 3_000, tell, 'any')
    const all = listOf(fields)
    if (all.length > 10) tell(`${all.length} fields`)
    for (const field of all) checkText(field, 'field', 2_000, tell, 'any')
    if (accessory !== undefined) checkElement(accessory as Thing, tell)
  },
  context({ elements }, tell) {
    counted(elements, 1, 10, tell)
    for (const element of listOf(elements)) checkText(element, 'element', 3_000, tell, 'any')
  },
  actions({ elements }, tell) {
    counted(elements, 1, 25, tell)
    checkElements(listOf(elements), tell)
  },
  context_actions({ elements }, tell) {
    counted(elements, 1, 5, tell)
    for (const element of listOf(elements))
      if (element.type !== 'feedback_buttons') tell(`holds ${String(element.type)}`)
    checkElements(listOf(elements), tell)
  },
  input({ label, hint, element }, tell) {
    checkText(label, 'label', 2_000, tell)
    if (hint !== undefined) checkText(hint, 'hint', 2_000, tell)
    checkElement(element as Thing, tell)
  },
}

function checkElements(elements: readonly Thing[], tell: Tell): void {
  const ids = elements.map(({ action_id }) => action_id)
  if (new Set(ids).size < ids.length) tell('an action_id stands twice')
  for (const element of elements) checkElement(element, tell)
}

function checkElement(element: Thing, tell: Tell): void {
  const told: Tell = (fault) => tell(`${String(element.type)}: ${fault}`)
  between(element.action_id, 1, 255, 'action_id', told)
  const check = ELEMENTS[String(element.type)]
  if (check) check(element, told)
  else told('not an element we may send')
}

const ELEMENTS: Readonly<Record<string, (element: Thing, tell: Tell) => void>> = {
  button({ text, value, url, style, confirm }, tell) {
    checkText(text, 'text', 75, tell)
    atMost(value ?? '', 2_000, 'value', tell)
    if (url !== undefined) tell('leads out of Slack')
    checkStyle(style, tell)
    if (confirm !== undefined) checkConfirm(confirm as Thing, tell)
  },
  feedback_buttons({ positive_button, negative_button, confirm }, tell) {
    for (const side of [positive_button, negative_button] as Thing[]) {
      checkText(side?.text, 'text', 75, tell)
      between(side?.value, 1, 2_000, 'value', tell)
      atMost(side?.accessibility_label ?? '', 75, 'accessibility_label', tell)
    }
    if (confirm !== undefined) tell('has no confirm')
  },
  static_select({ placeholder, options, initial_option }, tell) {
    if (placeholder !== undefined) checkText(placeholder, 'placeholder', 150, tell)
    counted(options, 1, 100, tell)
    const all = listOf(options)
    for (const option of all) {
      checkText(option.text, 'option text', 75, tell)
      between(option.value, 1, 75, 'option value', tell)
    }
    const values = all.map(({ value }) => value)
    if (new Set(values).size < values.length) tell('an option value stands twice')
    const isThere = all.some((option) => JSON.stringify(option) === JSON.stringify(initial_option))
    if (initial_option !== undefined && !isThere) tell('initial_option is not among the options')
  },
  external_select({ placeholder, min_query_length }, tell) {
    if (placeholder !== undefined) checkText(placeholder, 'placeholder', 150, tell)
    if (min_query_length !== undefined && !(Number(min_query_length) >= 0)) tell('min_query_length')
  },
  users_select({ placeholder, initial_user }, tell) {
    if (placeholder !== undefined) checkText(placeholder, 'placeholder', 150, tell)
    if (initial_user !== undefined && !/^[UW][A-Z0-9]+$/.test(String(initial_user))) tell('initial_user is nobody')
  },
  datepicker({ placeholder, initial_date }, tell) {
    if (placeholder !== undefined) checkText(placeholder, 'placeholder', 150, tell)
    if (initial_date !== undefined && !/^\d{4}-\d{2}-\d{2}$/.test(String(initial_date))) tell('initial_date is no day')
  },
  checkboxes({ options }, tell) {
    const all = [options].flat() as { text: unknown; value: unknown }[]
    if (all.length < 1 || all.length > 10) tell('options')
    for (const { text, value } of all) {
      checkText(text, 'option', 75, tell)
      atMost(value, 150, 'option value', tell)
    }
  },
  plain_text_input({ placeholder, max_length, initial_value }, tell) {
    if (placeholder !== undefined) checkText(placeholder, 'placeholder', 150, tell)
    const most = max_length === undefined ? 3_000 : Number(max_length)
    if (most < 1 || most > 3_000) tell(`max_length ${most}`)
    atMost(initial_value ?? '', most, 'initial_value', tell)
  },
}

function checkConfirm({ title, text, confirm, deny, style }: Thing, tell: Tell): void {
  checkText(title, 'confirm title', 100, tell)
  checkText(text, 'confirm text', 300, tell, 'any')
  checkText(confirm, 'confirm button', 30, tell)
  checkText(deny, 'deny button', 30, tell)
  checkStyle(style, tell)
}

function checkStyle(style: unknown, tell: Tell): void {
  if (style !== undefined && style !== 'primary' && style !== 'danger') tell(`style ${String(style)}`)
}

/** A text object: plain text where Slack takes nothing else. */
function checkText(value: unknown, what: string, most: number, tell: Tell, kind: 'plain' | 'any' = 'plain'): void {
  const { type, text } = (value ?? {}) as Thing
  const isKnown = type === 'plain_text' || (kind === 'any' && type === 'mrkdwn')
  if (!isKnown) tell(`${what}: ${String(type)}`)
  between(text, 1, most, what, tell)
}

function between(value: unknown, least: number, most: number, what: string, tell: Tell): void {
  if (typeof value !== 'string') tell(`${what}: no text`)
  else if (value.length < least || value.length > most) tell(`${what}: ${value.length} characters`)
}
function atMost(value: unknown, most: number, what: string, tell: Tell): void {
  between(value, 0, most, what, tell)
}
function counted(value: unknown, least: number, most: number, tell: Tell): void {
  const { length } = listOf(value)
  if (length < least || length > most) tell(`${length} elements`)
}
function listOf(value: unknown): readonly Thing[] {
  return Array.isArray(value) ? value : []
}

/** Neither half characters nor control characters reach Slack. */
function checkStrings(value: unknown, tell: Tell): void {
  for (const text of stringsIn(value)) {
    if (!text.isWellFormed()) tell(`half a character in ${JSON.stringify(text.slice(0, 60))}`)
    if (/(?![\n\t])\p{Cc}/u.test(text)) tell(`a control character in ${JSON.stringify(text.slice(0, 60))}`)
  }
}

/** Every string in a value, however deep. */
export function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsIn) : []
}

/** What people read: the `text` of every text object. */
export function textsOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, one]) =>
    key === 'text' && typeof one === 'string' ? [one] : textsOf(one),
  )
}

/** What Slack would read as a mention, a channel, a date or a link; ours are mentions of people and dates. */
export function foreignTokens(value: unknown): string[] {
  const tokens = mrkdwnIn(value).flatMap((text) => text.match(/<[^<>]*>/g) ?? [])
  return tokens.filter((token) => !/^<@[UW][A-Z0-9]+>$/.test(token) && !/^<!date\^\d+\^[^<>|]*\|[^<>]*>$/.test(token))
}

/** Addresses that Slack would turn into links by itself. */
export function liveLinks(value: unknown): string[] {
  return mrkdwnIn(value).flatMap((text) => text.match(/(?<![a-z])(?:https?|mailto|ftp|tel):[\w/+@.-]+/gi) ?? [])
}

/** The texts that Slack reads marks and tokens in: not plain text objects, not values, not what stands in an input. */
function mrkdwnIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  if ('type' in value && value.type === 'plain_text') return []
  return Object.entries(value).flatMap(([key, one]) => (typeof one !== 'string' || key === 'text' ? mrkdwnIn(one) : []))
}
