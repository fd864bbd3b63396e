import { isRecord, type Note, shown, specialTokenIn } from './faults.ts'
import type { MessageRules } from './targets.ts'

/** The faults of the messages at one place of a line, in order. */
export function checkMessages(messages: readonly unknown[], at: string, rules: MessageRules, note: Note): void {
  let before: string | null = null
  for (const [index, message] of messages.entries()) {
    const here = `${at}[${index}]`
    if (!isRecord(message)) {
      note('data_type', `${here} is not an object`)
      before = null
      continue
    }
    checkMessage(message, here, rules, note)
    const role = nameOfRole(message.role)
    if (role === 'system' && index > 0 && rules.isSystemFirst)
      note('system_not_first', `${here} is a system message, which may only stand first`)
    else if (rules.alternates && !takesTurn(before, role))
      note('roles_do_not_alternate', `${here}: ${role} follows ${before ?? 'nothing'}; user and assistant take turns`)
    before = role
  }
}

/** The role may be anything, nested deeper than can be printed. */
export function nameOfRole(role: unknown): string {
  return typeof role === 'string' ? role : 'nobody'
}

/** Nothing is known about what may follow an unreadable message. */
function takesTurn(before: string | null, role: string): boolean {
  if (role === 'user') return before !== 'user'
  if (role === 'assistant') return before !== 'assistant'
  return true
}

function checkMessage(message: Record<string, unknown>, at: string, rules: MessageRules, note: Note): void {
  const { role, content, weight } = message
  const calls = rules.hasToolCalls ? (message.tool_calls ?? message.function_call) : undefined
  if (!('role' in message) || !('content' in message || calls))
    note('message_missing_key', `${at} needs "role" and "content"`)
  for (const key of Object.keys(message))
    if (!rules.keys.includes(key)) note('message_unrecognized_key', `${at} has the unknown key ${shown(key)}`)
  if ('role' in message && !(typeof role === 'string' && rules.roles.includes(role)))
    note('unrecognized_role', `${at} has the role ${shown(role)}; known are ${rules.roles.join(', ')}`)
  if (!(typeof content === 'string' && content.trim()) && !(calls && (content ?? '') === ''))
    note('missing_content', `${at} has no text as its content`)
  if (
    weight !== undefined &&
    rules.keys.includes('weight') &&
    !(role === 'assistant' && (weight === 0 || weight === 1))
  )
    note('invalid_weight', `${at}: a weight is 0 or 1, on assistant messages only`)
  if (typeof content === 'string') checkTokens(content, at, note)
  if (Array.isArray(message.tool_calls)) checkCalls(message.tool_calls, at, rules, note)
}

export function checkTokens(text: string, at: string, note: Note): void {
  const token = specialTokenIn(text)
  if (token) note('special_token', `${at} holds the special token ${token}`)
}

function checkCalls(calls: readonly unknown[], at: string, { toolArguments }: MessageRules, note: Note): void {
  for (const [index, call] of calls.entries()) {
    const called = isRecord(call) && isRecord(call.function) ? call.function : null
    if (!called || typeof called.name !== 'string') {
      note('invalid_tool_call', `${at}.tool_calls[${index}] names no function`)
      continue
    }
    const isRight = toolArguments === 'object' ? isRecord(called.arguments) : isJsonText(called.arguments)
    const kind = toolArguments === 'object' ? 'an object' : 'a string of JSON'
    if (!isRight) note('invalid_tool_call', `${at}.tool_calls[${index}]: its arguments are ${kind}`)
  }
}

function isJsonText(value: unknown): boolean {
  if (typeof value !== 'string') return false
  try {
    JSON.parse(value)
    return true
  } catch {
    return false
  }
}

/** The last message's role; null when it can't be read. */
export function lastRole(messages: readonly unknown[]): unknown {
  const last = messages.at(-1)
  return isRecord(last) ? last.role : null
}

/** An example without an answer that counts teaches nothing. */
export function checkAnswer(messages: readonly unknown[], note: Note): void {
  const answers = messages.filter((message) => isRecord(message) && message.role === 'assistant')
  if (!answers.some((message) => isRecord(message) && message.weight !== 0))
    note(
      'example_missing_assistant_message',
      answers.length > 0 ? 'every assistant message has the weight 0' : 'there is no assistant message',
    )
  else if (messages.at(-1) !== answers.at(-1))
    note('last_message_not_assistant', 'the last message is not the assistant’s')
}
