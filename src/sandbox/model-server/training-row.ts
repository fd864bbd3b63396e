import { type Example, readConversation } from './learner/conversation.ts'
import { piecesOf } from './learner/text.ts'
import { toolText } from './tool-calls.ts'

/** What is wrong with one row, by the names that OpenAI's own checker uses where it has one. */
export type RowFault = { code: string; message: string }
export type Method = 'supervised' | 'dpo'
export type ReadRow = { examples: Example[]; tokens: number } | { faults: RowFault[] }

type Fields = Readonly<Record<string, unknown>>
type Report = (code: string, message: string) => void

const ROW_KEYS = {
  supervised: ['messages', 'tools', 'parallel_tool_calls', 'functions'],
  dpo: ['input', 'preferred_output', 'non_preferred_output'],
}
const INPUT_KEYS = ['messages', 'tools', 'parallel_tool_calls']
const MESSAGE_KEYS = ['role', 'content', 'name', 'weight', 'function_call', 'tool_calls', 'tool_call_id', 'refusal']
const ROLES = ['system', 'developer', 'user', 'assistant', 'tool', 'function']
const SPECIAL_TOKEN =
  /<\|(?:im_start|im_end|im_sep|endoftext|endofprompt|fim_prefix|fim_middle|fim_suffix|start|end|message|channel|constrain|return|call)\|>/

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

type Message = { role: string; content: string; weight: number }

function reportUnknownKeys(
  fields: Fields,
  known: readonly string[],
  where: string,
  code: string,
  report: Report,
): void {
  const unknown = Object.keys(fields).filter((key) => !known.includes(key))
  if (unknown.length > 0) report(code, `${where} has keys that are not recognized: ${unknown.join(', ')}`)
}

/** Text as it is, or the text parts of a list; null for anything else. */
function contentOf(content: unknown): string | null {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return null
  const parts = content.map((part: unknown) => (isFields(part) && typeof part.text === 'string' ? part.text : null))
  return parts.includes(null) ? null : parts.join('')
}

function readMessage(value: unknown, where: string, report: Report): Message {
  const nothing = { role: '', content: '', weight: 1 }
  if (!isFields(value)) {
    report('data_type', `${where} is not an object`)
    return nothing
  }
  reportUnknownKeys(value, MESSAGE_KEYS, where, 'message_unrecognized_key', report)
  const { role, weight = 1 } = value
  if (typeof role !== 'string') report('message_missing_key', `${where} has no role`)
  else if (!ROLES.includes(role)) report('unrecognized_role', `${where} has the role '${role}', which does not exist`)
  if (value.weight !== undefined && role !== 'assistant') {
    report('invalid_weight', `${where} has a weight; only assistant messages may`)
  } else if (weight !== 0 && weight !== 1) {
    report('invalid_weight', `${where} has the weight ${JSON.stringify(weight)}; it must be 0 or 1`)
  }
  if (role === 'tool' && typeof value.tool_call_id !== 'string') {
    report('message_missing_key', `${where} is a tool's and has no tool_call_id`)
  }
  const calls = value.tool_calls ?? value.function_call
  const content = contentOf(value.content)
  const isCall = role === 'assistant' && calls !== undefined && calls !== null
  if (content === null && !(isCall && (value.content === null || value.content === undefined))) {
    const isThere = 'content' in value
    report(
      isThere ? 'missing_content' : 'message_missing_key',
      `${where} has no ${isThere ? 'text as its ' : ''}content`,
    )
  } else if (content === '' && !isCall) report('missing_content', `${where} has empty content`)
  if (content !== null && SPECIAL_TOKEN.test(content)) {
    report('special_token', `${where} holds the special token ${SPECIAL_TOKEN.exec(content)?.[0]}`)
  }
  return {
    role: typeof role === 'string' ? role : '',
    content: (content ?? '') + (isCall ? toolText(calls) : ''),
    weight: weight === 0 ? 0 : 1,
  }
}

function readMessages(value: unknown, name: string, report: Report): Message[] {
  if (!Array.isArray(value) || value.length === 0) {
    report('missing_messages_list', `${name} is not a list of messages`)
    return []
  }
  return value.map((one: unknown, i) => readMessage(one, `${name}[${i}]`, report))
}

const tokensOf = (messages: readonly Message[]) =>
  messages.reduce((sum, { content }) => sum + piecesOf(content).length, 0)

function readSupervised(row: Fields, report: Report): { examples: Example[]; tokens: number } {
  reportUnknownKeys(row, ROW_KEYS.supervised, 'the row', 'unrecognized_key', report)
  const messages = readMessages(row.messages, 'messages', report)
  if (messages.length > 0 && !messages.some(({ role }) => role === 'assistant')) {
    report('example_missing_assistant_message', 'no message is the assistant’s')
  } else if (messages.length > 0 && messages.at(-1)?.role !== 'assistant') {
    report('last_message_not_assistant', 'the last message is not the assistant’s')
  }
  const examples = messages.flatMap(({ role, content, weight }, i) =>
    role === 'assistant' && weight === 1
      ? [{ ...readConversation(messages.slice(0, i)), output: content, weight: 1 }]
      : [],
  )
  return { examples, tokens: tokensOf(messages) }
}

function readPreference(row: Fields, report: Report): { examples: Example[]; tokens: number } {
  reportUnknownKeys(row, ROW_KEYS.dpo, 'the row', 'unrecognized_key', report)
  const input = isFields(row.input) ? row.input : {}
  reportUnknownKeys(input, INPUT_KEYS, 'input', 'unrecognized_key', report)
  const messages = readMessages(input.messages, 'input.messages', report)
  if (messages.at(-1)?.role === 'assistant') report('last_message_assistant', 'input ends with the assistant’s message')
  const side = (name: 'preferred_output' | 'non_preferred_output') => {
    const outputs = readMessages(row[name], name, report)
    if (outputs.some(({ role }) => role !== 'assistant' && role !== 'tool')) {
      report('unrecognized_role', `${name} may only hold the assistant’s messages`)
    }
    return outputs.at(-1)?.content ?? ''
  }
  const conversation = readConversation(messages)
  const preferred = side('preferred_output')
  const other = side('non_preferred_output')
  if (preferred !== '' && preferred === other)
    report('same_outputs', 'both outputs are the same; there is nothing to prefer')
  return {
    examples: [
      { ...conversation, output: preferred, weight: 1 },
      { ...conversation, output: other, weight: -1 },
    ],
    tokens: tokensOf(messages) + piecesOf(preferred).length + piecesOf(other).length,
  }
}

/** Checks one parsed row as the provider would, and turns it into what is learnt from it. */
export function readRow(value: unknown, method: Method): ReadRow {
  const faults: RowFault[] = []
  const report: Report = (code, message) => faults.push({ code, message })
  if (!isFields(value)) return { faults: [{ code: 'data_type', message: 'the row is not a JSON object' }] }
  const read = method === 'dpo' ? readPreference(value, report) : readSupervised(value, report)
  return faults.length > 0 ? { faults } : read
}
