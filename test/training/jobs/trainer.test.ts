import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Store } from '../../../src/store/open.ts'
import { createLocalTrainer } from '../../../src/training/jobs/local-trainer.ts'
import { createOpenaiTrainer } from '../../../src/training/jobs/openai-trainer.ts'
import { DEFAULT_POLLING } from '../../../src/training/jobs/polling.ts'
import { startJob } from '../../../src/training/jobs/start-job.ts'
import type { Trainer } from '../../../src/training/jobs/trainer.ts'
import { createTrainerClient } from '../../../src/training/jobs/trainer-client.ts'
import { describeOnDatabases } from '../../support/databases.ts'
import { temporaryFolder } from '../../support/folder.ts'
import { startFakeTrainer } from './fake-trainer.ts'

const ROW = JSON.stringify({
  messages: [
    { role: 'user', content: 'What does E-02 mean?' },
    { role: 'assistant', content: 'Something.' },
  ],
})
const POLLING = { ...DEFAULT_POLLING, initialMs: 1 }

/** Every trainer, on the same data. */
const DRIVERS: Readonly<Record<string, (store: Store, folder: string, baseUrl: string) => Trainer>> = {
  openai: (store, _, baseUrl) =>
    createOpenaiTrainer({ client: createTrainerClient({ baseUrl, apiKey: 'k' }), baseUrl, store, polling: POLLING }),
  local: (store, folder) => createLocalTrainer({ store, now: Date.now, bundle: { folder: join(folder, 'bundle') } }),
}

describeOnDatabases('a trainer', (kind) => {
  it.each(Object.keys(DRIVERS))(
    'starts a job that is in our records afterwards, with what it is made of: %s',
    async (driver) => {
      await using database = await kind.create()
      await using scene = await openScene(database.store, driver)
      const job = await scene.start()
      expect(job).toMatchObject({ driver, base_model: 'base', training_rows: 10, fault: null })
      const row = await database.store.selectFrom('jobs').selectAll().where('id', '=', job.id).executeTakeFirst()
      expect(row).toMatchObject({ id: job.id, base_url: scene.trainer.baseUrl, data_sha256: job.data_sha256 })
    },
  )

  it.each(Object.keys(DRIVERS))(
    'refuses what it would never take before anything is written or sent: %s',
    async (driver) => {
      await using database = await kind.create()
      await using scene = await openScene(database.store, driver)
      await expect(scene.start({ suffix: 'x'.repeat(65) })).rejects.toMatchObject({ code: 'usage' })
      expect(await database.store.selectFrom('jobs').selectAll().execute()).toEqual([])
      expect(scene.server.asked).toEqual([])
    },
  )

  it.each(Object.keys(DRIVERS))('says how a job stands, or what to do instead: %s', async (driver) => {
    await using database = await kind.create()
    await using scene = await openScene(database.store, driver)
    const { id } = await scene.start()
    const asked = scene.trainer.fetchState(id)
    if (driver === 'local') await expect(asked).rejects.toMatchObject({ code: 'usage', remedy: /models register/ })
    else expect(await asked).toMatchObject({ id, status: 'succeeded', model: 'tuned-1' })
  })
})

async function openScene(store: Store, driver: string) {
  await using opened = new AsyncDisposableStack()
  const { path: folder } = opened.use(await temporaryFolder())
  const server = opened.use(await startFakeTrainer())
  const train = join(folder, 'train.jsonl')
  await writeFile(train, `${Array.from({ length: 10 }, (_, i) => ROW.replace('E-02', `E-0${i}`)).join('\n')}\n`)
  opened.defer(() => rm(join(folder, 'bundle'), { recursive: true, force: true }))
  const trainer = (DRIVERS[driver] ?? expect.fail())(store, folder, server.baseUrl)
  const held = opened.move()
  return {
    server,
    trainer,
    start: (more: { suffix?: string } = {}) =>
      startJob({ store, trainer, now: Date.now }, { train, validation: null, baseModel: 'base', ...more }, {}),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  }
}
