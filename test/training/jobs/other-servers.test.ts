import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadCatalog } from '../../../src/catalog/loading.ts'
import { openaiCompletions } from '../../../src/diagnosis/model/chat-completion.ts'
import { buildDataset } from '../../../src/training/datasets/datasets.ts'
import { requestFromEarlier } from '../../../src/training/jobs/from-earlier.ts'
import type { JobEvent } from '../../../src/training/jobs/job-event.ts'
import { createJobs, trainedModelOf } from '../../../src/training/jobs/jobs.ts'
import { DATABASES, type TestDatabase } from '../../support/databases.ts'
import { temporaryFolder } from '../temporary.ts'
import { type Habits, type OtherTrainer, startOtherTrainer } from './other-trainer.ts'

const QUICK = { initialMs: 1, activeMs: 2, maxMs: 5, unreachableTimeoutMs: 60_000, quietAfterMs: 60_000 }

let database: TestDatabase
beforeAll(async () => {
  const [sqlite] = DATABASES
  if (!sqlite) throw new Error('no database')
  database = await sqlite.create()
})
afterAll(() => database[Symbol.asyncDispose]())

const jobsAt = (trainer: OtherTrainer) =>
  createJobs({ baseUrl: trainer.baseUrl, apiKey: 'key', store: database.store, polling: QUICK })

const row = (said: string, asked = 'E-02?') =>
  `${JSON.stringify({
    messages: [
      { role: 'user', content: asked },
      { role: 'assistant', content: said },
    ],
  })}\n`

/** Files that stay for the whole suite: its tests run beside one another. */
const folder = await mkdtemp(join(tmpdir(), 'hydrocore-other-'))
afterAll(() => rm(folder, { recursive: true }))
let written = 0

async function data(): Promise<{ train: string; validation: string }> {
  written += 1
  const [train, validation] = ['train', 'held'].map((name) => join(folder, `${name}-${written}.jsonl`)) as [
    string,
    string,
  ]
  await writeFile(train, Array.from({ length: 12 }, (_, i) => row(`Clean it ${i}.`)).join(''))
  await writeFile(validation, row('Look at it.', 'E-05?'))
  return { train, validation }
}

const without =
  (...names: string[]) =>
  (object: Record<string, unknown>) =>
    Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)))
const list = (data: unknown) => ({ object: 'list', data })
const OPTIONAL = [
  'object',
  'created_at',
  'metadata',
  'training_file',
  'validation_file',
  'error',
  'seed',
  'method',
  'model',
]

