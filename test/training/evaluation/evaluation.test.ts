import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Catalog } from '../../../src/catalog/catalog.ts'
import { loadCatalog } from '../../../src/catalog/loading.ts'
import { statementOf, writeAnswer } from '../../../src/diagnosis/answer.ts'
import { writeDecline } from '../../../src/diagnosis/decline.ts'
import type { Completions } from '../../../src/diagnosis/model/chat-completion.ts'
import type { ChatMessage } from '../../../src/diagnosis/model/chat-message.ts'
import { ModelFaultError } from '../../../src/diagnosis/model/errors.ts'
import { buildClassifierPrompt, buildPrompt } from '../../../src/diagnosis/prompt.ts'
import { buildDataset } from '../../../src/training/datasets/datasets.ts'
import { evaluate } from '../../../src/training/evaluation/evaluation.ts'
import { findEvaluation, findReport, type ModelReport } from '../../../src/training/evaluation/report.ts'
import { type EvaluationRow, questionText, readEvaluationRows } from '../../../src/training/evaluation/rows.ts'
import { DATABASES, describeOnDatabases, type TestDatabase } from '../../support/databases.ts'
import { temporaryFolder } from '../temporary.ts'

let catalog: Catalog
beforeAll(async () => {
  catalog = await loadCatalog()
})

function answer(code: string): string {
  const entry = catalog.find(code)
  return entry ? writeAnswer(statementOf(entry)) : writeDecline(code, ['E-01'])
}

const row = (question: string, right: string): EvaluationRow => ({
  messages: [...buildPrompt(question), { role: 'assistant', content: right }],
})

/** Models that say what stands here, by the question. */
const answering =
  (say: (asked: { model: string; messages: readonly ChatMessage[] }) => string | Promise<string>): Completions =>
  async (request) => ({ text: await say(request), refusal: null, usage: null })
const saying = (said: Record<string, Record<string, string>>): Completions =>
  answering(({ model, messages }) => said[model]?.[messages.at(-1)?.content ?? ''] ?? '')

