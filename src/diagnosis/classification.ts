import type { ChatModels } from './model/chat-stream.ts'
import { buildClassifierPrompt, CATEGORIES, type Category } from './prompt.ts'

/** No log line needs more. */
const MAX_LINE_CHARS = 2_000

export type Classify = (line: string, signal: AbortSignal) => Promise<{ category: Category | null; model: string }>

/** Sorts a raw log line into a category; null when the model named none. */
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

/** The bare category, whatever the case and punctuation around it; null when it is none or more than one. */
export function readCategory(text: string): Category | null {
  const plain = text.toLowerCase().replace(/[\s_-]+/g, '_')
  const named = CATEGORIES.filter((category) => plain.includes(category.toLowerCase()))
  return named.length === 1 ? (named[0] ?? null) : null
}
