import { saysTheSame, specialTokenIn } from './faults.ts'
import { TARGET_NAMES, type TargetName } from './targets.ts'

/** One message of a conversation, as every trainer knows it. */
type ChatMessage = { role: 'system' | 'user' | 'assistant'; content: string }

/** One row of training data before it is written for anybody. Where it comes from is never part of it. */
export type CanonicalRow = {
  /** Ends with what is asked. */
  prompt: readonly ChatMessage[]
  answer: string
  /** What had been answered instead; null where nothing was. */
  rejected: string | null
  /** How people judged the answer; null where it is no judgement. */
  label: boolean | null
}

/** Why a row cannot be written in a format. */
export type Unwritable = 'nothing_answered' | 'equal_pair' | 'special_token'

/** What a format is made of: approved answers, pairs of them with what had been said, or votes. */
export type FormatSource = 'answers' | 'pairs' | 'votes'

type Writer = { source: FormatSource; write: (row: CanonicalRow) => unknown }

const assistant = (content: string): ChatMessage => ({ role: 'assistant', content })

const CONVERSATION: Writer = {
  source: 'answers',
  write: ({ prompt, answer }) => ({ messages: [...prompt, assistant(answer)] }),
}

const PAIR: Writer = {
  source: 'pairs',
  write: ({ prompt, answer, rejected }) => ({
    input: { messages: prompt },
    preferred_output: [assistant(answer)],
    non_preferred_output: [assistant(rejected ?? '')],
  }),
}

const SHAREGPT_FROM = { system: 'system', user: 'human', assistant: 'gpt' } as const
const GEMINI_ROLE = { system: 'user', user: 'user', assistant: 'model' } as const

const WRITERS: Readonly<Record<TargetName, Writer>> = {
  'openai-sft': CONVERSATION,
  'openai-dpo': PAIR,
  'trl-sft': CONVERSATION,
  'trl-dpo': {
    source: 'pairs',
    write: ({ prompt, answer, rejected }) => ({
      prompt,
      chosen: [assistant(answer)],
      rejected: [assistant(rejected ?? '')],
    }),
  },
  'trl-kto': {
    source: 'votes',
    write: ({ prompt, answer, label }) => ({ prompt, completion: [assistant(answer)], label: label === true }),
  },
  'together-sft': CONVERSATION,
  'together-dpo': PAIR,
  'fireworks-sft': CONVERSATION,
  'fireworks-dpo': PAIR,
  'azure-sft': CONVERSATION,
  vertex: {
    source: 'answers',
    write: ({ prompt, answer }) => ({
      ...Object.fromEntries(
        prompt
          .filter(({ role }) => role === 'system')
          .map(({ content }) => ['systemInstruction', { parts: [{ text: content }] }]),
      ),
      contents: [...prompt.filter(({ role }) => role !== 'system'), assistant(answer)].map(({ role, content }) => ({
        role: GEMINI_ROLE[role],
        parts: [{ text: content }],
      })),
    }),
  },
  sharegpt: {
    source: 'answers',
    write: ({ prompt, answer }) => ({
      conversations: [...prompt, assistant(answer)].map(({ role, content }) => ({
        from: SHAREGPT_FROM[role],
        value: content,
      })),
    }),
  },
}

export type ExportFormat = TargetName
export const EXPORT_FORMATS: readonly ExportFormat[] = TARGET_NAMES

export function sourceOf(format: ExportFormat): FormatSource {
  return WRITERS[format].source
}

/** One line without its line feed. */
export function writeLine(row: CanonicalRow, format: ExportFormat): string {
  return JSON.stringify(WRITERS[format].write(row))
}

/** What would make a trainer refuse the row, or learn nothing from it; null when it is fine. */
export function whyUnwritable({ prompt, answer, rejected }: CanonicalRow, format: ExportFormat): Unwritable | null {
  if (prompt.some(({ content }) => specialTokenIn(content)) || specialTokenIn(answer)) return 'special_token'
  if (WRITERS[format].source !== 'pairs') return null
  if (!rejected?.trim()) return 'nothing_answered'
  if (specialTokenIn(rejected)) return 'special_token'
  return saysTheSame(answer, rejected) ? 'equal_pair' : null
}

/** A conversation as one line of OpenAI's chat format, without its line feed and without a key of ours. */
export function writeRow(messages: readonly ChatMessage[]): string {
  return JSON.stringify({ messages: messages.map(({ role, content }) => ({ role, content })) })
}
