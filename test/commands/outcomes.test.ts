import { expect, it } from 'vitest'
import { createOutcomes, type Outcomes } from '../../src/commands/outcomes.ts'
import { listJobs } from '../../src/outbox/outbox-records.ts'
import { describeOnDatabases } from '../support/databases.ts'
import { ANNA, type CommandsSetup, catalog, DEVICE, useDatabase } from './setup.ts'

const HOUR = 3_600

describeOnDatabases('outcomes', (kind) => {
  const openCommands = useDatabase(kind)
  const story = (title: string, tell: (scene: CommandsSetup, outcomes: Outcomes) => Promise<void>) =>
    it(title, async () => {
      await using scene = await openCommands()
      const { store, outbox, clock } = scene
      await tell(scene, createOutcomes({ catalog, store, outbox, now: () => clock.now }))
    })
  const labelOf = async ({ store }: CommandsSetup, id: string) =>
    (await store.selectFrom('commands').select(['outcome']).where('id', '=', id).executeTakeFirst())?.outcome
  /** One use of CLEAN_TURB, a good hour after the one before. */
  const use = async (scene: CommandsSetup, result: 'succeeded' | 'failed' | 'rejected' = 'succeeded') => {
    scene.clock.pass(HOUR)
    const command = await scene.offered()
    await scene.commands.request(command.id, ANNA)
    await scene.result(command, result, 'said the device')
    return command.id
  }

  story('say after the catalog’s time whether the code stayed away', async (scene) => {
    await scene.event(DEVICE, 'E-02', 'raised')
    const id = await use(scene)
    await scene.event(DEVICE, 'E-02', 'cleared')
    scene.clock.pass(24 * HOUR - 1)
    await scene.outbox.runOnce()
    expect(await labelOf(scene, id)).toBeNull()
    scene.clock.pass(1)
    await scene.outbox.runOnce()
    expect(await labelOf(scene, id)).toBe('cleared')
  })

  story('say that it came back, although it is gone again by now', async (scene) => {
    await scene.event(DEVICE, 'E-02', 'raised')
    const id = await use(scene)
    await scene.event(DEVICE, 'E-02', 'cleared')
    scene.clock.pass(5 * HOUR)
    await scene.event(DEVICE, 'E-02', 'raised')
    scene.clock.pass(HOUR)
    await scene.event(DEVICE, 'E-02', 'cleared')
    scene.clock.pass(24 * HOUR)
    await scene.outbox.runOnce()
    expect(await labelOf(scene, id)).toBe('returned')
  })

  story('do not take a code for cleared that is still there, nor one that nobody ever reported', async (scene) => {
    const unreported = await use(scene)
    scene.clock.pass(24 * HOUR)
    await scene.outbox.runOnce()
    expect(await labelOf(scene, unreported)).toBe('no_evidence')
    await scene.event(DEVICE, 'E-02', 'raised')
    const stubborn = await use(scene)
    scene.clock.pass(24 * HOUR)
    await scene.outbox.runOnce()
    expect(await labelOf(scene, stubborn)).toBe('returned')
  })

  story('of a failure are known at once, and put its answer forward for correction', async (scene) => {
    const failed = await use(scene, 'failed')
    const rejected = await use(scene, 'rejected')
    expect(await labelOf(scene, failed)).toBe('failed')
    expect(await labelOf(scene, rejected)).toBeNull()
    expect(await listJobs(scene.store, 'failure', 10)).toMatchObject([{ key: failed }])
    expect(await listJobs(scene.store, 'outcome', 10)).toEqual([])
  })

  story('add up to a record once there are a few uses, of the last 90 days', async (scene, outcomes) => {
    const { store, outbox, clock } = scene
    const record = () =>
      createOutcomes({ catalog, store, outbox, now: () => clock.now }).trackRecord('E-02', 'CLEAN_TURB')
    await scene.event(DEVICE, 'E-02', 'raised')
    await use(scene)
    await scene.event(DEVICE, 'E-02', 'cleared')
    for (let uses = 1; uses < 4; uses += 1) await use(scene)
    clock.pass(24 * HOUR)
    await outbox.runOnce()
    expect(await record()).toBeNull()
    await use(scene, 'failed')
    await use(scene, 'rejected')
    expect(await record()).toEqual({ uses: 5, cleared: 4, days: 90 })
    expect(await outcomes.trackRecord('E-01', 'RECALIB_PH')).toBeNull()
    clock.pass(91 * 24 * HOUR)
    expect(await record()).toBeNull()
  })
})
