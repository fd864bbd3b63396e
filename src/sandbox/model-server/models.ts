import { createReadStream, existsSync } from 'node:fs'
import { z } from 'zod'
import { modelNotFound } from './api-error.ts'
import type { Folder } from './folder.ts'
import type { Example } from './learner/conversation.ts'
import { createKnowledge, type Knowledge, type Learnt } from './learner/knowledge.ts'
import { learnAll } from './learner/learn.ts'
import { linesOf } from './lines.ts'
import { createYielder } from './yielding.ts'

const StoredModel = z.object({
  id: z.string(),
  base: z.string(),
  created: z.number(),
  /** The name of its files. */
  file: z.string(),
  /** The ids it answers to: its own and those of its checkpoints, which know the same. */
  variants: z.array(z.object({ id: z.string() })),
})
type StoredModel = z.infer<typeof StoredModel>

const StoredExample = z.object({
  system: z.string(),
  earlier: z.array(z.object({ role: z.enum(['user', 'assistant']), content: z.string() })),
  question: z.string(),
  output: z.string(),
  weight: z.number(),
})

export type ModelObject = {
  id: string
  object: 'model'
  created: number
  owned_by: string
  /** The last day, `YYYY-MM-DD`; null while none is announced. */
  shutdown_date: string | null
}

export type NewModel = {
  id: string
  base: string
  created: number
  checkpoints: readonly string[]
  learnt: Learnt
}

export type Models = {
  list(): ModelObject[]
  get(id: string): ModelObject
  /** The model that this one was made of, itself for a base model. */
  baseOf(id: string): string
  /** What a model was taught; null for a base model, which knows nothing in particular. */
  knowledgeOf(id: string): Promise<Knowledge | null>
  /** The examples that a model was taught: what is trained on top of it begins with them. */
  examplesOf(id: string): Promise<readonly Example[]>
  keep(model: NewModel): Promise<void>
  remove(id: string): Promise<void>
  /** Announces the last day of a base model and of all that was made of it; null takes it back. */
  announceEnd(base: string, day: string | null): void
}

/** Knowledge is large; the models asked longest ago are read anew when they are asked again. */
const MAX_LOADED = 8

async function* asLines(examples: readonly Example[]): AsyncGenerator<string> {
  const yieldTurn = createYielder()
  for (const example of examples) {
    await yieldTurn()
    yield `${JSON.stringify(example)}\n`
  }
}

/** The base models, and those that were trained; what a trained one knows is read when it is first asked. */
export async function openModels(folder: Folder, baseModels: readonly string[], startedAt: number): Promise<Models> {
  const trained = new Map<string, StoredModel>()
  const ends = new Map<string, string>()
  const known = new Map<string, Promise<Knowledge>>()
  const hold = (id: string, knowledge: Promise<Knowledge>) => {
    known.delete(id)
    known.set(id, knowledge)
    const [oldest] = known.keys()
    if (known.size > MAX_LOADED && oldest !== undefined) known.delete(oldest)
  }
  const examplesPath = (file: string) => folder.path('models', `${file}.jsonl`)
  for (const model of await folder.readAll('models', StoredModel)) {
    if (existsSync(examplesPath(model.file))) trained.set(model.id, model)
    else await folder.setAside(`models/${model.file}.json`, 'what it learnt is missing')
  }

  /** Checkpoints are asked under ids of their own. */
  const find = (id: string) =>
    trained.get(id) ?? [...trained.values()].find((model) => model.variants.some((variant) => variant.id === id))
  const shown = (id: string): ModelObject => {
    const model = find(id)
    if (!model && !baseModels.includes(id)) throw modelNotFound(id)
    const isOwn = model !== undefined
    return {
      id,
      object: 'model',
      created: model?.created ?? startedAt,
      owned_by: isOwn ? 'sandbox' : 'system',
      shutdown_date: ends.get(model?.base ?? id) ?? null,
    }
  }
  const readExamples = async (model: StoredModel): Promise<Example[]> => {
    const examples: Example[] = []
    const yieldTurn = createYielder()
    for await (const { text } of linesOf(createReadStream(examplesPath(model.file)))) {
      await yieldTurn()
      examples.push(StoredExample.parse(JSON.parse(text ?? '')))
    }
    return examples
  }
  const load = async (model: StoredModel) => createKnowledge(await learnAll(await readExamples(model), createYielder()))
  const setAside = async (model: StoredModel) => {
    known.delete(model.id)
    await folder.setAside(`models/${model.file}.jsonl`, 'what it learnt is damaged')
    await folder.remove(`models/${model.file}.json`)
  }
  return {
    list: () => [...baseModels, ...[...trained.keys()]].map(shown),
    get: shown,
    baseOf: (id) => find(id)?.base ?? id,
    async knowledgeOf(id) {
      shown(id)
      const model = find(id)
      if (!model) return null
      const loading = known.get(model.id) ?? load(model)
      hold(model.id, loading)
      try {
        return await loading
      } catch {
        if (trained.delete(model.id)) await setAside(model)
        throw modelNotFound(id)
      }
    },
    async examplesOf(id) {
      const model = find(id)
      return model ? await readExamples(model) : []
    },
    async keep({ id, base, created, checkpoints, learnt }) {
      const file = id.replaceAll(/[^\w-]+/g, '_')
      await folder.write(`models/${file}.jsonl`, asLines(learnt.prepared.examples))
      const stored: StoredModel = {
        id,
        base,
        created,
        file,
        variants: [id, ...checkpoints].map((one) => ({ id: one })),
      }
      await folder.write(`models/${file}.json`, JSON.stringify(stored))
      trained.set(id, stored)
      hold(id, Promise.resolve(createKnowledge(learnt)))
    },
    announceEnd(base, day) {
      if (day === null) ends.delete(base)
      else ends.set(base, day)
    },
    async remove(id) {
      const model = trained.get(id)
      if (!model) throw modelNotFound(id)
      trained.delete(id)
      known.delete(id)
      await folder.remove(`models/${model.file}.json`)
      await folder.remove(`models/${model.file}.jsonl`)
    },
  }
}
