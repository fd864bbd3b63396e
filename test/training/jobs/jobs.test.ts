import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { JobEvent } from '../../../src/training/jobs/job-event.ts'
import { createJobs, type Jobs, trainedModelOf } from '../../../src/training/jobs/jobs.ts'
import type { JobRequest } from '../../../src/training/jobs/start-job.ts'
import { DATABASES, describeOnDatabases, type TestDatabase } from '../../support/databases.ts'
import { temporaryFolder } from '../temporary.ts'
import { type FakeTrainer, type Habit, startFakeTrainer } from './fake-trainer.ts'

const QUICK = { initialMs: 1, activeMs: 2, maxMs: 5, unreachableTimeoutMs: 60_000 }

const [sqlite] = DATABASES
let database: TestDatabase
let trainer: FakeTrainer
let jobs: Jobs
beforeEach(async () => {
  if (!sqlite) throw new Error('no database')
  database = await sqlite.create()
  trainer = await startFakeTrainer()
  jobs = jobsOn(database)
})
afterEach(async () => {
  await trainer[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

function jobsOn(
  { store }: Pick<TestDatabase, 'store'>,
  changes: { unreachableTimeoutMs?: number; baseUrl?: string } = {},
): Jobs {
  const { baseUrl = trainer.baseUrl, ...polling } = changes
  return createJobs({ baseUrl, apiKey: 'key', store, polling: { ...QUICK, ...polling } })
}

const line = (said: string) =>
  JSON.stringify({
    messages: [
      { role: 'user', content: `E-02? ${said}` },
      { role: 'assistant', content: said },
    ],
  })

async function dataFile(rows = 12, said = 'Clean it.'): Promise<string> {
  const file = join(await temporaryFolder(), 'train.jsonl')
  await writeFile(file, Array.from({ length: rows }, (_, i) => `${line(`${said} ${i}`)}\n`).join(''))
  return file
}

const creation: Habit = ({ method, path }) => (method === 'POST' && path === '/v1/fine_tuning/jobs' ? 'drop' : null)
const refusing =
  (path: RegExp, status: number, error: Record<string, unknown>): Habit =>
  (asked) =>
    asked.method === 'POST' && path.test(asked.path) ? { status, json: { error } } : null

describe('starting a job', () => {
  it('refuses to validate on what is trained on, before anything is sent', async () => {
    const [train, validation] = [await dataFile(12), await dataFile(2)]
    await expect(jobs.startJob({ train, validation, baseModel: 'base-1' })).rejects.toMatchObject({
      code: 'shared_rows',
      remedy: expect.stringContaining('its lines 1, 2'),
    })
    expect(trainer.asked.filter(({ method }) => method === 'POST')).toEqual([])
  })

  it('uploads the very bytes, tells how far it is, and asks for what was asked', async () => {
    const [train, validation] = [await dataFile(), await dataFile(3, 'Look at it.')]
    const events: JobEvent[] = []
    const request = {
      train,
      validation,
      baseModel: 'base-1',
      suffix: 'hydro',
      seed: 7,
      metadata: { kind: 'assistant' },
    }
    const job = await jobs.startJob(request, { onEvent: (event) => events.push(event) })
    expect([...trainer.files.values()]).toEqual([await readFile(train, 'utf8'), await readFile(validation, 'utf8')])
    expect(trainer.jobs.get(job.id)).toMatchObject({
      model: 'base-1',
      training_file: 'f1',
      validation_file: 'f2',
      suffix: 'hydro',
      seed: 7,
      metadata: { kind: 'assistant', data_sha256: job.data_sha256 },
    })
    const sent = events.flatMap((event) => (event.kind === 'uploading' && event.file === train ? [event] : []))
    expect(sent.at(-1)?.sent).toBe(sent.at(-1)?.bytes)
    expect(await jobs.listJobs()).toEqual([job])
  })

  it('refuses a faulty file with its lines before anything is sent', async () => {
    const train = await dataFile()
    await writeFile(train, `${line('x')}\n{"messages":[]}\n`, { flag: 'a' })
    await expect(jobs.startJob({ train, baseModel: 'base-1' })).rejects.toMatchObject({
      code: 'training_data_invalid',
      remedy: expect.stringContaining('line 14'),
    })
    expect(trainer.asked).toEqual([])
    expect(await jobs.listJobs()).toEqual([])
  })

  it('refuses the same data on the same base model, and names the job', async () => {
    const train = await dataFile()
    const { id } = await jobs.startJob({ train, baseModel: 'base-1' })
    await jobs.watchJob(id)
    await expect(jobs.startJob({ train, baseModel: 'base-1', suffix: 'other' })).rejects.toMatchObject({
      code: 'duplicate_job',
      job: { id, model: 'tuned-1' },
      remedy: expect.stringContaining('tuned-1'),
    })
    expect(trainer.jobs.size).toBe(1)
    await jobs.startJob({ train, baseModel: 'base-2' })
    await jobs.startJob({ train: await dataFile(12, 'Other.'), baseModel: 'base-1' })
    expect(trainer.jobs.size).toBe(3)
  })

  it('takes another recipe for another job, and the same one in other words for the same', async () => {
    const train = await dataFile()
    await jobs.startJob({ train, baseModel: 'base-1', hyperparameters: { epochs: 2, batchSize: 4 } })
    const same = jobs.startJob({ train, baseModel: 'base-1', hyperparameters: { batchSize: 4, epochs: 2 } })
    await expect(same).rejects.toMatchObject({ code: 'duplicate_job' })
    await jobs.startJob({ train, baseModel: 'base-1', hyperparameters: { epochs: 3, batchSize: 4 } })
    await jobs.startJob({ train, baseModel: 'base-1', seed: 1, hyperparameters: { epochs: 2, batchSize: 4 } })
    expect(trainer.jobs.size).toBe(3)
  })

  it('trains on pairs, with all that is asked for under the method', async () => {
    const train = join(await temporaryFolder(), 'pairs.jsonl')
    const pair = (i: number) => ({
      input: { messages: [{ role: 'user', content: `E-02? ${i}` }] },
      preferred_output: [{ role: 'assistant', content: 'Clean it.' }],
      non_preferred_output: [{ role: 'assistant', content: 'Ignore it.' }],
    })
    await writeFile(train, Array.from({ length: 12 }, (_, i) => `${JSON.stringify(pair(i))}\n`).join(''))
    const hyperparameters = { epochs: 2, batchSize: 4, learningRate: 0.5, beta: 0.2 }
    const { id, recipe } = await jobs.startJob({ train, baseModel: 'base-1', method: 'dpo', hyperparameters })
    const sent = trainer.jobs.get(id)
    expect(sent).not.toHaveProperty('hyperparameters')
    expect(sent).toMatchObject({
      method: {
        type: 'dpo',
        dpo: { hyperparameters: { n_epochs: 2, batch_size: 4, learning_rate_multiplier: 0.5, beta: 0.2 } },
      },
      metadata: { recipe },
    })
    await expect(jobs.startJob({ train, baseModel: 'base-1' })).rejects.toMatchObject({ code: 'training_data_invalid' })
    const answers = jobs.startJob({ train: await dataFile(), baseModel: 'base-1', method: 'dpo' })
    await expect(answers).rejects.toMatchObject({ code: 'training_data_invalid' })
  })

  const unusable: [string, Partial<JobRequest>][] = [
    ['a suffix that is too long', { suffix: 'x'.repeat(65) }],
    ['a beta without pairs', { hyperparameters: { beta: 0.1 } }],
    ['a beta out of bounds', { method: 'dpo', hyperparameters: { beta: 3 } }],
    ['half an epoch', { hyperparameters: { epochs: 0.5 } }],
    ['a seed below nought', { seed: -1 }],
    [
      'too many pairs of metadata',
      { metadata: Object.fromEntries(Array.from({ length: 15 }, (_, i) => [`k${i}`, 'v'])) },
    ],
    ['a long word of metadata', { metadata: { key: 'v'.repeat(513) } }],
  ]
  it.each(unusable)('refuses %s before anything is sent', async (_, changes) => {
    const started = jobs.startJob({ train: await dataFile(), baseModel: 'base-1', ...changes })
    await expect(started).rejects.toMatchObject({ code: 'usage' })
    expect(trainer.asked).toEqual([])
  })

  it('starts it again when told to, or when the first came to nothing', async () => {
    const train = await dataFile()
    const { id } = await jobs.startJob({ train, baseModel: 'base-1' })
    await jobs.startJob({ train, baseModel: 'base-1', allowDuplicate: true })
    expect(trainer.jobs.size).toBe(2)
    for (const job of await jobs.listJobs()) await jobs.cancelJob(job.id)
    const third = await jobs.startJob({ train, baseModel: 'base-1' })
    expect(third.id).not.toBe(id)
  })

  it('finds the job again that the trainer knows though we do not', async () => {
    const train = await dataFile()
    const { id } = await jobs.startJob({ train, baseModel: 'base-1' })
    await database.store.deleteFrom('jobs').execute()
    await expect(jobs.startJob({ train, baseModel: 'base-1' })).rejects.toMatchObject({ job: { id } })
    expect((await jobs.listJobs()).map((job) => job.id)).toEqual([id])
  })

  it('tries an upload again that broke off, from its first byte', async () => {
    let drops = 2
    trainer.habits.push(({ path }) => (path === '/v1/files' && drops-- > 0 ? 'drop' : null))
    const train = await dataFile()
    await jobs.startJob({ train, baseModel: 'base-1' })
    expect(trainer.count('POST', /files/)).toBe(3)
    expect(trainer.files.get('f1')).toBe(await readFile(train, 'utf8'))
  })

  it('waits for a file that the trainer still looks at', async () => {
    const statuses = ['pending', 'running', 'processed']
    trainer.habits.push(({ method, path }) => {
      if (method === 'POST' && path === '/v1/files') return { json: { id: 'slow', status: 'uploading' } }
      return path === '/v1/files/slow' ? { json: { id: 'slow', status: statuses.shift() } } : null
    })
    await jobs.startJob({ train: await dataFile(), baseModel: 'base-1' })
    expect(statuses).toEqual([])
  })

  it('asks for a job once only, and takes up the one whose answer was lost', async () => {
    trainer.habits.push((asked) => {
      if (creation(asked) === null) return null
      trainer.jobs.set('lost', { id: 'lost', status: 'queued', ...asked.json })
      return 'drop'
    })
    const job = await jobs.startJob({ train: await dataFile(), baseModel: 'base-1' })
    expect(job).toMatchObject({ id: 'lost', status: 'queued' })
    expect(trainer.count('POST', /jobs$/)).toBe(1)
  })

  it('names an upload that is sent on to another address for what it is', async () => {
    trainer.habits.push(({ method, path }) =>
      method === 'POST' && path === '/v1/files'
        ? { status: 308, headers: { location: 'https://elsewhere.example/v1/files' } }
        : null,
    )
    const train = await dataFile()
    await expect(jobs.startJob({ train, baseModel: 'base-1' })).rejects.toMatchObject({
      code: 'trainer_moved',
      remedy: expect.stringContaining('OPENAI_BASE_URL'),
    })
    expect(trainer.count('POST', /files/)).toBe(1)
  })

  it('leaves nothing behind that would keep the next try away', async () => {
    trainer.habits.push(creation)
    const train = await dataFile()
    await expect(jobs.startJob({ train, baseModel: 'base-1' })).rejects.toMatchObject({ code: 'trainer_unreachable' })
    trainer.habits.pop()
    await jobs.startJob({ train, baseModel: 'base-1' })
  })

  it('ends at once when called off', async () => {
    const stop = new AbortController()
    trainer.habits.push(({ path }) => {
      if (path === '/v1/files') stop.abort()
      return null
    })
    const started = jobs.startJob({ train: await dataFile(), baseModel: 'base-1' }, { signal: stop.signal })
    await expect(started).rejects.toSatisfy((error) => error instanceof Error && !('remedy' in error))
    expect(trainer.jobs.size).toBe(0)
  })

  describe('with a file that was sent before', () => {
    /** Files as OpenAI shows them. */
    const shown: Habit = ({ method, path }) => {
      const id = /^\/v1\/files\/(\w+)$/.exec(path)?.[1] ?? ''
      const text = method === 'GET' ? trainer.files.get(id) : undefined
      return text === undefined ? null : { json: { id, bytes: Buffer.byteLength(text), status: 'processed' } }
    }
    const quota = refusing(/jobs$/, 429, { message: 'You exceeded your current quota', code: 'insufficient_quota' })

    /** A start that sent its file and made no job. */
    async function brokenOff(said?: string): Promise<string> {
      trainer.habits.push(quota)
      const train = await dataFile(12, said)
      await expect(jobs.startJob({ train, baseModel: 'base-1' })).rejects.toMatchObject({ code: 'trainer_quota' })
      trainer.habits.splice(trainer.habits.indexOf(quota), 1)
      return train
    }

    it('sends it no second time, and says so', async () => {
      trainer.habits.push(shown)
      const train = await brokenOff()
      const events: JobEvent[] = []
      await jobsOn(database).startJob({ train, baseModel: 'base-1' }, { onEvent: (event) => events.push(event) })
      expect(trainer.count('POST', /files$/)).toBe(1)
      expect(events).toEqual([{ kind: 'uploaded', file: train, id: 'f1', isReused: true }])
      expect(trainer.jobs.get('j1')).toMatchObject({ training_file: 'f1' })
    })

    it('of which it was called off before it knew the id, sends it no second time', async () => {
      trainer.habits.push(shown)
      const stop = new AbortController()
      const stopping: Habit = ({ method }) => {
        if (method === 'POST') stop.abort()
        return null
      }
      trainer.habits.push(stopping)
      const train = await dataFile()
      await expect(jobs.startJob({ train, baseModel: 'base-1' }, { signal: stop.signal })).rejects.toThrow()
      await jobs.startJob({ train, baseModel: 'base-1' })
      expect(trainer.count('POST', /files$/)).toBe(1)
    })

    it('sends it again where the trainer does not show it, or shows another', async () => {
      const train = await brokenOff()
      await jobs.startJob({ train, baseModel: 'base-1' })
      expect(trainer.count('POST', /files$/)).toBe(2)
      trainer.habits.push(({ method, path }) =>
        method === 'GET' && path.startsWith('/v1/files/') ? { json: { id: 'f3', bytes: 1 } } : null,
      )
      const other = await brokenOff('Wait.')
      await jobs.startJob({ train: other, baseModel: 'base-1' })
      expect(trainer.count('POST', /files$/)).toBe(4)
    })

    it('sends it again for another job, which is known by its file', async () => {
      trainer.habits.push(shown)
      const train = await dataFile()
      await jobs.startJob({ train, baseModel: 'base-1' })
      await jobs.startJob({ train, baseModel: 'base-1', allowDuplicate: true })
      expect([...trainer.jobs.values()].map((job) => job.training_file)).toEqual(['f1', 'f2'])
    })

    it('finds the job again that was made of it, where the trainer keeps no metadata', async () => {
      trainer.habits.push(shown)
      const train = await brokenOff()
      trainer.jobs.set('theirs', { id: 'theirs', status: 'running', model: 'base-1', training_file: 'f1' })
      await expect(jobs.startJob({ train, baseModel: 'base-1' })).rejects.toMatchObject({
        code: 'duplicate_job',
        job: { id: 'theirs' },
      })
    })

    it('removes it where the trainer refuses it', async () => {
      trainer.habits.push(({ method, path }) => {
        if (method === 'POST' && path === '/v1/files')
          return { json: { id: 'bad', status: 'error', status_details: 'line 3 is no row' } }
        return method === 'DELETE' ? { json: { id: 'bad', deleted: true } } : null
      })
      await expect(jobs.startJob({ train: await dataFile(), baseModel: 'base-1' })).rejects.toMatchObject({
        remedy: expect.stringContaining('line 3 is no row'),
      })
      expect(trainer.count('DELETE', /files\/bad$/)).toBe(1)
    })
  })

  const refusals: [string, Habit][] = [
    [
      'training_data_invalid',
      refusing(/files$/, 400, { message: 'Invalid file format. Line 3: no messages', code: null }),
    ],
    ['unknown_model', refusing(/jobs$/, 404, { message: 'The model does not exist', code: 'model_not_found' })],
    [
      'unknown_model',
      refusing(/jobs$/, 400, { message: 'Model base-1 is not available for fine-tuning or does not exist.' }),
    ],
    ['trainer_quota', refusing(/jobs$/, 402, { message: 'Payment required' })],
    ['training_data_invalid', refusing(/files$/, 400, { message: 'Example 3 exceeds the maximum context length' })],
    [
      'trainer_quota',
      refusing(/jobs$/, 429, { message: 'You exceeded your current quota', code: 'insufficient_quota' }),
    ],
    ['trainer_busy', refusing(/jobs$/, 429, { message: 'Too many requests', code: 'rate_limit_exceeded' })],
    ['trainer_closed', refusing(/jobs$/, 403, { message: 'Fine-tuning is being wound down for your organization' })],
    ['trainer_closed', refusing(/jobs$/, 400, { message: 'Fine-tuning jobs are no longer available.' })],
    ['trainer_refused_key', refusing(/files$/, 401, { message: 'Incorrect API key', code: 'invalid_api_key' })],
    ['no_training', refusing(/jobs$/, 404, { message: 'Not Found' })],
    ['trainer_unreadable', ({ path }) => (path === '/v1/files' ? { text: '<html>Welcome</html>' } : null)],
    ['job_refused', refusing(/jobs$/, 400, { message: 'suffix must not have dots' })],
  ]
  it.each(refusals)('tells %s with its remedy', async (code, habit) => {
    trainer.habits.push(habit)
    const started = jobs.startJob({ train: await dataFile(), baseModel: 'base-1' })
    await expect(started).rejects.toMatchObject({ code, remedy: expect.stringMatching(/\w{3}.*\./) })
  })

  it('tells the lines that the trainer complained of', async () => {
    trainer.habits.push(refusing(/files$/, 400, { message: 'Invalid file: line 3: bad role; line 7: no text' }))
    await expect(jobs.startJob({ train: await dataFile(), baseModel: 'base-1' })).rejects.toMatchObject({
      faults: [
        { line: 3, message: 'bad role' },
        { line: 7, message: 'no text' },
      ],
    })
  })

  it('tells that nobody is there', async () => {
    const nobody = jobsOn(database, { baseUrl: 'http://127.0.0.1:1/v1' })
    await expect(nobody.startJob({ train: await dataFile(), baseModel: 'base-1' })).rejects.toMatchObject({
      code: 'trainer_unreachable',
    })
  })
})

describe('watching a job', () => {
  /** A job that stands at the next state each time it is looked at, and at the last one for good. */
  function jobThrough(...states: Record<string, unknown>[]): void {
    trainer.habits.push(({ method, path }) =>
      method === 'GET' && path === '/v1/fine_tuning/jobs/j1'
        ? { json: { id: 'j1', ...(states.length > 1 ? states.shift() : states[0]) } }
        : null,
    )
  }
  async function watched(): Promise<{ events: JobEvent[]; job: Awaited<ReturnType<Jobs['watchJob']>> }> {
    const events: JobEvent[] = []
    return { job: await jobs.watchJob('j1', { onEvent: (event) => events.push(event) }), events }
  }
  const statusesOf = (events: readonly JobEvent[]) =>
    events.flatMap((event) => (event.kind === 'status' ? [event.status] : []))

  it('tells each status once and ends with the model', async () => {
    jobThrough(
      { status: 'validating_files' },
      { status: 'queued' },
      { status: 'running' },
      { status: 'running' },
      { status: 'succeeded', fine_tuned_model: 'tuned-1' },
    )
    const { job, events } = await watched()
    expect(trainedModelOf(job)).toBe('tuned-1')
    expect(statusesOf(events)).toEqual(['validating_files', 'queued', 'running', 'succeeded'])
  })

  it('keeps how the job stands, so that a later start knows it', async () => {
    const started = await jobs.startJob({ train: await dataFile(), baseModel: 'base-1' })
    trainer.jobs.set(started.id, { id: started.id, status: 'running' })
    const stop = new AbortController()
    const watching = jobs.watchJob(started.id, { signal: stop.signal, onEvent: () => stop.abort() })
    await expect(watching).rejects.toThrow()
    expect((await jobs.listJobs())[0]?.status).toBe('running')
    trainer.jobs.set(started.id, { id: started.id, status: 'succeeded', fine_tuned_model: 'tuned-2' })
    await jobsOn(database).watchJob(started.id)
    expect((await jobs.listJobs())[0]).toMatchObject({ status: 'succeeded', model: 'tuned-2' })
  })

  const step = (n: number, at: number) => ({
    id: `e${n}`,
    created_at: at,
    message: `Step ${n}`,
    type: 'metrics',
    data: { step: n, total_steps: 3, train_loss: 1 / n },
  })
  const orders: [string, unknown[]][] = [
    ['the newest first', [step(3, 12), step(2, 11), step(1, 10)]],
    ['the oldest first', [step(1, 10), step(2, 11), step(3, 12)]],
    ['all in one second', [step(3, 10), step(2, 10), step(1, 10)]],
    [
      'in no order, twice, and with things that are none',
      [step(2, 11), null, step(3, 12), { level: 'x' }, step(1, 10), step(2, 11)],
    ],
  ]
  it.each(orders)('tells steps in their order, listed %s', async (_, data) => {
    jobThrough({ status: 'running' }, { status: 'succeeded', fine_tuned_model: 'tuned-1' })
    trainer.habits.push(({ path }) => (path.endsWith('/events') ? { json: { data } } : null))
    const { events } = await watched()
    const steps = events.flatMap((event) => (event.kind === 'step' ? [[event.step, event.steps, event.loss]] : []))
    expect(steps).toEqual([
      [1, 3, 1],
      [2, 3, 1 / 2],
      [3, 3, 1 / 3],
    ])
  })

  it('finds the events of every page', async () => {
    jobThrough({ status: 'succeeded', fine_tuned_model: 'tuned-1' })
    trainer.habits.push(({ path, query }) => {
      if (!path.endsWith('/events')) return null
      const after = query.get('after')
      return { json: { data: after ? [step(1, 10)] : [step(3, 12), step(2, 11)], has_more: !after } }
    })
    const { events } = await watched()
    expect(events.flatMap((event) => (event.kind === 'step' ? [event.step] : []))).toEqual([1, 2, 3])
  })

  it('needs no events', async () => {
    jobThrough({ status: 'running' }, { status: 'succeeded', fine_tuned_model: 'tuned-1' })
    trainer.habits.push(({ path }) => (path.endsWith('/events') ? { status: 404, text: 'no' } : null))
    expect((await watched()).job.status).toBe('succeeded')
  })

  it('understands other words for the same end', async () => {
    jobThrough({ status: 'pending' }, { status: 'COMPLETED', fine_tuned_model: 'tuned-1' })
    expect((await watched()).job.status).toBe('succeeded')
  })

  it('waits a little for a model that is named late, and not for ever', async () => {
    jobThrough({ status: 'succeeded', fine_tuned_model: null }, { status: 'succeeded', fine_tuned_model: 'tuned-1' })
    expect(trainedModelOf((await watched()).job)).toBe('tuned-1')
    trainer.habits.length = 0
    jobThrough({ status: 'succeeded' })
    const { job } = await watched()
    expect(() => trainedModelOf(job)).toThrow(expect.objectContaining({ code: 'training_failed' }))
  })

  it('goes on through lost connections, floods and faults of the server', async () => {
    const answers = [
      'drop',
      { status: 429, json: {} },
      { status: 502, text: 'bad' },
      { status: 200, text: '' },
    ] as const
    let at = 0
    trainer.habits.push(({ path }) => (path === '/v1/fine_tuning/jobs/j1' && at < 3 ? (answers[at++] ?? null) : null))
    jobThrough({ status: 'succeeded', fine_tuned_model: 'tuned-1' })
    const { job, events } = await watched()
    expect(job.status).toBe('succeeded')
    expect(events.filter(({ kind }) => kind === 'unreachable')).toHaveLength(3)
  })

  it('says when nothing happens for long, ever more rarely, and goes on', async () => {
    let looks = 0
    trainer.habits.push(({ path }) => {
      if (path !== '/v1/fine_tuning/jobs/j1') return null
      looks += 1
      return { json: { id: 'j1', status: looks < 40 ? 'running' : 'succeeded', fine_tuned_model: 'tuned-1' } }
    })
    let clock = 0
    const polling = { ...QUICK, quietAfterMs: 60_000 }
    const slow = createJobs({
      baseUrl: trainer.baseUrl,
      apiKey: 'k',
      store: database.store,
      polling,
      now: () => (clock += 5_000),
    })
    const quiet: number[] = []
    const job = await slow.watchJob('j1', {
      onEvent: (event) => {
        if (event.kind === 'quiet') quiet.push(event.forMs)
      },
    })
    expect(job.status).toBe('succeeded')
    expect(quiet.length).toBeGreaterThan(1)
    expect(quiet.length).toBeLessThan(5)
    expect(quiet[1]).toBeGreaterThanOrEqual(2 * 60_000)
  })

  it('waits as long as the server asks for', async () => {
    const at: number[] = []
    trainer.habits.push(({ path }) => {
      if (path !== '/v1/fine_tuning/jobs/j1') return null
      at.push(performance.now())
      if (at.length === 1) return { status: 429, json: {}, headers: { 'retry-after': '0.2' } }
      return { json: { id: 'j1', status: 'succeeded', fine_tuned_model: 'tuned-1' } }
    })
    await jobs.watchJob('j1')
    expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(195)
  })

  it('gives up a server that stays silent, with a way to go on later', async () => {
    trainer.habits.push(({ path }) => (path === '/v1/fine_tuning/jobs/j1' ? 'drop' : null))
    const impatient = jobsOn(database, { unreachableTimeoutMs: 5 })
    await expect(impatient.watchJob('j1')).rejects.toMatchObject({
      code: 'trainer_unreachable',
      remedy: expect.stringContaining('finetune watch'),
    })
  })

  it('ends at once for a job that nobody knows', async () => {
    await expect(jobs.watchJob('j1')).rejects.toMatchObject({ code: 'unknown_job' })
  })

  it('tells why a job failed, in the words of the trainer', async () => {
    jobThrough({ status: 'failed', error: { code: 'invalid_training_file', message: 'Line 4 is too long' } })
    const { job } = await watched()
    expect(() => trainedModelOf(job)).toThrow(
      expect.objectContaining({ remedy: expect.stringContaining('Line 4 is too long') }),
    )
  })

  it('tells that a job was cancelled elsewhere', async () => {
    jobThrough({ status: 'running' }, { status: 'canceled' })
    const { job } = await watched()
    expect(() => trainedModelOf(job)).toThrow(expect.objectContaining({ remedy: expect.stringContaining('cancelled') }))
  })
})

describe('models and cancelling', () => {
  it('cancels a job and keeps that', async () => {
    const { id } = await jobs.startJob({ train: await dataFile(), baseModel: 'base-1' })
    expect((await jobs.cancelJob(id)).status).toBe('cancelled')
    expect((await jobs.listJobs())[0]?.status).toBe('cancelled')
    await expect(jobs.cancelJob('none')).rejects.toMatchObject({ code: 'unknown_job' })
  })

  it('shows a job with its checkpoints', async () => {
    const { id } = await jobs.startJob({ train: await dataFile(), baseModel: 'base-1' })
    trainer.habits.push(({ path }) =>
      path.endsWith('/checkpoints')
        ? {
            json: {
              data: [
                { fine_tuned_model_checkpoint: 'tuned:step-2', step_number: 2, metrics: { train_loss: 0.5 } },
                { step_number: 1 },
              ],
            },
          }
        : null,
    )
    expect(await jobs.showJob(id)).toMatchObject({
      state: { id, status: 'succeeded', model: 'tuned-1' },
      row: { base_model: 'base-1' },
      checkpoints: [{ model: 'tuned:step-2', step: 2, loss: 0.5, validationLoss: null }],
    })
  })

  it('pauses and resumes where the server offers it', async () => {
    const { id } = await jobs.startJob({ train: await dataFile(), baseModel: 'base-1' })
    trainer.habits.push(({ path }) => {
      const turn = /(pause|resume)$/.exec(path)?.[1]
      return turn ? { json: { id, status: turn === 'pause' ? 'paused' : 'queued' } } : null
    })
    expect((await jobs.pauseJob(id)).status).toBe('paused')
    expect((await jobs.listJobs())[0]?.status).toBe('paused')
    expect((await jobs.resumeJob(id)).status).toBe('queued')
  })

  it('knows which models the server would answer as', async () => {
    trainer.habits.push(({ path }) =>
      decodeURIComponent(path) === '/v1/models/ft:tuned-1' ? { json: { id: 'ft:tuned-1' } } : null,
    )
    expect(await jobs.servesModel('ft:tuned-1')).toBe(true)
    expect(await jobs.servesModel('ft:gone')).toBe(false)
  })
})

describeOnDatabases('twenty starts of the same job at once', (kind) => {
  it('make one job', async () => {
    await using shared = await kind.create()
    await using open = await startFakeTrainer()
    const train = await dataFile()
    const starters = [await shared.open(), await shared.open(), await shared.open(), await shared.open()]
    const starts = Array.from({ length: 20 }, (_, i) =>
      jobsOn({ store: starters[i % 4] ?? shared.store }, { baseUrl: open.baseUrl }).startJob({ train, baseModel: 'b' }),
    )
    const ends = await Promise.allSettled(starts)
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const end of ends) if (end.status === 'rejected') expect(end.reason).toMatchObject({ code: 'duplicate_job' })
    expect(open.jobs.size).toBe(1)
  })
})