const HABITS: Record<string, Habits> = {
  'OpenAI’s own': {},
  'ids with slashes and colons': { id: (n) => `projects/7:jobs/${n}` },
  'ids that are numbers': { id: (n) => n + 1 },
  'only the required fields': { shape: without(...OPTIONAL) },
  'nulls wherever there may be some': {
    shape: (object) => ({ ...object, ...Object.fromEntries(OPTIONAL.map((name) => [name, null])) }),
  },
  'other types than promised': {
    shape: (object) => ({ ...object, metadata: 'none', error: {}, training_file: ['x'], trained_tokens: 'many' }),
  },
  'no metadata kept': { shape: without('metadata') },
  'metadata refused': { refuses: /metadata/ },
  'no word for the method': { refuses: /^method$/ },
  'events the oldest first': { events: list },
  'events in a bare array': { events: (all) => all },
  'events without ids': { events: (all) => list(all.map(without('id')).reverse()) },
  'events without ids and times': { events: (all) => list(all.map(without('id', 'created_at'))) },
  'events listed twice': { events: (all) => list([...all, ...all].reverse()) },
  'events listed twice under other ids': {
    events: (all) => list([...all, ...all.map((one) => ({ ...one, id: `again-${String(one.id)}` }))]),
  },
  'events in words only': { events: (all) => list(all.map(without('data', 'type'))) },
  'other names for the figures': {
    events: (all) =>
      list(
        all.map((one) => {
          const { step, total_steps, train_loss } = one.data as Record<string, number>
          return { ...one, data: { current_step: step, max_steps: total_steps, loss: train_loss } }
        }),
      ),
  },
  'events a page at a time': { pages: 1 },
  'no has_more': { events: list, shape: without('has_more') },
  'no events at all': { events: null },
  'no list of jobs': { without: /GET \/v1\/fine_tuning\/jobs$/ },
  'no word about a single model': { without: /GET \/v1\/models\/./ },
  'a model named late': { lateModel: 4 },
  'other words for how a job stands': {
    status: { validating_files: 'Pending', queued: 'NotStarted', running: 'InProgress', succeeded: 'COMPLETED' },
  },
  'words with a prefix': { status: { running: 'JOB_STATE_RUNNING', succeeded: 'JOB_STATE_SUCCEEDED' } },
  'files that are looked at first': { slowFiles: { looks: 3, status: 'processing', isShown: true } },
  'files that are uploaded long before they can be used': {
    slowFiles: { looks: 3, status: 'uploaded', isShown: true },
  },
  'files that are not shown again': { slowFiles: { looks: 2, status: 'pending', isShown: false } },
  'a flood of 429': { busy: { times: 3 } },
  'a flood of 429 with a time to wait': { busy: { times: 1, retryAfter: '0.01' } },
  'a flood of 429 with a date to wait for': { busy: { times: 1, retryAfter: new Date(0).toUTCString() } },
  'pages of HTML with status 502 between': {
    busy: { times: 1, status: 502 },
    refusal: () => ({ text: '<html><title>502 Bad Gateway</title></html>', type: 'text/html' }),
  },
  'refusals as plain text': {
    slowFiles: { looks: 3, status: 'uploaded', isShown: true },
    refusal: (message) => ({ text: message, type: 'text/plain' }),
  },
  'refusals as a text in "error"': {
    refuses: /metadata|^method$/,
    refusal: (message) => ({ text: JSON.stringify({ error: message }), type: 'application/json' }),
  },
  'refusals deep inside': {
    refuses: /^method$/,
    refusal: (message) => ({
      text: JSON.stringify({ error: { message: { error: { message } }, code: 400 } }),
      type: 'application/json',
    }),
  },
  'refusals as FastAPI writes them': {
    refuses: /metadata/,
    refusal: (message) => ({
      text: JSON.stringify({ detail: [{ loc: ['body', 'metadata'], msg: message }] }),
      type: 'application/json',
    }),
  },
}

describe('from the data to the model', () => {
  it.concurrent.each(Object.entries(HABITS))('on a server with %s', async (name, habits) => {
    await using trainer = await startOtherTrainer(habits)
    const jobs = jobsAt(trainer)
    const files = await data()
    const request = { ...files, baseModel: 'base-1', suffix: 'hydro', seed: 7, hyperparameters: { epochs: 2 } }
    const start = () => jobs.startJob(request)
    const job = name.includes('502') ? await untilStarted(start) : await start()
    expect(trainer.asked).toHaveLength(1)
    expect(trainer.asked[0]).toMatchObject({ model: 'base-1', suffix: 'hydro', seed: 7 })
    expect(JSON.stringify(trainer.asked[0])).toContain('"n_epochs":2')
    expect(trainer.asked[0]?.validation_file).toBeDefined()

    const events: JobEvent[] = []
    const ended = await jobs.watchJob(job.id, { onEvent: (event) => events.push(event) })
    expect(trainedModelOf(ended)).toBe('base-1-tuned')
    const steps = events.flatMap((event) =>
      event.kind === 'step' ? [[event.step, event.steps, event.loss?.toFixed(2)]] : [],
    )
    const all = [
      [1, 3, '1.00'],
      [2, 3, '0.50'],
      [3, 3, '0.33'],
    ]
    expect(steps).toEqual(habits.events === null ? [] : all)
    expect(await jobs.servesModel('base-1-tuned')).toBe(true)
    expect(await jobs.listJobs()).toContainEqual(
      expect.objectContaining({ id: job.id, status: 'succeeded', model: 'base-1-tuned' }),
    )
    await expect(jobs.startJob(request)).rejects.toMatchObject({
      code: 'duplicate_job',
      job: { model: 'base-1-tuned' },
    })
    const shown = await jobs.showJob(job.id)
    expect(shown).toMatchObject({ state: { status: 'succeeded' }, row: { id: job.id }, checkpoints: [] })
  })

  /** A creation whose answer is a gateway's page may or may not have been one: nobody but a person asks again. */
  async function untilStarted<T>(start: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await start()
      } catch (error) {
        expect(error).toMatchObject({ code: 'trainer_unreachable' })
      }
    }
  }
})

