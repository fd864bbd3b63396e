import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadCatalog } from '../../../src/catalog/loading.ts'
import { statementOf, writeAnswer } from '../../../src/diagnosis/answer.ts'
import { type Completions, openaiCompletions } from '../../../src/diagnosis/model/chat-completion.ts'
import { ModelFaultError } from '../../../src/diagnosis/model/errors.ts'
import { buildPrompt } from '../../../src/diagnosis/prompt.ts'
import { startModelServer } from '../../../src/sandbox/model-server/start.ts'
import type { Store } from '../../../src/store/open.ts'
import { recordTrainingData } from '../../../src/training/datasets/training-history.ts'
import { type EvaluationRequest, evaluate } from '../../../src/training/evaluation/evaluation.ts'
import { type EvaluationRow, readEvaluationRows } from '../../../src/training/evaluation/rows.ts'
import { DATABASES, describeOnDatabases } from '../../support/databases.ts'
import { temporaryFolder } from '../temporary.ts'

const catalog = await loadCatalog()
const answer = (code: string) => {
  const entry = catalog.find(code)
  return entry ? writeAnswer(statementOf(entry)) : ''
}
const rows: EvaluationRow[] = Array.from({ length: 20 }, (_, i) => ({
  messages: [...buildPrompt(`unit ${i} shows e1`), { role: 'assistant', content: answer('E-01') }],
}))
const quick = { concurrency: 2, initialDelayMs: 1, retries: 1, maxConsecutiveFailures: 3 }

/** A model that answers so many requests and is then out of reach, until it is mended. */
function shaky(answersBefore: number) {
  const asked: string[] = []
  const server = {
    asked,
    left: answersBefore,
    answers: (async ({ messages }) => {
      if (server.left <= 0) throw new ModelFaultError('model_offline', 'gone')
      server.left -= 1
      asked.push(messages.at(-1)?.content ?? '')
      return { text: answer('E-01'), refusal: null, usage: { promptTokens: 30, completionTokens: 20 } }
    }) satisfies Completions,
  }
  return server
}

function createSqlite() {
  const [sqlite] = DATABASES
  if (!sqlite) throw new Error('no database')
  return sqlite.create()
}

const run = (store: Store, answers: Completions, more: Partial<EvaluationRequest> = {}) =>
  evaluate({ models: ['a'], rows, completions: answers, catalog, store, limits: quick, ...more })

describeOnDatabases('an evaluation that was cut off', (kind) => {
  it('goes on where it stood, counts nothing wrong that was not asked, and leaves nothing behind', async () => {
    await using database = await kind.create()
    const server = shaky(12)
    await expect(run(database.store, server.answers)).rejects.toMatchObject({ code: 'evaluation_interrupted' })
    expect(await database.store.selectFrom('evaluations').selectAll().execute()).toEqual([])
    server.left = Number.POSITIVE_INFINITY
    const report = await run(database.store, server.answers)
    expect(report.models[0]).toMatchObject({ accuracy: { count: 20, of: 20 }, failed: { count: 0 } })
    expect(report.models[0]?.cost).toMatchObject({ tokens: { prompt: 600, completion: 400 }, countedBy: 'server' })
    expect(server.asked).toHaveLength(20)
    expect(new Set(server.asked).size).toBe(20)
    expect(await database.store.selectFrom('evaluation_answers').selectAll().execute()).toEqual([])
  })

  it('begins again when told, with other models or rows, and after a week', async () => {
    await using database = await kind.create()
    const first = shaky(12)
    const asked = async (more: Partial<EvaluationRequest>) => {
      const server = shaky(Number.POSITIVE_INFINITY)
      await run(database.store, server.answers, more)
      return server.asked.length
    }
    await expect(run(database.store, first.answers)).rejects.toThrow()
    expect(await asked({ models: ['b'] })).toBe(20)
    expect(await asked({ rows: rows.slice(0, 19) })).toBe(19)
    expect(await asked({ server: 'http://elsewhere/v1' })).toBe(20)
    expect(await asked({})).toBe(8)
    await expect(run(database.store, shaky(12).answers)).rejects.toThrow()
    expect(await asked({ restart: true })).toBe(20)
    await expect(run(database.store, shaky(12).answers)).rejects.toThrow()
    expect(await asked({ now: () => Date.now() + 8 * 24 * 3_600_000 })).toBe(20)
  })

  it('says nothing of a model that could not be reached at all', async () => {
    await using database = await kind.create()
    const few = rows.slice(0, 2)
    await expect(run(database.store, shaky(0).answers, { rows: few })).rejects.toMatchObject({
      code: 'evaluation_interrupted',
    })
  })
})

