import { createHash } from 'node:crypto'
import type { ChatMessage } from '../diagnosis/prompt.ts'
import { readLines } from './lines.ts'

/** One line of OpenAI's chat format, without its line feed. No key of ours: some trainers refuse what they do not know. */
export function writeRow(messages: readonly ChatMessage[]): string {
  return JSON.stringify({ messages: messages.map(({ role, content }) => ({ role, content })) })
}

/**
 * A fault by the name that OpenAI's own checker gives it, so that a search for it leads somewhere; those from
 * `invalid_json` on are faults it has no name for.
 */
export type FaultName =
  | 'data_type'
  | 'missing_messages_list'
  | 'message_missing_key'
  | 'message_unrecognized_key'
  | 'unrecognized_role'
  | 'missing_content'
  | 'example_missing_assistant_message'
  | 'invalid_json'
  | 'invalid_text'
  | 'invalid_weight'
  | 'last_message_not_assistant'
  | 'special_token'
  | 'too_few_examples'
  | 'file_too_large'
  | 'refused_by_trainer'

/** `line` is null for a fault of the whole file. */
export type Fault = { line: number | null; name: FaultName; message: string }

export type FileCheck = {
  rows: number
  bytes: number
  sha256: string
  /** The first faults in the order of the file. */
  faults: readonly Fault[]
  /** All faults, the listed ones included. */
  faultCount: number
}

const FEWEST_EXAMPLES = 10
const MOST_FILE_BYTES = 512 * 1024 * 1024
const MOST_LISTED = 100

/** Checks a file against OpenAI's rules for supervised chat training; constant memory, whatever its size. */
export async function validateOpenaiSft(
  file: string,
  { signal, fewest = FEWEST_EXAMPLES }: { signal?: AbortSignal; fewest?: number } = {},
): Promise<FileCheck> {
  const hash = createHash('sha256')
  const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  const faults: Fault[] = []
  let faultCount = 0
  let bytes = 0
  let rows = 0
  const note = (line: number | null, name: FaultName, message: string) => {
    faultCount += 1
    if (faults.length < MOST_LISTED) faults.push({ line, name, message })
  }
  const onBytes = (chunk: Buffer) => {
    bytes += chunk.length
    hash.update(chunk)
  }
  for await (const { number, bytes: line } of readLines(file, { signal, onBytes })) {
    rows += 1
    let text = ''
    try {
      if (!line) {
        note(number, 'invalid_text', 'the line is longer than 8 MB')
        continue
      }
      text = utf8.decode(line)
    } catch {
      note(number, 'invalid_text', 'the line is not valid UTF-8')
      continue
    }
    if (number === 1 && text.startsWith('\uFEFF')) {
      note(1, 'invalid_text', 'the file starts with a byte order mark')
      text = text.slice(1)
    }
    for (const { name, message } of rowFaults(text)) note(number, name, message)
  }
  if (rows < fewest) note(null, 'too_few_examples', `the file has ${rows} examples, and ${fewest} are needed`)
  if (bytes > MOST_FILE_BYTES) note(null, 'file_too_large', 'the file is larger than 512 MB')
  return { rows, bytes, sha256: hash.digest('hex'), faults, faultCount }
}

type RowFault = Omit<Fault, 'line'>

const SPECIAL_TOKEN = /<\|[a-z_]{2,40}\|>/i
const ROLES = new Set(['system', 'user', 'assistant', 'tool', 'function'])
const MESSAGE_KEYS = new Set(['role', 'content', 'name', 'function_call', 'weight', 'tool_calls', 'tool_call_id'])

/** The faults of one line. */
export function rowFaults(line: string): RowFault[] {
  let row: unknown
  try {
    row = JSON.parse(line)
  } catch {
    return [{ name: 'invalid_json', message: line.trim() ? 'the line is not valid JSON' : 'the line is empty' }]
  }
  if (!isRecord(row)) return [{ name: 'data_type', message: 'the line is not a JSON object' }]
  const { messages } = row
  if (!Array.isArray(messages) || messages.length === 0)
    return [{ name: 'missing_messages_list', message: 'there is no list "messages", or it is empty' }]
  const faults = messages.flatMap(messageFaults)
  const answers = messages.filter((message) => isRecord(message) && message.role === 'assistant')
  if (!answers.some((message) => message.weight !== 0))
    faults.push({
      name: 'example_missing_assistant_message',
      message: answers.length > 0 ? 'every assistant message has the weight 0' : 'there is no assistant message',
    })
  else if (messages.at(-1) !== answers.at(-1))
    faults.push({ name: 'last_message_not_assistant', message: 'the last message is not the assistant’s' })
  return faults
}

function messageFaults(message: unknown, index: number): RowFault[] {
  const at = `messages[${index}]`
  if (!isRecord(message)) return [{ name: 'data_type', message: `${at} is not an object` }]
  const faults: RowFault[] = []
  const { role, content, weight } = message
  const calls = message.tool_calls ?? message.function_call
  if (!('role' in message) || !('content' in message || calls))
    faults.push({ name: 'message_missing_key', message: `${at} needs "role" and "content"` })
  const foreign = Object.keys(message).filter((key) => !MESSAGE_KEYS.has(key))
  if (foreign.length > 0)
    faults.push({ name: 'message_unrecognized_key', message: `${at} has unknown keys: ${foreign.join(', ')}` })
  if ('role' in message && !(typeof role === 'string' && ROLES.has(role)))
    faults.push({ name: 'unrecognized_role', message: `${at} has the role ${shown(role)}` })
  if (!(typeof content === 'string' && content.trim()) && !(calls && (content ?? '') === ''))
    faults.push({ name: 'missing_content', message: `${at} has no text as its content` })
  if (weight !== undefined && !(role === 'assistant' && (weight === 0 || weight === 1)))
    faults.push({ name: 'invalid_weight', message: `${at}: a weight is 0 or 1, on assistant messages only` })
  const token = typeof content === 'string' ? SPECIAL_TOKEN.exec(content)?.[0] : undefined
  if (token) faults.push({ name: 'special_token', message: `${at} holds the special token ${token}` })
  return faults
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A foreign value, short enough for a message. */
function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'none'
  return text.length > 40 ? `${text.slice(0, 40)}…` : text
}