describe('what a server does not offer', () => {
  it('is told kindly: no pause', async () => {
    for (const status of [404, 405]) {
      await using trainer = await startOtherTrainer({ without: status === 404 ? /pause|resume/ : /never/ })
      const jobs = jobsAt(trainer)
      const { id } = await jobs.startJob({ ...(await data()), baseModel: 'base-1' })
      await expect(jobs.pauseJob(id)).rejects.toMatchObject({
        code: 'cannot_pause',
        remedy: expect.stringContaining('goes on'),
      })
      await expect(jobs.resumeJob(id)).rejects.toMatchObject({ code: 'cannot_pause' })
      await expect(jobs.pauseJob('none')).rejects.toMatchObject({ code: 'unknown_job' })
      expect(await jobs.cancelJob(id)).toMatchObject({ status: 'cancelled' })
    }
  })

  it('leaves lists empty: no models, no checkpoints', async () => {
    await using trainer = await startOtherTrainer({ without: /models|checkpoints/ })
    expect(await jobsAt(trainer).listServedModels()).toEqual([])
  })

  it('needs no list: a model that answers is there, and one that does not is not', async () => {
    await using trainer = await startOtherTrainer({ without: /models/, serves: ['mine'] })
    const { baseUrl } = trainer
    const answers = openaiCompletions({ baseUrl, apiKey: 'k', timeoutMs: 10_000 })
    const jobs = createJobs({ baseUrl, apiKey: 'k', store: database.store, completions: answers })
    expect(await jobs.servesModel('mine')).toBe(true)
    expect(await jobs.servesModel('nobodys')).toBe(false)
  })

  it('reads a bare list, and leaves out what is no model', async () => {
    await using trainer = await startOtherTrainer({ models: [{ id: 'one' }, { name: 'two' }, null, { id: 'three' }] })
    const jobs = jobsAt(trainer)
    expect((await jobs.listServedModels()).map(({ id }) => id)).toEqual(['one', 'three'])
    expect(await jobs.servesModel('three')).toBe(true)
    expect(await jobs.servesModel('two')).toBe(false)
  })
})

describe('the same data at another trainer', () => {
  it('is started from a job or from the manifest of the data set', async () => {
    await using here = await startOtherTrainer()
    await using there = await startOtherTrainer({ id: (n) => n + 1, refuses: /metadata/, events: null })
    const dataset = await buildDataset({
      kind: 'classifier',
      catalog: await loadCatalog(),
      folder: await temporaryFolder(),
    })
    const first = await jobsAt(here).startJob({
      train: dataset.train,
      baseModel: 'base-1',
      suffix: 'hydro',
      seed: 7,
      hyperparameters: { epochs: 2 },
    })
    const { store } = database
    const moved = await jobsAt(there).startJob({ ...(await requestFromEarlier(store, first.id)), baseModel: 'llama' })
    expect(trainedModelOf(await jobsAt(there).watchJob(moved.id))).toBe('llama-tuned')
    expect(there.files).toHaveLength(2)
    expect(there.files.map((file) => file.match(/\{.*\}/g))).toEqual(here.files.map((file) => file.match(/\{.*\}/g)))
    expect(there.asked[0]).toMatchObject({
      suffix: 'hydro',
      seed: 7,
      method: { supervised: { hyperparameters: { n_epochs: 2 } } },
    })
    expect(moved).toMatchObject({ data_sha256: first.data_sha256, manifest_sha256: first.manifest_sha256 })
    expect(here.asked[0]?.metadata).toMatchObject({ manifest_sha256: first.manifest_sha256 })

    const again = await requestFromEarlier(store, dataset.manifestFile)
    expect(again).toMatchObject({ train: dataset.train, validation: dataset.heldOut, seed: dataset.manifest.seed })
    const third = await jobsAt(there).startJob({ ...again, baseModel: 'qwen' })
    expect(third.data_sha256).toBe(first.data_sha256)
  })

  it('is not started from files that were changed, or are gone', async () => {
    await using here = await startOtherTrainer()
    const files = await data()
    const { id } = await jobsAt(here).startJob({ ...files, baseModel: 'base-1' })
    await writeFile(files.train, row('Other.'))
    const { store } = database
    await expect(requestFromEarlier(store, id)).rejects.toMatchObject({
      remedy: expect.stringContaining('was changed'),
    })
    await expect(requestFromEarlier(store, 'no-such-job')).rejects.toMatchObject({ code: 'usage' })
    await expect(requestFromEarlier(store, '/none/manifest.json')).rejects.toMatchObject({ code: 'dataset_unusable' })
  })
})
