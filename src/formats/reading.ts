import { isRecord } from './faults.ts'
import { nameOfRole } from './messages.ts'
import type { Shape } from './targets.ts'

type TrainingMessage = { role: string; content: string }

/** What a line teaches, whatever its shape: read for counting and comparing, after its rules were checked. */
export type TrainingRow = {
  /** Instructions and what was asked, the turns before included. */
  prompt: readonly TrainingMessage[]
  /** What is to be answered. */
  answer: string
  /** What is not to be answered, of a pair. */
  rejected: string | null
  /** Whether the answer is a good one, of a vote. */
  label: boolean | null
}

type Row = Record<string, unknown>

/** Null where the line has nothing that could be compared; its faults say why. */
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

/** What is no text (a call, a picture) is compared by how it is written. */
function contentOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (value === undefined || value === null) return ''
  try {
    return JSON.stringify(value)
  } catch {
    return ''
  }
}
