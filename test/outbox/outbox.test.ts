import { describe, expect, it } from 'vitest'
import { createErrands } from '../../src/outbox/outbox.ts'
import { type Errand, listErrands, putErrand } from '../../src/outbox/outbox-records.ts'
import { ANNA, type CommandsScene, useDatabase } from '../commands/scene.ts'
import { describeOnDatabases } from '../support/databases.ts'
import { silent } from '../support/silent.ts'

describeOnDatabases('outbox', (kind) => {
  const openCommands = useDatabase(kind)
  const story = (title: string, tell: (scene: CommandsScene) => Promise<void>) =>
    it(title, async () => {
      await using scene = await openCommands()
      await tell(scene)
    })
  const another = ({ store, clock }: CommandsScene) => createErrands({ store, logger: silent, now: () => clock.now })
  const left = async ({ store }: CommandsScene) => [
    ...(await listErrands(store, 'reminder', 10)),
    ...(await listErrands(store, 'webhook', 10)),
  ]

  story('are done at their time, once, and then gone', async (scene) => {
    const { errands, store, clock } = scene
    const done: string[] = []
    errands.on('reminder', async ({ subject }) => void done.push(subject))
    await putErrand(
      store,
      { topic: 'reminder', subject: 'wo_1', dueAt: new Date(clock.now.getTime() + 1_000) },
      clock.now,
    )
    await errands.round()
    expect(done).toEqual([])
    clock.pass(1)
    await errands.round()
    await errands.round()
    expect(done).toEqual(['wo_1'])
    expect(await left(scene)).toEqual([])
  })

  story('are done by one of several instances that look at once', async (scene) => {
    const { store, clock } = scene
    const all = Array.from({ length: 8 }, () => another(scene))
    const done: string[] = []
    for (const each of all) each.on('reminder', async ({ subject }) => void done.push(subject))
    const subjects = Array.from({ length: 20 }, (_, i) => `wo_${i}`)
    for (const subject of subjects) await putErrand(store, { topic: 'reminder', subject, dueAt: clock.now }, clock.now)
    while ((await left(scene)).length > 0) await Promise.all(all.map((each) => each.round()))
    expect(done.toSorted()).toEqual(subjects.toSorted())
    await Promise.all(all.map((each) => each[Symbol.asyncDispose]()))
  })

  story('that go wrong are tried again with growing pauses, their fault to be seen', async (scene) => {
    const { errands, store, clock } = scene
    let tries = 0
    errands.on('webhook', async () => {
      tries += 1
      if (tries < 4) throw new Error(`fault ${tries} of xoxb-secret-token`)
    })
    await putErrand(store, { topic: 'webhook', subject: 'wo_1.created', body: '{}', dueAt: clock.now }, clock.now)
    const pauses: number[] = []
    for (let round = 1; round <= 3; round += 1) {
      await errands.round()
      const [waiting] = await left(scene)
      expect(waiting).toMatchObject({ tries: round, fault: `fault ${round} of [redacted]`, body: '{}' })
      pauses.push((waiting?.dueAt.getTime() ?? 0) - clock.now.getTime())
      await errands.round()
      expect(tries).toBe(round)
      clock.now = waiting?.dueAt ?? clock.now
    }
    expect(pauses).toEqual([5_000, 10_000, 20_000])
    await errands.round()
    expect(tries).toBe(4)
    expect(await left(scene)).toEqual([])
  })

  story('of a process that died are done by another one, when its lease has ended', async (scene) => {
    const { errands, store, clock } = scene
    const dying = another(scene)
    const isTaken = Promise.withResolvers<void>()
    dying.on('reminder', () => {
      isTaken.resolve()
      return new Promise(() => undefined)
    })
    await putErrand(store, { topic: 'reminder', subject: 'wo_1', dueAt: clock.now }, clock.now)
    dying.soon()
    await isTaken.promise
    const done: string[] = []
    errands.on('reminder', async ({ subject }) => void done.push(subject))
    clock.pass(59)
    await errands.round()
    expect(done).toEqual([])
    clock.pass(1)
    await errands.round()
    expect(done).toEqual(['wo_1'])
  })

  story('are given back by a process that stops, for whoever comes next', async (scene) => {
    const { errands, store, clock } = scene
    const stopping = another(scene)
    const isTaken = Promise.withResolvers<void>()
    stopping.on('webhook', (_errand, signal) => {
      isTaken.resolve()
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    })
    await putErrand(store, { topic: 'webhook', subject: 'wo_1.created', dueAt: clock.now }, clock.now)
    stopping.soon()
    await isTaken.promise
    await stopping[Symbol.asyncDispose]()
    const done: string[] = []
    errands.on('webhook', async ({ subject, tries }) => void done.push(`${subject} ${tries}`))
    await errands.round()
    expect(done).toEqual(['wo_1.created 0'])
  })

  story('asked for anew before they are carried are carried once', async (scene) => {
    const { errands, store, clock } = scene
    const versions: number[] = []
    errands.on('show', async ({ version }) => void versions.push(version))
    const wish = {
      topic: 'show',
      subject: 'ans_1',
      dueAt: clock.now,
      leaseUntil: new Date(clock.now.getTime() + 10_000),
    } as const
    errands.carry(await putErrand(store, wish, clock.now), 50)
    errands.carry(await putErrand(store, wish, clock.now), 50)
    errands.carry(await putErrand(store, wish, clock.now), 0)
    await errands.round()
    expect(versions).toEqual([3])
  })

  story('asked for anew while they are done are done once more', async (scene) => {
    const { errands, store, clock } = scene
    const again = () => putErrand(store, { topic: 'reminder', subject: 'wo_1', dueAt: clock.now }, clock.now)
    const versions: number[] = []
    errands.on('reminder', async ({ version }: Errand) => {
      versions.push(version)
      if (version === 1) await again()
    })
    await again()
    await errands.round()
    expect(await left(scene)).toHaveLength(1)
    await errands.round()
    expect(versions).toEqual([1, 2])
    expect(await left(scene)).toEqual([])
  })

  story('are left alone by a process that has nobody for them', async (scene) => {
    const { errands, store, clock } = scene
    errands.on('webhook', async () => undefined)
    await putErrand(store, { topic: 'reminder', subject: 'wo_1', dueAt: clock.now }, clock.now)
    await errands.round()
    expect(await left(scene)).toMatchObject([{ subject: 'wo_1', leaseUntil: null, tries: 0 }])
  })

  story('are given up after a day of tries, but for what was promised to be kept', async (scene) => {
    const { errands, store, clock } = scene
    for (const topic of ['reminder', 'webhook'] as const) {
      errands.on(topic, async () => {
        throw new Error('gone for good')
      })
      await putErrand(store, { topic, subject: 'wo_1', dueAt: clock.now }, clock.now)
    }
    for (let tries = 0; tries < 100; tries += 1) {
      await errands.round()
      clock.pass(15 * 60)
    }
    expect(await left(scene)).toMatchObject([{ topic: 'webhook', tries: 100 }])
  })

  story('that gather keep the time they were first asked for, but not while they are done', async (scene) => {
    const { errands, store, clock } = scene
    const inSeconds = (seconds: number) => new Date(clock.now.getTime() + seconds * 1_000)
    const ask = (seconds: number) =>
      putErrand(store, { topic: 'votes', subject: 'ans_1', dueAt: inSeconds(seconds), isGathering: true }, clock.now)
    const first = await ask(5)
    clock.pass(3)
    expect((await ask(5)).dueAt).toEqual(first.dueAt)
    expect((await ask(1)).dueAt).toEqual(inSeconds(1))
    clock.pass(1)
    let again: Errand | undefined
    errands.on('votes', async () => {
      again ??= await ask(5)
    })
    await errands.round()
    expect(again?.dueAt).toEqual(inSeconds(5))
    expect(await listErrands(store, 'votes', 10)).toMatchObject([{ dueAt: inSeconds(5), leaseUntil: null }])
  })

  story('of lapsed buttons are done one at a time, and hold up no other', async (scene) => {
    const { errands, store, clock } = scene
    const done: string[] = []
    for (const topic of ['show', 'lapse'] as const) {
      errands.on(topic, async ({ id }) => void done.push(id))
      for (const subject of ['ans_1', 'ans_2']) await putErrand(store, { topic, subject, dueAt: clock.now }, clock.now)
    }
    await errands.round()
    await errands.round()
    expect(done.toSorted()).toEqual(['lapse:ans_1', 'show:ans_1', 'show:ans_2'])
    clock.pass(3)
    await errands.round()
    expect(done).toContain('lapse:ans_2')
  })

  describe('of a command', () => {
    story('show each step at once, and leave nothing behind', async (scene) => {
      const { commands, errands, store } = scene
      const shown: string[] = []
      errands.on('show', async ({ subject }) => void shown.push(subject))
      const command = await scene.offered()
      await commands.request(command.id, ANNA)
      await scene.result(command, 'succeeded')
      await errands.round()
      expect(new Set(shown)).toEqual(new Set([command.answerId]))
      expect(await listErrands(store, 'show', 10)).toEqual([])
    })

    story('are shown by another instance when the one that made the step is gone', async (scene) => {
      const { commands, store, clock } = scene
      // Nobody shows here: as if the process had died between the step and the message.
      const command = await scene.offered()
      await commands.request(command.id, ANNA)
      expect(await listErrands(store, 'show', 10)).toHaveLength(1)
      const survivor = another(scene)
      const shown: string[] = []
      survivor.on('show', async ({ subject }) => void shown.push(subject))
      await survivor.round()
      expect(shown).toEqual([])
      clock.pass(10)
      await survivor.round()
      expect(shown).toEqual([command.answerId])
      expect(await listErrands(store, 'show', 10)).toEqual([])
      await survivor[Symbol.asyncDispose]()
    })
  })
})
