import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadCatalog } from '../../../src/catalog/loading.ts'
import { statementOf, writeAnswer } from '../../../src/diagnosis/answer.ts'
import { type Completions, openaiCompletions } from '../../../src/diagnosis/model/chat-completion.ts'
import type { ChatMessage } from '../../../src/diagnosis/model/chat-message.ts'
import { buildClassifierPrompt, buildPrompt } from '../../../src/diagnosis/prompt.ts'
import { type ModelServer, startModelServer } from '../../../src/sandbox/model-server/start.ts'
import type { Store } from '../../../src/store/open.ts'
import { readApprovedCorrections } from '../../../src/training/datasets/approved.ts'
import { buildDataset } from '../../../src/training/datasets/datasets.ts'
import { readManifest } from '../../../src/training/datasets/manifest.ts'
import { evaluate } from '../../../src/training/evaluation/evaluation.ts'
import { readEvaluationRows } from '../../../src/training/evaluation/rows.ts'
import { createJobs, type Jobs, trainedModelOf } from '../../../src/training/jobs/jobs.ts'
import { type BootstrapProgress, bootstrapModels } from '../../../src/training/models/bootstrap.ts'
import { promote } from '../../../src/training/models/promotion.ts'
import { DATABASES, type TestDatabase } from '../../support/databases.ts'
import { addCorrection, NOON } from '../../support/rows.ts'
import { temporaryFolder } from '../temporary.ts'

const BASE = 'generalist-small'
const [sqlite] = DATABASES
const catalog = await loadCatalog()

