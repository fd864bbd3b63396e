import { isRecord, type Note, saysTheSame, shown } from './faults.ts'
import { checkAnswer, checkMessages, checkTokens, lastRole } from './messages.ts'
import type { MessageRules, Shape, Target } from './targets.ts'

type Row = Record<string, unknown>
type Check = (row: Row, target: Target, note: Note) => void

/** The required keys of each shape, and what is checked in them. */
export const SHAPES: Readonly<Record<Shape, { keys: readonly string[]; optional: readonly string[]; check: Check }>> = {
  messages: { keys: ['messages'], optional: [], check: checkConversation },
  prompt_completion: { keys: ['prompt', 'completion'], optional: [], check: checkCompletion },
  text: { keys: ['text'], optional: [], check: checkWholeText },
  pairs: { keys: ['input', 'preferred_output', 'non_preferred_output'], optional: [], check: checkPair },
  trl_pairs: { keys: ['prompt', 'chosen', 'rejected'], optional: [], check: checkTrlPair },
  trl_votes: { keys: ['prompt', 'completion', 'label'], optional: [], check: checkVote },
  gemini: { keys: ['contents'], optional: ['systemInstruction'], check: checkGemini },
  sharegpt: { keys: ['conversations'], optional: [], check: checkSharegpt },
}

function checkConversation({ messages }: Row, target: Target, note: Note): void {
  if (!Array.isArray(messages) || messages.length === 0) {
    note('missing_messages_list', 'there is no list "messages", or it is empty')
    return
  }
  checkMessages(messages, 'messages', target.messages, note)
  checkAnswer(messages, note)
}

function checkCompletion(row: Row, target: Target, note: Note): void {
  checkPrompt(row.prompt, 'prompt', target.messages, note)
  checkSide(row.completion, 'completion', target, note)
}

/** A text to continue, learnt from its first word to its last. */
function checkWholeText({ text }: Row, _target: Target, note: Note): void {
  if (typeof text === 'string') checkText(text, 'text', note)
  else note('missing_content', `"text" is ${shown(text)}, not a text`)
}

function checkVote(row: Row, target: Target, note: Note): void {
  checkCompletion(row, target, note)
  if (typeof row.label !== 'boolean') note('invalid_label', `the label is ${shown(row.label)}, not true or false`)
}

function checkTrlPair(row: Row, target: Target, note: Note): void {
  checkPrompt(row.prompt, 'prompt', target.messages, note)
  checkSide(row.chosen, 'chosen', target, note)
  checkSide(row.rejected, 'rejected', target, note)
  refuseEqual(row.chosen, row.rejected, note)
}

const INPUT_KEYS = ['messages', 'tools', 'parallel_tool_calls']

function checkPair(row: Row, target: Target, note: Note): void {
  if (!isRecord(row.input)) note('missing_messages_list', '"input" is not an object with "messages"')
  else {
    for (const key of Object.keys(row.input))
      if (!INPUT_KEYS.includes(key)) note('unrecognized_key', `"input" has the unknown key ${shown(key)}`)
    checkPrompt(row.input.messages, 'input.messages', target.messages, note)
  }
  for (const key of ['preferred_output', 'non_preferred_output'] as const) {
    if (typeof row[key] === 'string') note('data_type', `"${key}" is not a list of messages`)
    else checkSide(row[key], key, target, note)
  }
  refuseEqual(row.preferred_output, row.non_preferred_output, note)
}

/** The question: text, or messages that don't end with the assistant. */
function checkPrompt(prompt: unknown, at: string, rules: MessageRules, note: Note): void {
  if (typeof prompt === 'string' && at === 'prompt') {
    checkText(prompt, at, note)
    return
  }
  if (!Array.isArray(prompt) || prompt.length === 0) {
    note('missing_messages_list', `there is no list "${at}", or it is empty`)
    return
  }
  checkMessages(prompt, at, rules, note)
  if (lastRole(prompt) === 'assistant')
    note('last_message_is_assistant', `the last message of ${at} is the assistant’s`)
}

/** What is answered: text, or as many messages as the trainer takes, one of them the assistant's. */
function checkSide(side: unknown, at: string, { messages: rules, mostOutputs }: Target, note: Note): void {
  if (typeof side === 'string') {
    checkText(side, at, note)
    return
  }
  if (!Array.isArray(side) || side.length === 0) {
    note('missing_messages_list', `there is no list "${at}", or it is empty`)
    return
  }
  if (side.length > mostOutputs)
    note('number_of_outputs', `"${at}" holds ${side.length} messages, and ${mostOutputs} is the most`)
  checkMessages(side, at, { ...rules, alternates: false }, note)
  for (const [index, message] of side.entries())
    if (isRecord(message) && (message.role === 'user' || message.role === 'system'))
      note('unrecognized_role', `${at}[${index}] has the role ${shown(message.role)}; an answer is the assistant’s`)
  if (!side.some((message) => isRecord(message) && message.role === 'assistant'))
    note('example_missing_assistant_message', `"${at}" has no assistant message`)
}

