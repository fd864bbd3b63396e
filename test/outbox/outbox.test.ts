import { describe, expect, it } from 'vitest'
import { createOutbox } from '../../src/outbox/outbox.ts'
import { enqueue, listJobs, type OutboxJob } from '../../src/outbox/outbox-records.ts'
import { ANNA, type CommandsSetup, useDatabase } from '../commands/setup.ts'
import { describeOnDatabases } from '../support/databases.ts'
import { silent } from '../support/silent.ts'

describeOnDatabases('outbox', (kind) => {
  const openCommands = useDatabase(kind)
  const story = (title: string, tell: (scene: CommandsSetup) => Promise<void>) =>
    it(title, async () => {
      await using scene = await openCommands()
      await tell(scene)
    })
  const another = ({ store, clock }: CommandsSetup) => createOutbox({ store, logger: silent, now: () => clock.now })
  const left = async ({ store }: CommandsSetup) => [
    ...(await listJobs(store, 'reminder', 10)),
    ...(await listJobs(store, 'webhook', 10)),
  ]

  story('are done at their time, once, and then gone', async (scene) => {
    const { outbox, store, clock } = scene
    const done: string[] = []
    outbox.on('reminder', async ({ key }) => void done.push(key))
    await enqueue(store, { topic: 'reminder', key: 'wo_1', runAt: new Date(clock.now.getTime() + 1_000) }, clock.now)
    await outbox.runOnce()
    expect(done).toEqual([])
    clock.pass(1)
    await outbox.runOnce()
    await outbox.runOnce()
    expect(done).toEqual(['wo_1'])
    expect(await left(scene)).toEqual([])
  })

  story('are done by one of several instances that look at once', async (scene) => {
    const { store, clock } = scene
    const all = Array.from({ length: 8 }, () => another(scene))
    const done: string[] = []
    for (const each of all) each.on('reminder', async ({ key }) => void done.push(key))
    const subjects = Array.from({ length: 20 }, (_, i) => `wo_${i}`)
    for (const subject of subjects)
      await enqueue(store, { topic: 'reminder', key: subject, runAt: clock.now }, clock.now)
    while ((await left(scene)).length > 0) await Promise.all(all.map((each) => each.runOnce()))
    expect(done.toSorted()).toEqual(subjects.toSorted())
    await Promise.all(all.map((each) => each[Symbol.asyncDispose]()))
  })

  story('that go wrong are tried again with growing pauses, their fault to be seen', async (scene) => {
    const { outbox, store, clock } = scene
    let tries = 0
    outbox.on('webhook', async () => {
      tries += 1
      if (tries < 4) throw new Error(`fault ${tries} of xoxb-secret-token`)
    })
    await enqueue(store, { topic: 'webhook', key: 'wo_1.created', payload: '{}', runAt: clock.now }, clock.now)
    const pauses: number[] = []
    for (let round = 1; round <= 3; round += 1) {
      await outbox.runOnce()
      const [waiting] = await left(scene)
      expect(waiting).toMatchObject({ attempts: round, lastError: `fault ${round} of [redacted]`, payload: '{}' })
      pauses.push((waiting?.runAt.getTime() ?? 0) - clock.now.getTime())
      await outbox.runOnce()
      expect(tries).toBe(round)
      clock.now = waiting?.runAt ?? clock.now
    }
    expect(pauses).toEqual([5_000, 10_000, 20_000])
    await outbox.runOnce()
    expect(tries).toBe(4)
    expect(await left(scene)).toEqual([])
  })

  story('of a process that died are done by another one, when its lease has ended', async (scene) => {
    const { outbox, store, clock } = scene
    const dying = another(scene)
    const isTaken = Promise.withResolvers<void>()
    dying.on('reminder', () => {
      isTaken.resolve()
      return new Promise(() => undefined)
    })
    await enqueue(store, { topic: 'reminder', key: 'wo_1', runAt: clock.now }, clock.now)
    dying.wake()
    await isTaken.promise
    const done: string[] = []
    outbox.on('reminder', async ({ key }) => void done.push(key))
    clock.pass(59)
    await outbox.runOnce()
    expect(done).toEqual([])
    clock.pass(1)
    await outbox.runOnce()
    expect(done).toEqual(['wo_1'])
  })

  story('are given back by a process that stops, for whoever comes next', async (scene) => {
    const { outbox, store, clock } = scene
    const stopping = another(scene)
    const isTaken = Promise.withResolvers<void>()
    stopping.on('webhook', (_job, signal) => {
      isTaken.resolve()
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    })
    await enqueue(store, { topic: 'webhook', key: 'wo_1.created', runAt: clock.now }, clock.now)
    stopping.wake()
    await isTaken.promise
    await stopping[Symbol.asyncDispose]()
    const done: string[] = []
    outbox.on('webhook', async ({ key, attempts }) => void done.push(`${key} ${attempts}`))
    await outbox.runOnce()
    expect(done).toEqual(['wo_1.created 0'])
  })

  story('asked for anew before they are carried are carried once', async (scene) => {
    const { outbox, store, clock } = scene
    const versions: number[] = []
    outbox.on('show', async ({ version }) => void versions.push(version))
    const job = {
      topic: 'show',
      key: 'ans_1',
      runAt: clock.now,
      leaseUntil: new Date(clock.now.getTime() + 10_000),
    } as const
    outbox.runNow(await enqueue(store, job, clock.now), 50)
    outbox.runNow(await enqueue(store, job, clock.now), 50)
    outbox.runNow(await enqueue(store, job, clock.now), 0)
    await outbox.runOnce()
    expect(versions).toEqual([3])
  })

  story('asked for anew while they are done are done once more', async (scene) => {
    const { outbox, store, clock } = scene
    const again = () => enqueue(store, { topic: 'reminder', key: 'wo_1', runAt: clock.now }, clock.now)
    const versions: number[] = []
    outbox.on('reminder', async ({ version }: OutboxJob) => {
      versions.push(version)
      if (version === 1) await again()
    })
    await again()
    await outbox.runOnce()
    expect(await left(scene)).toHaveLength(1)
    await outbox.runOnce()
    expect(versions).toEqual([1, 2])
    expect(await left(scene)).toEqual([])
  })

  story('are left alone by a process that has nobody for them', async (scene) => {
    const { outbox, store, clock } = scene
    outbox.on('webhook', async () => undefined)
    await enqueue(store, { topic: 'reminder', key: 'wo_1', runAt: clock.now }, clock.now)
    await outbox.runOnce()
    expect(await left(scene)).toMatchObject([{ key: 'wo_1', leaseUntil: null, attempts: 0 }])
  })

  story('are given up after a day of tries, but for what was promised to be kept', async (scene) => {
    const { outbox, store, clock } = scene
    for (const [topic, retryForever] of [
      ['reminder', false],
      ['webhook', true],
    ] as const) {
      const fail = async () => {
        throw new Error('gone for good')
      }
      outbox.on(topic, fail, { retryForever })
      await enqueue(store, { topic, key: 'wo_1', runAt: clock.now }, clock.now)
    }
    for (let tries = 0; tries < 100; tries += 1) {
      await outbox.runOnce()
      clock.pass(15 * 60)
    }
    expect(await left(scene)).toMatchObject([{ topic: 'webhook', attempts: 100 }])
  })

  story('that gather keep the time they were first asked for, but not while they are done', async (scene) => {
    const { outbox, store, clock } = scene
    const inSeconds = (seconds: number) => new Date(clock.now.getTime() + seconds * 1_000)
    const ask = (seconds: number) =>
      enqueue(store, { topic: 'votes', key: 'ans_1', runAt: inSeconds(seconds), coalesce: true }, clock.now)
    const first = await ask(5)
    clock.pass(3)
    expect((await ask(5)).runAt).toEqual(first.runAt)
    expect((await ask(1)).runAt).toEqual(inSeconds(1))
    clock.pass(1)
    let again: OutboxJob | undefined
    outbox.on('votes', async () => {
      again ??= await ask(5)
    })
    await outbox.runOnce()
    expect(again?.runAt).toEqual(inSeconds(5))
    expect(await listJobs(store, 'votes', 10)).toMatchObject([{ runAt: inSeconds(5), leaseUntil: null }])
  })

  story('of low priority are done one at a time, and hold up no other', async (scene) => {
    const { outbox, store, clock } = scene
    const done: string[] = []
    for (const [topic, priority] of [
      ['show', 'normal'],
      ['lapse', 'low'],
    ] as const) {
      outbox.on(topic, async ({ id }) => void done.push(id), { priority })
      for (const subject of ['ans_1', 'ans_2'])
        await enqueue(store, { topic, key: subject, runAt: clock.now }, clock.now)
    }
    await outbox.runOnce()
    await outbox.runOnce()
    expect(done.toSorted()).toEqual(['lapse:ans_1', 'show:ans_1', 'show:ans_2'])
    clock.pass(3)
    await outbox.runOnce()
    expect(done).toContain('lapse:ans_2')
  })

  describe('of a command', () => {
    story('show each step at once, and leave nothing behind', async (scene) => {
      const { commands, outbox, store } = scene
      const shown: string[] = []
      outbox.on('show', async ({ key }) => void shown.push(key))
      const command = await scene.offered()
      await commands.request(command.id, ANNA)
      await scene.result(command, 'succeeded')
      await outbox.runOnce()
      expect(new Set(shown)).toEqual(new Set([command.answerId]))
      expect(await listJobs(store, 'show', 10)).toEqual([])
    })

    story('are shown by another instance when the one that made the step is gone', async (scene) => {
      const { commands, store, clock } = scene
      // Nobody shows here: as if the process had died between the step and the message.
      const command = await scene.offered()
      await commands.request(command.id, ANNA)
      expect(await listJobs(store, 'show', 10)).toHaveLength(1)
      const survivor = another(scene)
      const shown: string[] = []
      survivor.on('show', async ({ key }) => void shown.push(key))
      await survivor.runOnce()
      expect(shown).toEqual([])
      clock.pass(10)
      await survivor.runOnce()
      expect(shown).toEqual([command.answerId])
      expect(await listJobs(store, 'show', 10)).toEqual([])
      await survivor[Symbol.asyncDispose]()
    })
  })
})
