import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { writeAnswer } from '../../../src/diagnosis/answer.ts'
import { SYSTEM_PROMPT } from '../../../src/diagnosis/prompt.ts'
import type { FormatSource } from '../../../src/formats/writing.ts'
import type { Store } from '../../../src/store/open.ts'

/** As large as ours, so that the comparison is about the work and not about the pages. */
const PAGE_ROWS = 100

type Row = { id: string; line: unknown }

/** What anybody would write who only wants the file: select a page, `JSON.stringify`, write; nothing else. */
export async function exportBarely(store: Store, source: FormatSource, out: string): Promise<number> {
  const file = createWriteStream(out)
  let rows = 0
  for (let after = ''; ; ) {
    const page = await READ[source](store, after)
    for (const { line } of page) if (!file.write(`${JSON.stringify(line)}\n`)) await once(file, 'drain')
    rows += page.length
    const last = page.at(-1)
    if (!last || page.length < PAGE_ROWS) break
    after = last.id
  }
  file.end()
  await once(file, 'finish')
  return rows
}

const COLUMNS = ['id', 'question', 'code', 'problem', 'action', 'command', 'fallback', 'original_text'] as const

const corrections = (store: Store, after: string) =>
  store.selectFrom('corrections').select(COLUMNS).where('id', '>', after).orderBy('id').limit(PAGE_ROWS).execute()

const asked = (content: string) => [
  { role: 'system', content: SYSTEM_PROMPT },
  { role: 'user', content },
]
const assistant = (content: string) => ({ role: 'assistant', content })

const READ: Readonly<Record<FormatSource, (store: Store, after: string) => Promise<Row[]>>> = {
  answers: async (store, after) =>
    (await corrections(store, after)).map((row) => ({
      id: row.id,
      line: { messages: [...asked(row.question), assistant(writeAnswer(row))] },
    })),
  pairs: async (store, after) =>
    (await corrections(store, after)).map((row) => ({
      id: row.id,
      line: {
        input: { messages: asked(row.question) },
        preferred_output: [assistant(writeAnswer(row))],
        non_preferred_output: [assistant(row.original_text)],
      },
    })),
  votes: async (store, after) => {
    // Joined page by page: left to itself, PostgreSQL joins all of the three tables for each.
    const rows = await store
      .selectFrom((from) =>
        from.selectFrom('answers').select('id').where('id', '>', after).orderBy('id').limit(PAGE_ROWS).as('page'),
      )
      .innerJoin('findings', 'findings.answer_id', 'page.id')
      .innerJoin('vote_events', 'vote_events.answer_id', 'page.id')
      .select(['page.id', 'code', 'problem', 'action', 'command', 'fallback', 'value'])
      .orderBy('page.id')
      .execute()
    return rows.map(({ id, value, command, fallback, ...said }) => ({
      id,
      line: {
        prompt: asked(`What does ${said.code} mean?`),
        completion: [
          assistant(
            writeAnswer({
              code: said.code ?? '',
              problem: said.problem ?? '',
              action: said.action ?? '',
              command,
              fallback,
            }),
          ),
        ],
        label: value > 0,
      },
    }))
  },
}