describeOnDatabases('rows that a model was trained on', (kind) => {
  it('are refused by what was written down when its job began, also for what was trained on top of it', async () => {
    await using database = await kind.create()
    const { store } = database
    const file = join(await temporaryFolder(), 'train.jsonl')
    const preference = {
      input: { messages: rows[7]?.messages.slice(0, -1) },
      preferred_output: [{ role: 'assistant', content: 'x' }],
      non_preferred_output: [{ role: 'assistant', content: 'y' }],
    }
    await writeFile(file, `${JSON.stringify(rows[3])}\n${JSON.stringify(preference)}\nno json\n`)
    await recordTrainingData(store, { file, sha256: 'data-1', benchmark: null })
    const job = { base_url: 'x', suffix: null, training_rows: 1, status: 'succeeded', fault: null, created_at: 1 }
    await store
      .insertInto('jobs')
      .values([
        { ...job, id: 'j1', base_model: 'base', data_sha256: 'data-1', model: 'ft:one', finished_at: 2 },
        { ...job, id: 'j2', base_model: 'ft:one', data_sha256: 'data-2', model: 'ft:two', finished_at: 2 },
      ])
      .execute()
    const { answers } = shaky(Number.POSITIVE_INFINITY)
    for (const model of ['ft:one', 'ft:two', 'ft:two:ckpt-step-20'])
      await expect(run(store, answers, { models: ['base', model] }), model).rejects.toMatchObject({
        code: 'evaluation_leak',
        remedy: expect.stringContaining('rows 4, 8'),
      })
    const clean = await run(store, answers, { models: ['base', 'ft:two'], rows: rows.slice(8) })
    expect(clean.models.map(({ isTrainingKnown }) => isTrainingKnown)).toEqual([false, true])
  })
})

describe('an evaluation against a server', () => {
  it('comes through a storm of 429 with Retry-After, and asks each row once', async () => {
    await using database = await createSqlite()
    await using server = await startModelServer({ baseModels: ['base'] })
    server.faults.add({ path: '/chat/completions', status: 429, headers: { 'retry-after-ms': '5' }, times: 12 })
    server.faults.add({ path: '/chat/completions', status: 503, times: 2 })
    const answers = openaiCompletions({ baseUrl: server.url, apiKey: server.apiKey, timeoutMs: 5_000 })
    const report = await run(database.store, answers, { models: ['base'], limits: { ...quick, retries: 9 } })
    expect(report.models[0]).toMatchObject({ failed: { count: 0, of: 20 } })
    expect(server.calls.filter(({ path }) => path === '/chat/completions')).toHaveLength(20 + 14)
  })

  it('sends no right answer with the question, whichever way it is asked', async () => {
    await using database = await createSqlite()
    const sent: string[] = []
    const answers: Completions = async ({ messages }) => {
      sent.push(JSON.stringify(messages))
      return { text: '', refusal: null, usage: null }
    }
    const unlike = rows.map(({ messages }, i) => ({
      messages: [...messages.slice(0, -1), { role: 'assistant' as const, content: `the gold answer ${i}` }],
    }))
    const grounded = { name: 'grounded', model: 'a', strategy: 'grounded' as const }
    await run(database.store, answers, { models: ['a', grounded], rows: unlike })
    expect(sent).toHaveLength(40)
    expect(sent.join('\n')).not.toContain('gold answer')
    const file = join(await temporaryFolder(), 'rows.jsonl')
    await writeFile(file, unlike.map((row) => `${JSON.stringify(row)}\n`).join(''))
    expect(await readEvaluationRows(file)).toEqual(unlike)
  })
})
