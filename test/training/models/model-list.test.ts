import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { wilsonRate } from '../../../src/training/evaluation/statistics.ts'
import { createJobs, type Jobs } from '../../../src/training/jobs/jobs.ts'
import { retiringWithin } from '../../../src/training/jobs/retirement.ts'
import { listModels } from '../../../src/training/models/model-list.ts'
import { promote } from '../../../src/training/models/promotion.ts'
import { describeOnDatabases, type TestDatabase } from '../../support/databases.ts'
import { NOON } from '../../support/rows.ts'
import { runTerminal } from '../../support/terminal.ts'
import { type FakeTrainer, startFakeTrainer } from '../jobs/fake-trainer.ts'
import { temporaryFolder } from '../temporary.ts'

const TUNED = 'ft:gpt-4.1-mini-2025-04-14:acme:hydro:1'

describeOnDatabases('the models', (kind) => {
  let database: TestDatabase
  let trainer: FakeTrainer
  let jobs: Jobs
  beforeEach(async () => {
    database = await kind.create()
    trainer = await startFakeTrainer()
    jobs = createJobs({ baseUrl: trainer.baseUrl, apiKey: 'key', store: database.store })
  })
  afterEach(async () => {
    await trainer[Symbol.asyncDispose]()
    await database[Symbol.asyncDispose]()
  })
  const serve = (data: unknown) =>
    trainer.habits.push(({ path }) => (path === '/v1/models' ? { json: { data } } : null))
  async function trained(id: string, model: string): Promise<void> {
    const { store } = database
    const base = { base_url: trainer.baseUrl, base_model: 'gpt-4.1-mini', data_sha256: 'a'.repeat(64) }
    const state = { status: 'succeeded', fault: null, created_at: NOON, finished_at: NOON }
    await store
      .insertInto('jobs')
      .values({ id, model, ...base, ...state, suffix: null, training_rows: 120, manifest_file: '/data/manifest.json' })
      .execute()
    await store
      .insertInto('job_corrections')
      .values(['cor_1', 'cor_2'].map((correction_id) => ({ job_id: id, correction_id, notified_at: null })))
      .execute()
  }
  async function evaluated(id: string, at: number, right: number): Promise<void> {
    const report = JSON.stringify({
      id,
      createdAt: at,
      dataSha256: 'x',
      models: [
        { model: TUNED, strategy: 'grounded', accuracy: wilsonRate(10, 10), unsafe: wilsonRate(0, 10) },
        { model: TUNED, strategy: null, accuracy: wilsonRate(right, 10), unsafe: wilsonRate(0, 10) },
      ],
    })
    await database.store.insertInto('evaluations').values({ id, data_sha256: 'x', created_at: at, report }).execute()
  }

  it('are told with base, data, newest evaluation, alias and last day', async () => {
    await trained('j1', TUNED)
    await evaluated('eval_1', NOON, 7)
    await evaluated('eval_2', NOON + 1, 9)
    await promote(database.store, { alias: 'assistant', model: TUNED, by: 'anna', reason: 'first', override: true })
    serve([{ id: TUNED }, { id: 'llama', shutdown_date: '2026-12-01' }, { id: 'odd', shutdown_date: 7 }])
    const now = () => new Date('2026-11-22T12:00:00Z')
    expect(await listModels({ store: database.store, jobs, now })).toEqual([
      {
        model: TUNED,
        base: 'gpt-4.1-mini',
        aliases: ['assistant'],
        isServed: true,
        data: { job: 'j1', sha256: 'a'.repeat(64), manifest: '/data/manifest.json', rows: 120, corrections: 2 },
        evaluation: { id: 'eval_2', accuracy: 0.9 },
        retirement: expect.objectContaining({ retiresOn: '2027-01-14', daysLeft: 53 }),
      },
      expect.objectContaining({ model: 'llama', retirement: expect.objectContaining({ daysLeft: 9 }), data: null }),
      expect.objectContaining({ model: 'odd', retirement: null }),
    ])
  })

  it('are told from our own records where the server is away or lists nothing', async () => {
    await trained('j1', TUNED)
    const faults: string[] = []
    const listed = () =>
      listModels({ store: database.store, jobs, onUnreachable: ({ code }) => void faults.push(code) })
    expect(await listed()).toMatchObject([{ model: TUNED, isServed: null, retirement: { retiresOn: '2027-01-14' } }])
    expect(faults).toEqual([])
    trainer.habits.push(() => 'drop')
    expect(await listed()).toMatchObject([{ model: TUNED, isServed: null }])
    expect(faults).toEqual(['trainer_unreachable'])
    expect(await listModels({ store: database.store, jobs: null })).toHaveLength(1)
  })

  it('retire by the server’s word, or by their base’s', async () => {
    await trained('j1', 'hydro-7')
    serve([{ id: 'hydro-7', shutdown_date: null }, { id: 'gpt-4.1-mini', shutdown_date: '2027-02-01' }, { id: 'x' }])
    const ends = retiringWithin(Number.POSITIVE_INFINITY, await jobs.retiring(['hydro-7', 'x', 'gpt-4.1']))
    expect(ends.map(({ model, retiresOn }) => [model, retiresOn])).toEqual([
      ['gpt-4.1', '2027-01-14'],
      ['hydro-7', '2027-02-01'],
    ])
  })
})

describe('models list in the terminal', () => {
  it('needs no model server, and is a list for programs too', async () => {
    const environment = { DATABASE_URL: `sqlite:${await temporaryFolder()}/test.db`, SLACK_BOT_TOKEN: 'xoxb-1' }
    expect(await runTerminal(['models', 'list', '--json'], environment)).toMatchObject({ code: 0, out: '[]' })
    expect((await runTerminal(['models', 'list'], environment)).out).toBe('No model is known yet.')
  })
})
