import { z } from 'zod'
import type { ChatMessage } from '../../diagnosis/model/chat-message.ts'
import { readLines } from '../../lib/lines.ts'
import type { Store } from '../../store/open.ts'
import { questionSha256 } from '../checks/question-key.ts'
import { Benchmark } from './benchmark.ts'
import { listTrainingRuns, saveTrainingFingerprint, type TrainingRun } from './training-records.ts'

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

/**
 * Writes down what a training file asks, so that no model it makes is measured on the same questions, and what those
 * models are to be measured on.
 */
export async function recordTrainingData(
  store: Store,
  { file, sha256, benchmark }: { file: string; sha256: string; benchmark: Benchmark | null },
): Promise<void> {
  const questions = new Set<string>()
  for await (const { bytes } of readLines(file)) {
    const row = TrainingRow.safeParse(jsonOf(bytes?.toString('utf8') ?? ''))
    if (row.success) questions.add(brief(questionSha256(row.data.messages)))
  }
  await saveTrainingFingerprint(store, {
    data_sha256: sha256,
    questions: JSON.stringify([...questions].sort()),
    benchmark: benchmark && JSON.stringify(benchmark),
  })
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** A checkpoint was trained on what its job was given. */
const CHECKPOINT_SUFFIX = /:ckpt-step-\d+$/

/** A model trained on a trained model has seen what both were given; more such steps are a circle. */
const MAX_LINEAGE_STEPS = 20

/** What a model was trained on, and what it was trained on top of, the nearest first. */
async function* trainingLineage(store: Store, model: string): AsyncGenerator<TrainingRun> {
  let next: string[] = [model]
  for (let step = 0; step < MAX_LINEAGE_STEPS && next.length > 0; step += 1) {
    const names = [...new Set(next.flatMap((name) => [name, name.replace(CHECKPOINT_SUFFIX, '')]))]
    const trainings = (await Promise.all(names.map((name) => listTrainingRuns(store, name)))).flat()
    yield* trainings
    next = trainings.map(({ base_model }) => base_model)
  }
}

/** Knows of a model's questions which ones it was trained on; null where nothing is known of its training. */
export async function seenQuestionsOf(store: Store, model: string): Promise<((question: string) => boolean) | null> {
  const seen = new Set<string>()
  let isKnown = false
  for await (const { questions } of trainingLineage(store, model)) {
    if (questions === null) continue
    isKnown = true
    for (const question of Questions.parse(JSON.parse(questions))) seen.add(question)
  }
  return isKnown ? (question) => seen.has(brief(question)) : null
}

/** What a model is to be measured on, by the newest data it was trained with; null where that names nothing. */
export async function benchmarkOf(store: Store, model: string): Promise<Benchmark | null> {
  for await (const { benchmark } of trainingLineage(store, model)) {
    const read = benchmark === null ? null : Benchmark.safeParse(JSON.parse(benchmark))
    if (read?.success) return read.data
  }
  return null
}
