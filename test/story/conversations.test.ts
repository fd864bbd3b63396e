import { expect, it } from 'vitest'
import { readConversations } from './conversations/conversation.ts'
import { playConversations } from './conversations/play.ts'
import { serveRecorded } from './conversations/recorded-words.ts'
import { reportOn } from './conversations/report.ts'

/**
 * Other files are played by naming them: `CONVERSATIONS=conversations.jsonl`, and `REAL_WORDS=words.jsonl:base,trained`
 * for the columns of a file of recorded words.
 */
const { CONVERSATIONS, REAL_WORDS } = process.env
const conversations = await readConversations(
  CONVERSATIONS ?? new URL('conversations/conversations.jsonl', import.meta.url),
)
const MODELS = ['trained', ...(REAL_WORDS ? recordedIn(REAL_WORDS) : [])] as const

it.each(MODELS)('what is shown in conversations is right with %o', { timeout: 120_000 }, async (model) => {
  const played = await play(model)
  const { right, unsafe, intrusions, lines } = reportOn(played)
  console.log(lines.join('\n'))
  expect({ unsafe, intrusions }).toEqual({ unsafe: 0, intrusions: 0 })
  expect(right).toBeGreaterThanOrEqual(0.95)
})

async function play(model: (typeof MODELS)[number]) {
  if (typeof model === 'string') return playConversations(conversations, 'trained')
  await using recorded = await serveRecorded(model.file, model.column)
  return await playConversations(conversations, recorded)
}

/** `FILE:COLUMN,COLUMN` */
function recordedIn(named: string) {
  const [file = '', columns = ''] = named.split(':')
  return columns.split(',').map((column) => ({ file, column }))
}
