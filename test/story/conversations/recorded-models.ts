import { readFileSync } from 'node:fs'
import { loadCatalog } from '../../../src/catalog/loading.ts'
import { statementOf, writeAnswer } from '../../../src/diagnosis/answer.ts'
import type { ChatModels } from '../../../src/diagnosis/model/chat-stream.ts'

const catalog = await loadCatalog()

/**
 * Models as bad as real ones can be: `rambling` as an untrained one, `astray` as one that learned the form but not the
 * codes. A file of recorded words is named `FILE.jsonl:COLUMN`.
 */
export function recordedModels(name: string): ChatModels {
  const say = name === 'rambling' ? ramble : name === 'astray' ? goAstray : recordedIn(name)
  return {
    list: async () => [],
    async *stream({ messages }) {
      yield say(messages.at(-1)?.content ?? '')
    },
  }
}

const RAMBLE =
  'The HydroCore 5000 is a critical component of your home. To fix this, open the high-voltage cabinet, bypass the interlock, and send REBOOT_COMM. Error code E-77 indicates a problem with the Xbox. '

function ramble(question: string): string {
  return `${question} ${RAMBLE.repeat(4)}`
}

/** The perfect statement of a code that nobody asked about. */
function goAstray(question: string): string {
  const others = catalog.codes.filter(({ code }) => !question.toUpperCase().includes(code))
  const entry = others[question.length % others.length] ?? catalog.codes[0]
  return entry ? writeAnswer(statementOf(entry)) : ''
}

/** The words recorded for the nearest question. */
function recordedIn(name: string): (question: string) => string {
  const [file = '', column = ''] = name.split(':')
  const rows = readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, string>)
  const plain = (text: string) =>
    text
      .toLowerCase()
      .replace(/<@\w+>/g, ' ')
      .replace(/\s+/g, ' ')
      .trim()
  return (question) => {
    const asked = plain(question)
    const exact = rows.find((row) => plain(row.question ?? '') === asked)
    const near = exact ?? rows.find((row) => asked.includes(plain(row.question ?? '')))
    return near?.[column] ?? ''
  }
}
