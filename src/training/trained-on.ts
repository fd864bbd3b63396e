import { z } from 'zod'
import type { ChatMessage } from '../diagnosis/prompt.ts'
import { readLines } from '../lib/lines.ts'
import type { Store } from '../store/open.ts'
import { listTrainings, saveTrainedData } from './evaluation-records.ts'
import { questionSha256 } from './manifest.ts'

/** Enough of a hash: among a million questions two that begin alike are as good as impossible. */
const HASH_CHARS = 16
const brief = (hash: string) => hash.slice(0, HASH_CHARS)

const Message = z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() })
/** A row to learn an answer from, or a preference between two. */
const TrainingRow = z.union([
  z.object({ messages: z.array(Message).min(2) }),
  z.object({ input: z.object({ messages: z.array(Message) }) }).transform(({ input }) => ({
    messages: [...input.messages, { role: 'assistant', content: '' } satisfies ChatMessage],
  })),
])
const Questions = z.array(z.string())

/** Writes down what a training file asks, so that no model it makes is measured on the same questions. */
export async function recordTrained(
  store: Store,
  { file, sha256, signal }: { file: string; sha256: string; signal?: AbortSignal | undefined },
): Promise<void> {
  const questions = new Set<string>()
  for await (const { bytes } of readLines(file, { signal })) {
    const row = TrainingRow.safeParse(jsonOf(bytes?.toString('utf8') ?? ''))
    if (row.success) questions.add(brief(questionSha256(row.data.messages)))
  }
  await saveTrainedData(store, sha256, JSON.stringify([...questions].sort()))
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** A checkpoint was trained on what its job was given. */
const CHECKPOINT = /:ckpt-step-\d+$/
/** A model trained on a trained model has seen what both were given; more such steps are a circle. */
const MOST_STEPS = 20

/** Knows of a model's questions which ones it was trained on; null where nothing is known of its training. */
export async function seenBy(store: Store, model: string): Promise<((question: string) => boolean) | null> {
  const seen = new Set<string>()
  let isKnown = false
  let next: string[] = [model]
  for (let step = 0; step < MOST_STEPS && next.length > 0; step += 1) {
    const names = [...new Set(next.flatMap((name) => [name, name.replace(CHECKPOINT, '')]))]
    const trainings = (await Promise.all(names.map((name) => listTrainings(store, name)))).flat()
    for (const { questions } of trainings) {
      if (questions === null) continue
      isKnown = true
      for (const question of Questions.parse(JSON.parse(questions))) seen.add(question)
    }
    next = trainings.map(({ base_model }) => base_model)
  }
  return isKnown ? (question) => seen.has(brief(question)) : null
}
