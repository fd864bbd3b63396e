import { z } from 'zod'
import type { ChatMessage } from '../../diagnosis/model/chat-message.ts'
import { CLASSIFIER_PROMPT } from '../../diagnosis/prompt.ts'
import { rowFaults } from '../../formats/validating.ts'
import { readLines } from '../../lib/lines.ts'
import type { Store } from '../../store/open.ts'
import { questionSha256 } from '../checks/question-key.ts'
import type { Manifest } from '../datasets/manifest.ts'
import { seenQuestionsOf } from '../datasets/training-history.ts'
import { DatasetUnusableError, EvaluationLeakError } from '../errors.ts'

/** A row to measure on: what is asked, closed by the answer that is right. */
export type EvaluationRow = { messages: readonly ChatMessage[] }

/** What the model is given: all but the answer. */
export function promptOf({ messages }: EvaluationRow): readonly ChatMessage[] {
  return messages.slice(0, -1)
}

export function expectedOf({ messages }: EvaluationRow): string {
  return messages.at(-1)?.content ?? ''
}

/** What the person asked, a follow-up below what it follows: alone, “can you say that again?” tells nobody anything. */
export function questionText(row: EvaluationRow): string {
  return promptOf(row)
    .filter(({ role }) => role === 'user')
    .map(({ content }) => content)
    .join('\n')
}

/** Whether a log line is to be sorted. */
export function isClassifierRow(row: EvaluationRow | undefined): boolean {
  return row?.messages.some(({ role, content }) => role === 'system' && content === CLASSIFIER_PROMPT) ?? false
}

const Row = z.object({
  messages: z.array(z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() })),
})

/** Reads rows to measure on from a JSONL file in OpenAI's chat format. Throws {@link DatasetUnusableError}. */
export async function readEvaluationRows(file: string, signal?: AbortSignal): Promise<EvaluationRow[]> {
  const rows: EvaluationRow[] = []
  for await (const { number, bytes } of readLines(file, { signal })) {
    const line = bytes?.toString('utf8') ?? ''
    const [fault] = rowFaults(line, 'openai-sft')
    if (fault) throw new DatasetUnusableError(file, `line ${number}: ${fault.message}`)
    const row = Row.safeParse(JSON.parse(line))
    if (!row.success) throw new DatasetUnusableError(file, `line ${number}: it holds more than text to be asked`)
    rows.push(row.data)
  }
  return rows
}

/**
 * Refuses rows that one of the models was trained on, by what was written down when its training began and by the
 * manifests that are given. Returns the models of whose training something is known. Throws {@link EvaluationLeakError}.
 */
export async function refuseTrainedRows(
  store: Store,
  rows: readonly EvaluationRow[],
  models: readonly string[],
  manifests: readonly Manifest[],
): Promise<ReadonlySet<string>> {
  const listed = new Set(manifests.flatMap(({ files }) => files.train.rows.map(({ question }) => question)))
  const seen: ((question: string) => boolean)[] = [(question) => listed.has(question)]
  const known = new Set<string>()
  for (const model of new Set(models)) {
    const found = await seenQuestionsOf(store, model)
    if (!found) continue
    known.add(model)
    seen.push(found)
  }
  const leaked = rows.flatMap(({ messages }, at) => {
    const question = questionSha256(messages)
    return seen.some((has) => has(question)) ? [at + 1] : []
  })
  if (leaked.length > 0) throw new EvaluationLeakError(leaked)
  return known
}
