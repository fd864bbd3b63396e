import { isRecord } from './faults.ts'
import { nameOfRole } from './messages.ts'
import type { Shape } from './targets.ts'

type TrainingMessage = { role: string; content: string }

/** What a line teaches, whatever its shape; parsed for counting and comparing after its rules were checked. */
export type TrainingRow = {
  /** Instructions and question, with earlier turns. */
  prompt: readonly TrainingMessage[]
  /** The answer to learn. */
  answer: string
  /** The answer to avoid, for a pair. */
  rejected: string | null
  /** Whether the answer is good, for a vote. */
  label: boolean | null
}

type Row = Record<string, unknown>

/** Null when the line has nothing to compare; its faults say why. */
export function parseTrainingRow(row: Row, shape: Shape): TrainingRow | null {
  const taught = READERS[shape](row)
  return taught && taught.prompt.length + taught.answer.length > 0 ? taught : null
}

const READERS: Readonly<Record<Shape, (row: Row) => TrainingRow | null>> = {
  messages: ({ messages }) => conversation(messagesIn(messages)),
  prompt_completion: ({ prompt, completion }) => ({ ...PLAIN, prompt: promptOf(prompt), answer: textOf(completion) }),
  pairs: ({ input, preferred_output, non_preferred_output }) => ({
    ...PLAIN,
    prompt: isRecord(input) ? messagesIn(input.messages) : [],
    answer: textOf(preferred_output),
    rejected: textOf(non_preferred_output),
  }),
  trl_pairs: ({ prompt, chosen, rejected }) => ({
    ...PLAIN,
    prompt: promptOf(prompt),
    answer: textOf(chosen),
    rejected: textOf(rejected),
  }),
  trl_votes: ({ prompt, completion, label }) => ({
    ...PLAIN,
    prompt: promptOf(prompt),
    answer: textOf(completion),
    label: label === true,
  }),
  gemini: ({ systemInstruction, contents }) =>
    conversation([
      ...(isRecord(systemInstruction) ? [{ role: 'system', content: partsOf(systemInstruction.parts) }] : []),
      ...listOf(contents).map(({ role, parts }) => ({
        role: role === 'model' ? 'assistant' : nameOfRole(role),
        content: partsOf(parts),
      })),
    ]),
  sharegpt: ({ conversations }) =>
    conversation(
      listOf(conversations).map(({ from, value }) => ({
        role: SHAREGPT[nameOfRole(from)] ?? nameOfRole(from),
        content: contentOf(value),
      })),
    ),
  text: ({ text }) => ({ ...PLAIN, prompt: [], answer: contentOf(text) }),
}

const PLAIN = { rejected: null, label: null } as const
const SHAREGPT: Readonly<Record<string, string>> = { human: 'user', gpt: 'assistant' }

function conversation(said: readonly TrainingMessage[]): TrainingRow | null {
  const last = said.at(-1)
  return last ? { ...PLAIN, prompt: said.slice(0, -1), answer: last.content } : null
}

function listOf(value: unknown): Row[] {
  return Array.isArray(value) ? value.filter(isRecord) : []
}

function messagesIn(messages: unknown): TrainingMessage[] {
  return listOf(messages).map((message) => ({
    role: nameOfRole(message.role),
    content: contentOf(message.content ?? message.tool_calls ?? message.function_call),
  }))
}

function promptOf(prompt: unknown): TrainingMessage[] {
  return typeof prompt === 'string' ? [{ role: 'user', content: prompt }] : messagesIn(prompt)
}

function textOf(side: unknown): string {
  if (typeof side === 'string') return side
  return messagesIn(side)
    .map(({ content }) => content)
    .join('\n')
}

function partsOf(deps: unknown): string {
  return listOf(deps)
    .map(({ text }) => contentOf(text))
    .join('\n')
}

/** Non-text content (a call, a picture) is compared by its JSON. */
function contentOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (value === undefined || value === null) return ''
  try {
    return JSON.stringify(value)
  } catch {
    return ''
  }
}
