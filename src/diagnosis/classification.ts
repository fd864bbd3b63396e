import type { ChatModels } from './model/chat-stream.ts'
import { buildClassifierPrompt, CATEGORIES, type Category } from './prompt.ts'

/** No log line needs more. */
const MAX_LINE_CHARS = 2_000

export type Classify = (line: string, signal: AbortSignal) => Promise<{ category: Category | null; model: string }>

/** Classifies a raw log line; null when the model named no category. */
export function createClassify({
  models,
  activeModel,
}: {
  models: ChatModels
  activeModel: () => Promise<string>
}): Classify {
  return async function classify(line, signal) {
    const model = await activeModel()
    let text = ''
    const messages = buildClassifierPrompt(line.slice(0, MAX_LINE_CHARS))
    for await (const delta of models.stream({ model, messages }, signal)) text += delta
    return { category: readCategory(text), model }
  }
}

/** The bare category, whatever its case and punctuation; null for none or more than one. */
export function readCategory(text: string): Category | null {
  const plain = text.toLowerCase().replace(/[\s_-]+/g, '_')
  const named = CATEGORIES.filter((category) => plain.includes(category.toLowerCase()))
  return named.length === 1 ? (named[0] ?? null) : null
}
