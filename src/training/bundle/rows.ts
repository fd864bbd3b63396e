import { z } from 'zod'
import { type CanonicalRow, writeLine } from '../../formats/writing.ts'
import type { Method } from '../datasets/recipe.ts'
import { TrainingDataError } from '../errors.ts'

/** Who trains on one's own machine. */
export const LOCAL_TRAINERS = ['trl', 'unsloth', 'axolotl'] as const
export type LocalTrainer = (typeof LOCAL_TRAINERS)[number]

const Message = z.strictObject({ role: z.enum(['system', 'user', 'assistant']), content: z.string() })
const Answer = z.tuple([Message.extend({ role: z.literal('assistant') })])

const Conversation = z.strictObject({ messages: z.array(Message).min(2) })
const Pair = z.strictObject({
  input: z.strictObject({ messages: z.array(Message).min(1) }),
  preferred_output: Answer,
  non_preferred_output: Answer,
})

/**
 * Reads one checked line. Tools and weights are refused: not every local trainer can be told of them. Throws
 * {@link TrainingDataError}.
 */
export function readBundleRow(text: string, method: Method, at: { file: string; line: number }): CanonicalRow {
  const read = (method === 'dpo' ? Pair : Conversation).safeParse(JSON.parse(text))
  if (!read.success) {
    const message = 'a bundle for local training holds plain text only: no tools, names or weights'
    throw new TrainingDataError(at.file, [{ line: at.line, name: 'not_portable', message }])
  }
  if ('input' in read.data) {
    const { input, preferred_output, non_preferred_output } = read.data
    const [[preferred], [rejected]] = [preferred_output, non_preferred_output]
    return { prompt: input.messages, answer: preferred.content, rejected: rejected.content, label: null }
  }
  const { messages } = read.data
  return { prompt: messages.slice(0, -1), answer: messages.at(-1)?.content ?? '', rejected: null, label: null }
}

/** One line for one trainer, without its line feed. */
export function writeBundleRow(row: CanonicalRow, trainer: LocalTrainer, method: Method): string {
  const answer = (content: string) => ({ role: 'assistant', content })
  switch (trainer) {
    case 'trl':
      // Prompt and completion, so that only the answer is learnt whatever the chat template.
      return method === 'dpo'
        ? writeLine(row, 'trl-dpo')
        : JSON.stringify({ prompt: row.prompt, completion: [answer(row.answer)] })
    case 'unsloth':
      return writeLine(row, method === 'dpo' ? 'trl-dpo' : 'sharegpt')
    case 'axolotl':
      return method === 'dpo'
        ? JSON.stringify({ messages: row.prompt, chosen: answer(row.answer), rejected: answer(row.rejected ?? '') })
        : writeLine(row, 'openai-sft')
    default:
      return trainer satisfies never
  }
}
