import { expect, it } from 'vitest'
import { describeOnDatabases } from '../support/databases.ts'
import { startTogether } from '../support/processes.ts'
import { ANNA, OTHER_DEVICE, useDatabase } from './setup.ts'
import type { Pressed, PressingJob } from './together/pressing.ts'

const PROCESSES = 3
const CLICKS = 20

describeOnDatabases('commands from several processes', (kind) => {
  const openCommands = useDatabase(kind)

  it('reach each device once, however often they are pressed everywhere at once', async () => {
    await using scene = await openCommands()
    const one = await scene.offered()
    const same = await scene.offered()
    const elsewhere = await scene.offered({ device: OTHER_DEVICE })
    const job: PressingJob = {
      config: scene.config,
      commandIds: [one.id, same.id, elsewhere.id],
      clicks: CLICKS,
      now: scene.clock.now.getTime(),
    }
    const script = new URL('./together/pressing.ts', import.meta.url)
    const pressed = (await startTogether(PROCESSES, script, job)) as Pressed[]

    const sent = pressed.flatMap((each) => each.sent)
    expect(sent).toHaveLength(2)
    expect(sent).toContain(elsewhere.id)
    expect([sent.includes(one.id), sent.includes(same.id)].toSorted()).toEqual([false, true])
    const heard = pressed.flatMap(({ outcomes }) => Object.entries(outcomes))
    const total = heard.reduce((sum, [, count]) => sum + count, 0)
    expect(total).toBe(PROCESSES * CLICKS * 3)
    expect(new Set(heard.map(([what]) => what))).toEqual(new Set(['sent', 'already', 'busy']))
    expect(await scene.commands.request(one.id, ANNA)).toMatchObject({ kind: 'refused' })
  })
})
