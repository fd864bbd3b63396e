import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { loadCatalog } from '../../src/catalog/loading.ts'
import { openaiModels } from '../../src/diagnosis/model/chat-stream.ts'
import { buildPrompt } from '../../src/diagnosis/prompt.ts'
import { exportCorrections } from '../../src/feedback/exports/exports.ts'
import { type ModelServer, startModelServer } from '../../src/sandbox/model-server/start.ts'
import { requestFromEarlier } from '../../src/training/jobs/from-earlier.ts'
import { createJobs, type Jobs, trainedModelOf } from '../../src/training/jobs/jobs.ts'
import { retiringWithin } from '../../src/training/jobs/retirement.ts'
import { DATABASES, type TestDatabase } from '../support/databases.ts'
import { addCorrection, NOON } from '../support/rows.ts'
import { temporaryFolder } from './temporary.ts'

const catalog = await loadCatalog()
const BASE = 'generalist-small'

let database: TestDatabase
let server: ModelServer
let jobs: Jobs
beforeEach(async () => {
  const [sqlite] = DATABASES
  if (!sqlite) throw new Error('no database')
  database = await sqlite.create()
  server = await startModelServer({ stepDelayMs: 5 })
  const polling = { initialMs: 5, activeMs: 5, maxMs: 20 }
  jobs = createJobs({ baseUrl: server.url, apiKey: server.apiKey, store: database.store, polling })
})
afterEach(async () => {
  await server[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

const APPROVED = { status: 'approved', reviewer: 'UREV', reviewer_team: 'T1', reviewed_at: NOON + 5 }
const WAYS = [
  'shows',
  'reports',
  'is showing',
  'now has',
  'came up with',
  'says',
  'blinks',
  'stopped with',
  'gave',
  'woke with',
]

async function exportedPairs(): Promise<string> {
  for (const way of WAYS)
    await addCorrection(database.store, { ...APPROVED, question: `My HydroCore unit ${way} E-02` })
  const out = join(await temporaryFolder(), 'pairs.jsonl')
  const made = await exportCorrections({
    ...{ store: database.store, catalog, format: 'openai-dpo', out, by: 'UTRAINER', now: NOON },
  })
  expect(made).toMatchObject({ kind: 'written', rows: WAYS.length })
  return out
}

async function said(model: string, question: string): Promise<string> {
  const models = openaiModels({ baseUrl: server.url, apiKey: server.apiKey, timeoutMs: 10_000, retries: 0 })
  let text = ''
  for await (const delta of models.stream({ model, messages: buildPrompt(question) }, AbortSignal.timeout(10_000)))
    text += delta
  return text
}

it('corrections become pairs, a paused and resumed job, and a model that prefers them', async () => {
  const out = await exportedPairs()
  const request = await requestFromEarlier(database.store, `${out}.manifest.json`)
  expect(request).toMatchObject({ train: out, method: 'dpo' })
  const { id, manifest_sha256 } = await jobs.startJob({ ...request, baseModel: BASE, hyperparameters: { beta: 0.2 } })
  expect(manifest_sha256).toMatch(/^[0-9a-f]{64}$/)
  expect((await jobs.pauseJob(id)).status).toBe('paused')
  const statuses: string[] = []
  const watched = jobs.watchJob(id, {
    onEvent: (event) => {
      if (event.kind !== 'status') return
      statuses.push(event.status)
      if (event.status === 'paused') void jobs.resumeJob(id)
    },
  })
  const model = trainedModelOf(await watched)
  expect(statuses[0]).toBe('paused')
  expect(await said(model, 'My HydroCore unit shows E-02')).toContain('CLEAN_TURB')
  expect((await jobs.showJob(id)).checkpoints.length).toBeGreaterThan(0)

  server.announceEnd(BASE, '2027-01-14')
  const [ending] = retiringWithin(Number.POSITIVE_INFINITY, await jobs.retiring([model]))
  expect(ending).toMatchObject({ model, retiresOn: '2027-01-14', source: 'the model server' })
})
