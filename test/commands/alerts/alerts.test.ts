import { expect, it } from 'vitest'
import { isFlapping, isRecovered, nextRefreshAt } from '../../../src/commands/alerts/alert.ts'
import { deleteOldEvents, findAlert, listAlerts, markAlertShown } from '../../../src/commands/alerts/alert-records.ts'
import { resolveQuietAlerts } from '../../../src/commands/alerts/quiet-alerts.ts'
import { listJobs } from '../../../src/outbox/outbox-records.ts'
import { describeOnDatabases } from '../../support/databases.ts'
import fc from '../../support/properties.ts'
import { NOON } from '../../support/rows.ts'
import { type CommandsSetup, DEVICE, OTHER_DEVICE, useDatabase } from '../setup.ts'

describeOnDatabases('alerts', (kind) => {
  const openCommands = useDatabase(kind)
  const story = (title: string, tell: (scene: CommandsSetup) => Promise<void>) =>
    it(title, async () => {
      await using scene = await openCommands({ isAlerting: true })
      resolveQuietAlerts({ store: scene.store, outbox: scene.outbox, now: () => scene.clock.now })
      await tell(scene)
    })
  const alerts = ({ store }: CommandsSetup) => listAlerts(store, 10)
  const toShow = async ({ store }: CommandsSetup) => (await listJobs(store, 'alert', 10)).map(({ key }) => key)
  /** Raised and cleared `occurrences` occurrences, a minute apart. */
  const flap = async (scene: CommandsSetup, occurrences: number) => {
    for (let i = 0; i < occurrences; i += 1) {
      await scene.event(DEVICE, 'E-02', 'raised')
      scene.clock.pass(60)
      await scene.event(DEVICE, 'E-02', 'cleared')
      scene.clock.pass(60)
    }
  }

  story('are one for a code on a device, whatever number of instances hears of it and how often', async (scene) => {
    await scene.instance()
    await scene.instance()
    await scene.event(DEVICE, 'E-02', 'raised')
    await scene.event(DEVICE, 'E-02', 'raised')
    await scene.event(OTHER_DEVICE, 'E-02', 'raised')
    await scene.event(DEVICE, 'E-01', 'raised')
    const all = await alerts(scene)
    expect(all).toHaveLength(3)
    for (const alert of all) expect(alert).toMatchObject({ state: 'raised', occurrences: 1, reopens: 0 })
    expect((await toShow(scene)).toSorted()).toEqual(all.map(({ id }) => id).toSorted())
  })

  story('count repeats, each once', async (scene) => {
    await scene.instance()
    for (let i = 0; i < 3; i += 1) {
      await scene.event(DEVICE, 'E-02', 'raised')
      scene.clock.pass(30)
    }
    expect(await alerts(scene)).toMatchObject([{ occurrences: 3, reopens: 0, raisedAt: new Date(NOON) }])
  })

  story('recover at once, and begin anew when the code comes back later', async (scene) => {
    await scene.event(DEVICE, 'E-02', 'raised')
    scene.clock.pass(120)
    await scene.event(DEVICE, 'E-02', 'cleared')
    const [alert] = await alerts(scene)
    expect(alert).toMatchObject({ state: 'cleared', clearedAt: scene.clock.now })
    expect(alert && isRecovered(alert)).toBe(true)
    scene.clock.pass(10 * 60)
    await scene.outbox.runOnce()
    expect(await findAlert(scene.store, alert?.id ?? '')).toMatchObject({ state: 'closed' })
    await scene.event(DEVICE, 'E-02', 'raised')
    expect(await alerts(scene)).toMatchObject([
      { state: 'raised', occurrences: 1 },
      { id: alert?.id, state: 'closed' },
    ])
  })

  story('begin anew also when nobody came by to end the one before', async (scene) => {
    await scene.event(DEVICE, 'E-02', 'raised')
    await scene.event(DEVICE, 'E-02', 'cleared')
    scene.clock.pass(10 * 60)
    await scene.event(DEVICE, 'E-02', 'raised')
    expect((await alerts(scene)).map(({ state }) => state)).toEqual(['raised', 'closed'])
  })

  story('go on when the code comes back soon, and count as flapping from the second return', async (scene) => {
    await flap(scene, 2)
    expect(await alerts(scene)).toMatchObject([{ occurrences: 2, reopens: 1, state: 'cleared' }])
    await flap(scene, 1)
    const [alert] = await alerts(scene)
    expect(alert).toMatchObject({ occurrences: 3, reopens: 2, state: 'cleared' })
    expect(alert && isFlapping(alert)).toBe(true)
    expect(alert && isRecovered(alert)).toBe(false)

    scene.clock.pass(10 * 60 - 61)
    await scene.outbox.runOnce()
    expect((await alerts(scene))[0]).toMatchObject({ state: 'cleared' })
    scene.clock.pass(1)
    await scene.outbox.runOnce()
    const [over] = await alerts(scene)
    expect(over).toMatchObject({ state: 'closed' })
    expect(over && isRecovered(over)).toBe(true)
  })

  story('of a noisy device change their message at most once a minute', async (scene) => {
    const { store, clock } = scene
    await flap(scene, 2)
    const [alert] = await alerts(scene)
    await markAlertShown(store, alert?.id ?? '', { channel: 'C1', ts: '1.1' }, clock.now)
    await scene.event(DEVICE, 'E-02', 'raised')
    clock.pass(1)
    await scene.event(DEVICE, 'E-02', 'raised')
    const [waiting] = await listJobs(store, 'alert', 10)
    expect(waiting?.runAt).toEqual(new Date(clock.now.getTime() + 59_000))
    expect(nextRefreshAt({ occurrences: 2, shownAt: clock.now }, clock.now)).toEqual(clock.now)
  })

  it('are what their rules say, whatever comes in which order', async () => {
    type Event = 'raised' | 'cleared' | number
    const events: fc.Arbitrary<Event[]> = fc.array(
      fc.oneof(fc.constantFrom('raised' as const, 'cleared' as const), fc.constantFrom(1, 60, 599, 600, 601)),
      { maxLength: 25 },
    )
    /** The rules, told once more and plainly: counters of each alert, the oldest first. */
    const expected = (all: readonly Event[]) => {
      const told: { occurrences: number; reopens: number; state: string; clearedAt: number }[] = []
      let at = 0
      for (const event of all) {
        const last = told.at(-1)
        if (typeof event === 'number') at += event
        else if (event === 'cleared') {
          if (last?.state === 'raised') Object.assign(last, { state: 'cleared', clearedAt: at })
        } else if (!last || (last.state === 'cleared' && at - last.clearedAt >= 600)) {
          told.push({ occurrences: 1, reopens: 0, state: 'raised', clearedAt: 0 })
        } else {
          last.reopens += last.state === 'cleared' ? 1 : 0
          last.occurrences += 1
          last.state = 'raised'
        }
      }
      return told.map(({ occurrences, reopens }) => ({ occurrences, reopens }))
    }
    await fc.assert(
      fc.asyncProperty(events, async (all) => {
        await using scene = await openCommands({ isAlerting: true })
        let told = 0
        for (const event of all) {
          // Events of one device have different occurrences.
          told += 1
          if (typeof event === 'number') scene.clock.pass(event)
          else await scene.event(DEVICE, 'E-02', event, new Date(NOON + told))
        }
        const found = (await alerts(scene)).toReversed()
        expect(found.map(({ occurrences, reopens }) => ({ occurrences: occurrences, reopens: reopens }))).toEqual(
          expected(all).slice(-10),
        )
        expect(found.filter(({ state }) => state !== 'closed').length).toBeLessThanOrEqual(1)
      }),
      { numRuns: kind.name === 'SQLite' ? 40 : 8 },
    )
  })

  story('hear nothing of a code that was cleared and never raised', async (scene) => {
    await scene.event(DEVICE, 'E-02', 'cleared')
    expect(await alerts(scene)).toEqual([])
  })

  it('are off unless they are wanted, while events are kept all the same', async () => {
    await using scene = await openCommands()
    await scene.event(DEVICE, 'E-02', 'raised')
    expect(await alerts(scene)).toEqual([])
    const events = () => scene.store.selectFrom('device_events').selectAll().execute()
    expect(await events()).toMatchObject([{ device: DEVICE, code: 'E-02', state: 'raised', heard_at: NOON }])
    await deleteOldEvents(scene.store, new Date(NOON + 399 * 86_400_000))
    expect(await events()).toHaveLength(1)
    await deleteOldEvents(scene.store, new Date(NOON + 401 * 86_400_000))
    expect(await events()).toEqual([])
  })
})