describe('an evaluation', () => {
  let database: TestDatabase
  beforeAll(async () => {
    const [sqlite] = DATABASES
    if (!sqlite) throw new Error('no database')
    database = await sqlite.create()
  })
  afterAll(() => database[Symbol.asyncDispose]())

  const measured = (
    rows: EvaluationRow[],
    answers: Completions,
    models = ['a'],
    more: Partial<Parameters<typeof evaluate>[0]> = {},
  ) => evaluate({ models, rows, completions: answers, catalog, store: database.store, ...more })
  const one = async (question: string, right: string, said: string): Promise<ModelReport> => {
    const report = await measured(
      [row(question, right)],
      answering(() => said),
    )
    const [model] = report.models
    if (!model) throw new Error('nothing was measured')
    return model
  }

  it('counts what is right, by code, for each model on the same rows', async () => {
    const rows = [row('e1', answer('E-01')), row('e1 again', answer('E-01')), row('e2', answer('E-02'))]
    const good = { e1: answer('E-01'), 'e1 again': answer('E-01'), e2: answer('E-02') }
    const report = await measured(rows, saying({ a: good, b: { ...good, e1: answer('E-02') } }), ['a', 'b'])
    expect(report.models.map(({ model, accuracy }) => [model, accuracy.count, accuracy.of])).toEqual([
      ['a', 3, 3],
      ['b', 2, 3],
    ])
    expect(report.models[1]?.byLabel['E-01']).toMatchObject({ count: 1, of: 2, value: 0.5 })
    expect(report.models[1]?.byLabel['E-02']).toMatchObject({ count: 1, of: 1 })
  })

  it('sends the question without its answer', async () => {
    const asked: (readonly ChatMessage[])[] = []
    await measured(
      [row('e1', answer('E-01'))],
      answering(({ messages }) => {
        asked.push(messages)
        return ''
      }),
    )
    expect(asked).toEqual([buildPrompt('e1')])
  })

  it('takes an answer with the wrong command, problem or code for wrong, another wording of the action for right', async () => {
    const e02 = catalog.find('E-02')
    if (!e02) throw new Error('no E-02')
    const right = statementOf(e02)
    const accuracy = async (changes: Partial<typeof right>) =>
      (await one('e2', answer('E-02'), writeAnswer({ ...right, ...changes }))).accuracy.count
    expect(await accuracy({})).toBe(1)
    expect(await accuracy({ action: 'Clean the sensor' })).toBe(1)
    expect(await accuracy({ command: null })).toBe(0)
    expect(await accuracy({ command: 'REBOOT_COMM' })).toBe(0)
    expect(await accuracy({ problem: 'Loose cable' })).toBe(0)
    expect(await accuracy({ code: 'E-01' })).toBe(0)
    expect((await one('e2', answer('E-02'), writeAnswer({ ...right, action: 'Clean it' }))).exact.count).toBe(0)
  })

  it('finds a forbidden command wherever it stands', async () => {
    const unsafe = async (right: string, said: string) => (await one('q', right, said)).unsafe.count
    expect(await unsafe(answer('E-02'), answer('E-02'))).toBe(0)
    expect(await unsafe(answer('E-02'), answer('E-01'))).toBe(1)
    expect(await unsafe(answer('E-02'), `${answer('E-02')} Then send reboot_comm.`)).toBe(1)
    expect(await unsafe(answer('W-10'), 'Use CLEAN_TURB')).toBe(1)
    expect(await unsafe(answer('W-10'), `${answer('W-10').slice(0, -1)} (command: FORMAT_DISK).`)).toBe(1)
    expect(await unsafe(answer('E-99'), answer('E-02'))).toBe(1)
    expect(await unsafe(answer('E-99'), 'I do not know')).toBe(0)
  })

  it('counts abstention on unknown codes only', async () => {
    const rows = [row('e99', answer('E-99')), row('e98', answer('E-98')), row('hi', writeDecline(null, ['E-01']))]
    const report = await measured(rows, saying({ a: { e99: answer('E-99'), e98: answer('E-02'), hi: 'Hello' } }))
    expect(report.models[0]?.abstention).toMatchObject({ count: 1, of: 2 })
    expect(report.models[0]?.byLabel.declined).toMatchObject({ count: 1, of: 3 })
  })

  it('measures categories too', async () => {
    const log = (line: string, right: string): EvaluationRow => ({
      messages: [...buildClassifierPrompt(line), { role: 'assistant', content: right }],
    })
    const rows = [log('x', 'Power'), log('y', 'Sensor_Fault'), log('z', 'Security')]
    const said = {
      'Log: x': ' power.',
      'Log: y': 'Power',
      'Log: z': 'It is about Power and not of Security, I would say',
    }
    const report = await measured(rows, saying({ a: said }))
    expect(report.models[0]?.accuracy.count).toBe(1)
    expect(report.models[0]?.byLabel).toMatchObject({ Power: { count: 1 }, Sensor_Fault: { count: 0 } })
    expect(report.models[0]?.abstention.value).toBeNull()
  })

  it('counts a model that fails as wrong, and does not measure its time', async () => {
    const report = await measured([row('e1', answer('E-01'))], () => {
      throw new ModelFaultError('model_garbled', 'broken off')
    })
    expect(report.models[0]).toMatchObject({
      accuracy: { count: 0, of: 1 },
      failed: { count: 1 },
      latencyMs: { p50: null, p99: null },
      outcomes: [{ failure: 'model_garbled' }],
    })
  })

  it('does not take a fault of ours for one of the model', async () => {
    const broken = () => Promise.reject(new TypeError('a bug'))
    await expect(measured([row('e1', answer('E-01'))], broken)).rejects.toThrow('a bug')
  })

  it('asks no more rows at once than told, and tells how far it is', async () => {
    let now = 0
    let most = 0
    const seen: number[] = []
    const rows = Array.from({ length: 12 }, (_, i) => row(`e1 ${i}`, answer('E-01')))
    const answers = answering(async () => {
      now += 1
      most = Math.max(most, now)
      await new Promise(setImmediate)
      now -= 1
      return ''
    })
    await measured(rows, answers, ['a'], { limits: { concurrency: 3 }, onProgress: ({ done }) => seen.push(done) })
    expect(most).toBe(3)
    expect(seen).toEqual(rows.map((_, i) => i + 1))
  })

  it('refuses rows that were trained on, in any case and spacing, and no rows at all', async () => {
    const { train, heldOut, manifest } = await buildDataset({
      kind: 'assistant',
      catalog,
      folder: await temporaryFolder(),
    })
    const silent = answering(() => '')
    await expect(
      measured(await readEvaluationRows(train), silent, ['a'], { trainingManifests: [manifest] }),
    ).rejects.toMatchObject({
      code: 'evaluation_leak',
    })
    const [first] = await readEvaluationRows(train)
    const asked = first?.messages.at(-2)?.content ?? ''
    const disguised = row(`  ${asked.toUpperCase().replaceAll(' ', '  ')} `, 'another answer')
    const rows = [...(await readEvaluationRows(heldOut)), disguised]
    await expect(measured(rows, silent, ['a'], { trainingManifests: [manifest] })).rejects.toMatchObject({
      remedy: expect.stringContaining(`rows ${rows.length}`),
    })
    await measured(rows.slice(0, -1), silent, ['a'], { trainingManifests: [manifest] })
    await expect(measured([], silent)).rejects.toMatchObject({ code: 'dataset_unusable' })
  })
})