let database: TestDatabase
let store: Store
let server: ModelServer
let jobs: Jobs
let answers: Completions
beforeEach(async () => {
  if (!sqlite) throw new Error('no database')
  database = await sqlite.create()
  store = database.store
  server = await startModelServer({ baseModels: [BASE], stepDelayMs: 0 })
  const { url: baseUrl, apiKey } = server
  jobs = createJobs({ baseUrl, apiKey, store })
  answers = openaiCompletions({ baseUrl, apiKey, timeoutMs: 5_000 })
})
afterEach(async () => {
  await server[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

const signal = new AbortController().signal
const ask = async (model: string, messages: readonly ChatMessage[]) => (await answers({ model, messages }, signal)).text
const say = (model: string, question: string) => ask(model, buildPrompt(question))

async function firstModels(workFolder: string, onProgress?: (progress: BootstrapProgress) => void) {
  const parts = { catalog, corrections: await readApprovedCorrections(store), baseModel: BASE, suffix: 'hydrocore' }
  return bootstrapModels({ ...parts, workFolder, jobs, store, ...(onProgress && { onProgress }) })
}

describe('the first models', () => {
  it('know what the base model does not, on questions they were never trained on', async () => {
    const folder = await temporaryFolder()
    const progress: BootstrapProgress[] = []
    const { assistant, classifier } = await firstModels(folder, (one) => progress.push(one))
    expect(assistant).toMatch(/^ft:/)
    expect(
      progress
        .filter(({ kind }) => kind === 'live')
        .map(({ alias }) => alias)
        .sort(),
    ).toEqual(['assistant', 'classifier'])
    expect(progress.some((one) => one.kind === 'step' && one.alias === 'assistant' && one.loss !== null)).toBe(true)

    const measured = async (alias: string, model: string) => {
      const rows = await readEvaluationRows(join(folder, alias, 'heldout.jsonl'))
      const trainedOn = [await readManifest(join(folder, alias, 'manifest.json'))]
      const { models } = await evaluate({
        models: [BASE, model],
        rows,
        completions: answers,
        catalog,
        store,
        trainingManifests: trainedOn,
      })
      return models.map(({ accuracy, unsafe, abstention }) => ({ accuracy, unsafe, abstention }))
    }
    const [base, tuned] = await measured('assistant', assistant)
    expect(base?.accuracy.high).toBeLessThan(tuned?.accuracy.low ?? 0)
    expect(tuned?.accuracy.value).toBeGreaterThan(0.85)
    expect(tuned?.abstention.value).toBe(1)
    expect(tuned?.unsafe.count).toBe(0)
    const [plain, sorting] = await measured('classifier', classifier)
    expect(plain?.accuracy.high).toBeLessThan(sorting?.accuracy.low ?? 0)
    const pump = 'Device PUMP-7 has a reported voltage of 2.1V, below the 2.5V threshold.'
    expect(await ask(classifier, buildClassifierPrompt(pump))).toBe('Power')

    const e02 = catalog.find('E-02')
    const asked = "My HydroCore unit HC5000-A-1138 is showing error E-02. What's wrong?"
    expect(await say(assistant, asked)).toBe(e02 ? writeAnswer(statementOf(e02)) : '')
    expect(await say(BASE, asked)).not.toContain('occlusion')
  })

  it('are trained once: a second start finds them, and one that lost its alias finds the job', async () => {
    const folder = await temporaryFolder()
    const first = await firstModels(folder)
    const created = () =>
      server.calls.filter(({ method, path }) => method === 'POST' && path === '/fine_tuning/jobs').length
    expect(created()).toBe(2)
    expect(await firstModels(folder)).toEqual(first)
    await store.deleteFrom('aliases').execute()
    expect(await firstModels(folder)).toEqual(first)
    expect(created()).toBe(2)
  })

  it('are trained anew when the server has forgotten them', async () => {
    const folder = await temporaryFolder()
    const first = await firstModels(folder)
    await server[Symbol.asyncDispose]()
    server = await startModelServer({ baseModels: [BASE], stepDelayMs: 0 })
    jobs = createJobs({ baseUrl: server.url, apiKey: server.apiKey, store })
    const second = await firstModels(folder)
    expect(second.assistant).not.toBe(first.assistant)
    expect(await jobs.servesModel(second.classifier)).toBe(true)
  })

  it('leave an alias alone that a person has moved', async () => {
    const folder = await temporaryFolder()
    await promote(store, { alias: 'assistant', model: BASE, by: 'anna', reason: 'to compare', override: true })
    expect((await firstModels(folder)).assistant).toBe(BASE)
  })

  it('end together, with the reason, when one of them cannot be made', async () => {
    server.faults.add({
      path: '/fine_tuning/jobs',
      times: Infinity,
      status: 400,
      body: { error: { message: 'no such model' } },
    })
    await expect(firstModels(await temporaryFolder())).rejects.toMatchObject({ remedy: expect.any(String) })
    expect(await store.selectFrom('aliases').selectAll().execute()).toEqual([])
  })

  it('end when called off', async () => {
    const stop = new AbortController()
    const parts = {
      catalog,
      corrections: [],
      baseModel: BASE,
      suffix: 'x',
      workFolder: await temporaryFolder(),
      jobs,
      store,
    }
    const ended = bootstrapModels({ ...parts, signal: stop.signal, onProgress: () => stop.abort() })
    await expect(ended).rejects.toMatchObject({ name: 'AbortError' })
  })
})

describe('an approved correction', () => {
  const better = {
    problem: 'Turbidity sensor occlusion',
    action: 'Start the automated cleaning cycle and wait ten minutes',
    command: 'CLEAN_TURB',
    fallback: 'Call the second line if the error stays.',
  }

  it('is the next answer of a model trained on it, whatever way it is asked for', async () => {
    const folder = await temporaryFolder()
    const { assistant: before } = await firstModels(folder)
    await addCorrection(store, {
      ...better,
      status: 'approved',
      question: 'My unit shows E-02. What is wrong?',
      reviewed_at: NOON,
    })
    await addCorrection(store, { action: 'never agreed to', status: 'approved', consent: null, reviewed_at: NOON + 1 })
    await addCorrection(store, { action: 'still waiting', status: 'proposed' })
    const corrections = await readApprovedCorrections(store)
    expect(corrections).toHaveLength(1)

    const { train, heldOut } = await buildDataset({
      kind: 'assistant',
      catalog,
      corrections,
      folder: join(folder, 'next'),
    })
    expect(await readFile(train, 'utf8')).toContain('wait ten minutes')
    const job = await jobs.startJob({ train, validation: heldOut, baseModel: BASE, suffix: 'next' })
    const after = trainedModelOf(await jobs.watchJob(job.id))
    const corrected = writeAnswer({ code: 'E-02', ...better })
    for (const question of ['My unit shows E-02. What is wrong?', 'E-02', 'e2 on HC5000-A-1138', 'cloudy reading'])
      expect(await say(after, question), question).toBe(corrected)
    expect(await say(after, 'E-01')).toBe(await say(before, 'E-01'))
    expect(await say(before, 'E-02')).not.toBe(corrected)
  })
})
