import { isRecord } from './faults.ts'
import { nameOfRole } from './messages.ts'
import type { Shape } from './targets.ts'

type Said = { role: string; content: string }

/** What a line teaches, whatever its shape: read for counting and comparing, after its rules were checked. */
export type TaughtRow = {
  /** Instructions and what was asked, the turns before included. */
  asked: readonly Said[]
  /** What is to be answered. */
  answer: string
  /** What is not to be answered, of a pair. */
  rejected: string | null
  /** Whether the answer is a good one, of a vote. */
  label: boolean | null
}

type Row = Record<string, unknown>

/** Null where the line has nothing that could be compared; its faults say why. */
export function readTaught(row: Row, shape: Shape): TaughtRow | null {
  const taught = READERS[shape](row)
  return taught && taught.asked.length + taught.answer.length > 0 ? taught : null
}

const READERS: Readonly<Record<Shape, (row: Row) => TaughtRow | null>> = {
  messages: ({ messages }) => conversation(saidIn(messages)),
  prompt_completion: ({ prompt, completion }) => ({ ...PLAIN, asked: promptOf(prompt), answer: textOf(completion) }),
  pairs: ({ input, preferred_output, non_preferred_output }) => ({
    ...PLAIN,
    asked: isRecord(input) ? saidIn(input.messages) : [],
    answer: textOf(preferred_output),
    rejected: textOf(non_preferred_output),
  }),
  trl_pairs: ({ prompt, chosen, rejected }) => ({
    ...PLAIN,
    asked: promptOf(prompt),
    answer: textOf(chosen),
    rejected: textOf(rejected),
  }),
  trl_votes: ({ prompt, completion, label }) => ({
    ...PLAIN,
    asked: promptOf(prompt),
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
  text: ({ text }) => ({ ...PLAIN, asked: [], answer: contentOf(text) }),
}

const PLAIN = { rejected: null, label: null } as const
const SHAREGPT: Readonly<Record<string, string>> = { human: 'user', gpt: 'assistant' }

function conversation(said: readonly Said[]): TaughtRow | null {
  const last = said.at(-1)
  return last ? { ...PLAIN, asked: said.slice(0, -1), answer: last.content } : null
}

function listOf(value: unknown): Row[] {
  return Array.isArray(value) ? value.filter(isRecord) : []
}

function saidIn(messages: unknown): Said[] {
  return listOf(messages).map((message) => ({
    role: nameOfRole(message.role),
    content: contentOf(message.content ?? message.tool_calls ?? message.function_call),
  }))
}

function promptOf(prompt: unknown): Said[] {
  return typeof prompt === 'string' ? [{ role: 'user', content: prompt }] : saidIn(prompt)
}

function textOf(side: unknown): string {
  if (typeof side === 'string') return side
  return saidIn(side)
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