function checkText(text: string, at: string, note: Note): void {
  if (!text.trim()) note('missing_content', `"${at}" is empty`)
  checkTokens(text, at, note)
}

function refuseEqual(chosen: unknown, rejected: unknown, note: Note): void {
  const [a, b] = [textOf(chosen), textOf(rejected)]
  if (a !== null && b !== null && saysTheSame(a, b)) note('equal_pair', 'both answers say the same')
}

/** What a side says; null where it cannot be read, or does more than say something. */
function textOf(side: unknown): string | null {
  if (typeof side === 'string') return side
  if (!Array.isArray(side)) return null
  const texts = side.map((message) =>
    isRecord(message) && typeof message.content === 'string' && !message.tool_calls ? message.content : null,
  )
  return texts.includes(null) ? null : texts.join('\n')
}

const GEMINI_ROLES: Readonly<Record<string, string>> = { user: 'user', model: 'assistant' }

/** Gemini's contents are read as messages, so that the same rules hold for them. */
function checkGemini({ contents, systemInstruction }: Row, target: Target, note: Note): void {
  if (!Array.isArray(contents) || contents.length === 0) {
    note('missing_messages_list', 'there is no list "contents", or it is empty')
    return
  }
  if (systemInstruction !== undefined) partsOf(systemInstruction, 'systemInstruction', ['role', 'parts'], note)
  const messages = contents.map((content, index) => {
    const at = `contents[${index}]`
    const text = partsOf(content, at, ['role', 'parts'], note)
    const role = isRecord(content) ? content.role : null
    const known = typeof role === 'string' ? GEMINI_ROLES[role] : undefined
    if (isRecord(content) && !known)
      note('unrecognized_role', `${at} has the role ${shown(role)}; known are user, model`)
    return { role: known, content: text }
  })
  checkTurns(messages, 'contents', target, note)
}

/** The text of a content's parts; its own faults are told here. */
function partsOf(content: unknown, at: string, keys: readonly string[], note: Note): string | null {
  if (!isRecord(content)) {
    note('data_type', `${at} is not an object`)
    return null
  }
  for (const key of Object.keys(content))
    if (!keys.includes(key)) note('message_unrecognized_key', `${at} has the unknown key ${shown(key)}`)
  const { parts } = content
  if (!Array.isArray(parts) || parts.length === 0) {
    note('message_missing_key', `${at} needs a list "parts"`)
    return null
  }
  const texts = parts.map((part) => (isRecord(part) && typeof part.text === 'string' ? part.text : ''))
  const text = texts.join('\n')
  if (!text.trim()) note('missing_content', `${at} has no text in its parts`)
  checkTokens(text, at, note)
  return text
}

const SHAREGPT_ROLES: Readonly<Record<string, string>> = { system: 'system', human: 'user', gpt: 'assistant' }

function checkSharegpt({ conversations }: Row, target: Target, note: Note): void {
  if (!Array.isArray(conversations) || conversations.length === 0) {
    note('missing_messages_list', 'there is no list "conversations", or it is empty')
    return
  }
  const messages = conversations.map((turn, index) => {
    const at = `conversations[${index}]`
    if (!isRecord(turn)) {
      note('data_type', `${at} is not an object`)
      return { role: undefined }
    }
    if (!('from' in turn) || !('value' in turn)) note('message_missing_key', `${at} needs "from" and "value"`)
    for (const key of Object.keys(turn))
      if (key !== 'from' && key !== 'value') note('message_unrecognized_key', `${at} has the unknown key ${shown(key)}`)
    const role = typeof turn.from === 'string' ? SHAREGPT_ROLES[turn.from] : undefined
    if (!role) note('unrecognized_role', `${at} is from ${shown(turn.from)}; known are system, human, gpt`)
    if (typeof turn.value !== 'string' || !turn.value.trim()) note('missing_content', `${at} has no text as its value`)
    else checkTokens(turn.value, at, note)
    return { role }
  })
  checkTurns(messages, 'conversations', target, note)
}

/** The order of turns whose own faults were told already. */
function checkTurns(turns: readonly { role: string | undefined }[], at: string, target: Target, note: Note): void {
  const ordered = turns.map(({ role }) => ({ role: role ?? 'unread', content: '-' }))
  const rules = { ...target.messages, roles: [...target.messages.roles, 'unread'] }
  checkMessages(ordered, at, rules, note)
  checkAnswer(ordered, note)
}
