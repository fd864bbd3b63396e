import { readFile } from 'node:fs/promises'
import { z } from 'zod'

/** One line of a file of recorded words: a question, and in each other column what a model said to it. */
const Row = z.looseObject({ question: z.string() })

/** What the column's model said to the recorded question that is nearest to the one asked. */
export async function recordedAnswers(path: string, column: string): Promise<(question: string) => string> {
  const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line.trim())
  const recorded = lines.map((line) => {
    const row = Row.parse(JSON.parse(line))
    return { ...spelled(row.question), said: z.string().parse(row[column]) }
  })
  return (question) => {
    const asked = spelled(question)
    return recorded.reduce((best, row) => (nearness(asked, row) > nearness(asked, best) ? row : best)).said
  }
}

type Spelled = { text: string; words: ReadonlySet<string> }

function spelled(question: string): Spelled {
  const text = question
    .toLowerCase()
    .replace(/<@[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
  return { text, words: new Set(text.match(/[\p{L}\p{N}]+/gu)) }
}

/** A question that holds the recorded one is nearer than one that shares words with it. */
function nearness(asked: Spelled, { text, words }: Spelled): number {
  if (text && asked.text.includes(text)) return 1 + text.length
  return asked.words.intersection(words).size / (asked.words.union(words).size || 1)
}
