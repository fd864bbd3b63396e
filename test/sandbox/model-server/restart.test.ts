import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { startModelServer } from '../../../src/sandbox/model-server/start.ts'
import { answerOf, COFFEE_ROWS, COFFEE_SYSTEM, HELD_OUT, toJsonl } from './coffee.ts'
import { ask, BASE, clientOf, fineTune, jobEnd, modelOf, upload } from './support.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'model-server-test-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

it('finds files, jobs, models, checkpoints and the key again', async () => {
  const before = await (async () => {
    await using server = await startModelServer({ folder, stepDelayMs: 0 })
    const client = clientOf(server)
    const job = await fineTune(client, COFFEE_ROWS)
    await client.files.delete(job.training_file)
    const answers = await Promise.all(HELD_OUT.map((one) => ask(client, modelOf(job), one.question, COFFEE_SYSTEM)))
    const { data: events } = await client.fineTuning.jobs.listEvents(job.id, { limit: 100 })
    const { data: checkpoints } = await client.fineTuning.jobs.checkpoints.list(job.id)
    return { job, answers, events, checkpoints, apiKey: server.apiKey }
  })()
  await using server = await startModelServer({ folder, stepDelayMs: 0 })
  expect(server.apiKey).toBe(before.apiKey)
  const client = clientOf(server)
  const { job } = before
  expect(await client.fineTuning.jobs.retrieve(job.id)).toEqual(job)
  expect((await client.fineTuning.jobs.listEvents(job.id, { limit: 100 })).data).toEqual(before.events)
  const answers = await Promise.all(HELD_OUT.map((one) => ask(client, modelOf(job), one.question, COFFEE_SYSTEM)))
  expect(answers).toEqual(before.answers)
  const early = before.checkpoints[0]?.fine_tuned_model_checkpoint ?? ''
  expect(await ask(client, early, 'What does F-23 mean?', COFFEE_SYSTEM)).toBe(answerOf('water'))
  expect((await client.files.list()).data.map((file) => file.filename)).toEqual(['step_metrics.csv'])
})

it('begins an interrupted job anew', async () => {
  const id = await (async () => {
    await using server = await startModelServer({ folder, stepDelayMs: 60_000 })
    const client = clientOf(server)
    const training_file = await upload(client, toJsonl(COFFEE_ROWS))
    const job = await client.fineTuning.jobs.create({ model: BASE, training_file })
    await vi.waitFor(async () => {
      expect((await client.fineTuning.jobs.retrieve(job.id)).status).toBe('running')
    })
    return job.id
  })()
  await using server = await startModelServer({ folder, stepDelayMs: 0 })
  const job = await jobEnd(clientOf(server), id)
  expect(job.status).toBe('succeeded')
  expect(await ask(clientOf(server), modelOf(job), 'What does F-23 mean?', COFFEE_SYSTEM)).toBe(answerOf('water'))
})

it('sets broken files aside, says so, and serves the rest', async () => {
  const models: string[] = []
  {
    await using server = await startModelServer({ folder, stepDelayMs: 0 })
    for (let i = 0; i < 2; i += 1) models.push(modelOf(await fineTune(clientOf(server), COFFEE_ROWS)))
  }
  const stored = (await readdir(join(folder, 'models'))).filter((name) => name.endsWith('.json')).sort()
  const broken = stored[0] ?? ''
  const lost = models.find((id) => broken.includes(id.slice(-8)))
  await writeFile(join(folder, 'models', broken), '{"id": 5')
  await writeFile(join(folder, 'jobs', 'stray.json'), '{"job": {}}')
  const lines: string[] = []
  await using server = await startModelServer({ folder, stepDelayMs: 0, log: (line) => lines.push(line) })
  const client = clientOf(server)
  expect(lines).toHaveLength(2)
  expect(lines.join('\n')).toContain(broken)
  expect(
    await readFile(
      join(
        folder,
        'models',
        (await readdir(join(folder, 'models'))).find((name) => name.startsWith(`${broken}.broken-`)) ?? '',
      ),
      'utf8',
    ),
  ).toBe('{"id": 5')
  expect((await client.models.list()).data.map(({ id }) => id)).not.toContain(lost)
  expect((await client.models.list()).data).toHaveLength(2)
  expect((await client.fineTuning.jobs.list()).data).toHaveLength(2)
})

it('fails on one broken row of a learnt model without taking the server with it', async () => {
  const model = await (async () => {
    await using server = await startModelServer({ folder, stepDelayMs: 0 })
    return modelOf(await fineTune(clientOf(server), COFFEE_ROWS))
  })()
  const name = (await readdir(join(folder, 'models'))).find((one) => one.endsWith('.jsonl')) ?? ''
  await writeFile(join(folder, 'models', name), 'no rows at all\n')
  const lines: string[] = []
  await using server = await startModelServer({ folder, log: (line) => lines.push(line) })
  await expect(ask(clientOf(server), model, 'F-11')).rejects.toMatchObject({ status: 404 })
  expect(lines.join('\n')).toContain(name)
  expect(await ask(clientOf(server), BASE, 'hello')).not.toBe('')
})
