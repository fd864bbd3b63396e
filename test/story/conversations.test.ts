import { expect, it } from 'vitest'
import { loadCatalog } from '../../src/catalog/loading.ts'
import { BAD_MODELS, MADE_UP } from './conversations/bad-models.ts'
import { readConversations } from './conversations/conversation.ts'
import { type ServedModel, serveModel } from './conversations/model-server.ts'
import { playConversations } from './conversations/play.ts'
import { recordedAnswers } from './conversations/recorded-words.ts'
import { reportOn } from './conversations/report.ts'

/** The sandbox's own model, trained. */
const SANDBOX = 'the sandbox’s own'

const { CONVERSATIONS, REAL_WORDS } = process.env
const conversations = await readConversations(
  CONVERSATIONS ?? new URL('conversations/conversations.jsonl', import.meta.url),
)
const models = [SANDBOX, ...(REAL_WORDS ? columnsOf(REAL_WORDS) : Object.keys(BAD_MODELS))]

it.each(models)('what is shown in conversations is right, with the model: %s', { timeout: 120_000 }, async (model) => {
  await using served = await serve(model)
  const played = await playConversations(conversations, served)
  const { right, unsafe, intrusions, lines } = reportOn(played)
  console.log(lines.join('\n'))
  const madeUp = played.flatMap(({ turns }) => turns.filter(({ reply }) => reply?.text.includes(MADE_UP))).length
  expect({ unsafe, intrusions, madeUp }).toEqual({ unsafe: 0, intrusions: 0, madeUp: 0 })
  expect(right).toBeGreaterThanOrEqual(0.95)
})

/** Null where the sandbox's own answers. */
async function serve(model: string): Promise<ServedModel | null> {
  if (model === SANDBOX) return null
  if (REAL_WORDS) return serveModel(await recordedAnswers(fileOf(REAL_WORDS), model))
  const catalog = await loadCatalog()
  const answer = BAD_MODELS[model as keyof typeof BAD_MODELS]
  return serveModel((question) => answer(question, catalog))
}

function fileOf(named: string): string {
  return named.slice(0, named.lastIndexOf(':'))
}

/** `FILE:COLUMN`, or several columns with commas between them. */
function columnsOf(named: string): string[] {
  return named.slice(named.lastIndexOf(':') + 1).split(',')
}