describeOnDatabases('an evaluation', (kind) => {
  it('ends when called off, and stores nothing', async () => {
    await using database = await kind.create()
    const stop = new AbortController()
    const answers = answering(() => {
      stop.abort()
      return ''
    })
    const rows = [row('e1', answer('E-01')), row('e2', answer('E-02'))]
    const { signal } = stop
    const ended = evaluate({ models: ['a'], rows, completions: answers, catalog, store: database.store, signal })
    await expect(ended).rejects.toMatchObject({ name: 'AbortError' })
    expect(await database.store.selectFrom('evaluations').selectAll().execute()).toEqual([])
  })

  it('is stored whole and found by its id', async () => {
    await using database = await kind.create()
    const rows = [row('e1', answer('E-01'))]
    const report = await evaluate({
      models: ['a'],
      rows,
      completions: answering(() => answer('E-01')),
      catalog,
      store: database.store,
    })
    expect(await findEvaluation(database.store, report.id)).toEqual(report)
    expect(await findReport(database.store, report.id)).toEqual(report)
    await expect(findEvaluation(database.store, 'eval_none')).rejects.toMatchObject({ code: 'unknown_evaluation' })
  })
})

it('a follow-up is told with what it follows', () => {
  const turns = [{ question: 'E-02 on my unit', answer: 'Clean it.' }]
  const messages = [...buildPrompt('and if not?', turns), { role: 'assistant' as const, content: 'x' }]
  expect(questionText({ messages })).toBe('E-02 on my unit\nand if not?')
})

describe('rows from a file', () => {
  it('are refused with their line when they cannot be asked', async () => {
    const file = join(await temporaryFolder(), 'rows.jsonl')
    const good = JSON.stringify(row('e1', 'x'))
    await writeFile(file, `${good}\n{"messages":[]}\n`)
    await expect(readEvaluationRows(file)).rejects.toMatchObject({ remedy: expect.stringContaining('line 2') })
    const call = { role: 'assistant', content: null, tool_calls: [{}] }
    await writeFile(file, `${JSON.stringify({ messages: [{ role: 'user', content: 'x' }, call] })}\n`)
    await expect(readEvaluationRows(file)).rejects.toMatchObject({ code: 'dataset_unusable' })
    await writeFile(file, good)
    expect(await readEvaluationRows(file)).toEqual([row('e1', 'x')])
  })
})
