import { describe, expect, it } from 'vitest'
import type { DeviceMessage, ResultState } from '../../src/commands/devices/device-messages.ts'
import { nextState } from '../../src/commands/state-machine.ts'
import { describeOnDatabases } from '../support/databases.ts'
import fc from '../support/properties.ts'
import { NOON } from '../support/rows.ts'
import { ANNA, BEN, type CommandsSetup, DEVICE, OTHER_DEVICE, REBOOT, useDatabase } from './setup.ts'

describeOnDatabases('what devices report', (kind) => {
  const openCommands = useDatabase(kind)
  const story = (title: string, tell: (scene: CommandsSetup) => Promise<void>) =>
    it(title, async () => {
      await using scene = await openCommands()
      await tell(scene)
    })
  const status = (device: string, online: boolean, over: Partial<Extract<DeviceMessage, { kind: 'status' }>> = {}) => ({
    kind: 'status' as const,
    device,
    online,
    at: new Date(NOON),
    firmware: null,
    retained: false,
    ...over,
  })

  describe('results', () => {
    story('count once, however often they come', async ({ commands, ...scene }) => {
      const command = await scene.offered()
      await commands.request(command.id, ANNA)
      const others = [await scene.instance(), await scene.instance()]
      const told: string[] = []
      for (const each of [commands, ...others]) each.onChange((_command, step) => void told.push(step.to))
      for (const state of ['accepted', 'accepted', 'running', 'running', 'succeeded', 'succeeded', 'failed'] as const) {
        await scene.result(command, state, `${state} it`)
      }
      expect(await scene.pathOf(command.id)).toEqual([
        'offered',
        'requested',
        'sent',
        'accepted',
        'accepted',
        'succeeded',
      ])
      await Promise.all([commands, ...others].map((each) => each[Symbol.asyncDispose]()))
      expect(told).toEqual(['accepted', 'accepted', 'succeeded'])
    })

    story('that come out of order leave the end as it was', async ({ commands, ...scene }) => {
      const command = await scene.offered()
      await commands.request(command.id, ANNA)
      await scene.result(command, 'running', 'Brushing')
      await scene.result(command, 'accepted')
      await scene.result(command, 'rejected', 'The cover is open')
      await scene.result(command, 'accepted')
      expect(await commands.find(command.id)).toMatchObject({ state: 'rejected', deviceMessage: 'The cover is open' })
    })

    story('of another device, of an unknown command, of an offer and of nonsense change nothing', async (scene) => {
      const { commands, gateway } = scene
      const command = await scene.offered()
      const waiting = await scene.offered({ device: OTHER_DEVICE })
      await commands.request(command.id, ANNA)
      await scene.result({ id: command.id, device: OTHER_DEVICE }, 'succeeded')
      await scene.result({ id: 'cmd_that0nobody0sent', device: DEVICE }, 'succeeded')
      await scene.result({ id: "'; drop table commands; --\0", device: DEVICE }, 'succeeded')
      await scene.result({ id: command.id, device: 'no device' }, 'succeeded')
      await scene.result(waiting, 'succeeded')
      await gateway.say({ kind: 'unreadable', topic: `hydrocore/${DEVICE}/results`, why: 'not JSON' })
      expect((await commands.find(command.id))?.state).toBe('sent')
      expect((await commands.find(waiting.id))?.state).toBe('offered')
    })

    story('may say anything: it is kept on one line, and no longer than can be shown', async (scene) => {
      const { commands } = scene
      const command = await scene.offered()
      await commands.request(command.id, ANNA)
      await scene.result(command, 'running', ' Lens\0clean\r\n\u2028 3 NTU\ud800 ')
      expect((await commands.find(command.id))?.deviceMessage).toBe('Lens clean 3 NTU')
      await scene.result(command, 'running', '💧'.repeat(30_000))
      const { deviceMessage } = (await commands.find(command.id)) ?? {}
      expect(deviceMessage?.length).toBeLessThanOrEqual(500)
      expect(deviceMessage?.isWellFormed()).toBe(true)
    })

    story('of endless progress do not fill the audit', async ({ commands, ...scene }) => {
      const command = await scene.offered()
      await commands.request(command.id, ANNA)
      for (let percent = 0; percent < 100; percent += 1) await scene.result(command, 'running', `${percent} %`)
      expect((await commands.stepsOf(command.id)).length).toBeLessThanOrEqual(50)
      await scene.result(command, 'succeeded', 'Done')
      expect((await commands.find(command.id))?.state).toBe('succeeded')
    })

    it('and presses in any order leave an audit that the table allows, and send once', async () => {
      const say = fc.constantFrom<ResultState>('accepted', 'running', 'succeeded', 'failed', 'rejected')
      const deeds = fc.array(fc.oneof(say, fc.constantFrom('press', 'deadline', 'restart')), { maxLength: 12 })
      await fc.assert(
        fc.asyncProperty(deeds, async (list) => {
          await using scene = await openCommands()
          let { commands } = scene
          const command = await scene.offered()
          for (const deed of list) {
            if (deed === 'press') await commands.request(command.id, ANNA)
            else if (deed === 'restart') commands = await scene.instance()
            else if (deed === 'deadline') {
              scene.clock.pass(130)
              await commands.runOnce()
            } else await scene.result(command, deed as ResultState, deed)
          }
          const steps = await commands.stepsOf(command.id)
          expect(steps.map(({ from }) => from)).toEqual([null, ...steps.slice(0, -1).map(({ to }) => to)])
          for (const { from, to } of steps.slice(1)) {
            const events = ['request', 'confirm', 'accepted', 'running', 'succeeded', 'failed', 'rejected', 'time_out']
            expect(events.some((event) => from && nextState(from, event as ResultState) === to)).toBe(true)
          }
          expect((await commands.find(command.id))?.state).toBe(steps.at(-1)?.to)
          expect(scene.gateway.sent.length).toBe(list.includes('press') ? 1 : 0)
        }),
        { numRuns: 25 },
      )
    })
  })

  describe('a reboot', () => {
    const rebooting = async (scene: CommandsSetup) => {
      const command = await scene.offered(REBOOT)
      await scene.commands.request(command.id, ANNA)
      await scene.commands.approve(command.id, BEN)
      return command
    }

    story('has worked when the device accepted, went offline and is online again', async (scene) => {
      const { commands, gateway } = scene
      const command = await rebooting(scene)
      await scene.result(command, 'accepted', 'Rebooting')
      await scene.online(DEVICE)
      expect((await commands.find(command.id))?.state).toBe('accepted')
      // A last will carries the time of connecting; its order of arrival is what counts.
      await gateway.say(status(DEVICE, false, { at: new Date(NOON - 86_400_000) }))
      await scene.online(DEVICE, false)
      await scene.online(OTHER_DEVICE)
      expect((await commands.find(command.id))?.state).toBe('accepted')
      await scene.online(DEVICE)
      expect((await commands.find(command.id))?.state).toBe('succeeded')
      await scene.result(command, 'succeeded', 'Back again')
      const steps = await commands.stepsOf(command.id)
      expect(steps.map(({ event }) => event).slice(-3)).toEqual(['accepted', 'went_offline', 'came_back'])
    })

    story('has worked, however the audit’s sentence is worded meanwhile', async (scene) => {
      const { commands, store } = scene
      const command = await rebooting(scene)
      await scene.result(command, 'accepted')
      await scene.online(DEVICE, false)
      await store
        .updateTable('command_steps')
        .set({ why: 'reworded' } as never)
        .execute()
      await scene.online(DEVICE)
      expect((await commands.find(command.id))?.state).toBe('succeeded')
    })

    story('has worked too when the device says so itself', async (scene) => {
      const command = await rebooting(scene)
      await scene.result(command, 'accepted')
      await scene.online(DEVICE, false)
      await scene.result(command, 'succeeded', 'Back again')
      await scene.online(DEVICE)
      expect(await scene.commands.find(command.id)).toMatchObject({ state: 'succeeded', deviceMessage: 'Back again' })
    })

    story('survives our own restart between going and coming back', async (scene) => {
      const command = await rebooting(scene)
      await scene.result(command, 'accepted')
      await scene.online(DEVICE, false)
      await scene.commands[Symbol.asyncDispose]()
      const next = await scene.instance()
      await scene.gateway.say(status(DEVICE, true, { retained: true }))
      expect((await next.find(command.id))?.state).toBe('succeeded')
    })

    story('is unknown when the device never comes back, or was never accepted', async (scene) => {
      const { commands, clock } = scene
      const command = await rebooting(scene)
      await scene.online(DEVICE, false)
      await scene.online(DEVICE)
      expect((await commands.find(command.id))?.state).toBe('sent')
      await scene.result(command, 'accepted')
      await scene.online(DEVICE, false)
      clock.pass(180)
      await commands.runOnce()
      await scene.online(DEVICE)
      expect((await commands.find(command.id))?.state).toBe('unknown')
    })

    story('is told once by several instances', async (scene) => {
      const all = [scene.commands, await scene.instance(), await scene.instance()]
      const command = await rebooting(scene)
      await scene.result(command, 'accepted')
      await scene.online(DEVICE, false)
      await scene.online(DEVICE)
      expect((await scene.pathOf(command.id)).slice(-3)).toEqual(['accepted', 'accepted', 'succeeded'])
      await Promise.all(all.map((each) => each[Symbol.asyncDispose]()))
    })

    story('says nothing of a command that is done when the device gave its result', async ({ commands, ...scene }) => {
      const cleaning = await scene.offered()
      await commands.request(cleaning.id, ANNA)
      await scene.result(cleaning, 'accepted')
      await scene.online(DEVICE, false)
      await scene.online(DEVICE)
      expect((await commands.find(cleaning.id))?.state).toBe('accepted')
    })
  })

  describe('devices', () => {
    story('are known by their statuses, the last one being true', async ({ commands, clock, gateway }) => {
      const { devices } = commands
      clock.pass(60)
      await gateway.say(
        status('HC5000-B-2201', true, { firmware: '5.3.0', at: new Date(NOON - 7_200_000), retained: true }),
      )
      expect(await devices.find('HC5000-B-2201')).toEqual({
        id: 'HC5000-B-2201',
        isOnline: true,
        since: new Date(NOON - 7_200_000),
        firmware: '5.3.0',
        codes: [],
        lastSeenAt: new Date(NOON - 7_200_000),
        clockAheadMs: 0,
      })
      await gateway.say(status('HC5000-B-2201', false, { at: new Date(NOON - 86_400_000) }))
      expect(await devices.find('HC5000-B-2201')).toMatchObject({
        isOnline: false,
        since: clock.now,
        firmware: '5.3.0',
        lastSeenAt: clock.now,
      })
      const wentAt = clock.now
      clock.pass(60)
      await gateway.say(status('HC5000-B-2201', false, { retained: true }))
      expect(await devices.find('HC5000-B-2201')).toMatchObject({ isOnline: false, since: wentAt, lastSeenAt: wentAt })
    })

    story('with a clock that runs ahead do not come from the future', async ({ commands, clock, gateway }) => {
      await gateway.say(status('HC5000-B-2201', true, { at: new Date('2099-01-01'), retained: true }))
      expect(await commands.devices.find('HC5000-B-2201')).toMatchObject({ since: clock.now, lastSeenAt: clock.now })
      await gateway.say(status('HC5000-B-2201', false, { at: new Date(0) }))
      expect(await commands.devices.find('HC5000-B-2201')).toMatchObject({ isOnline: false })
      await gateway.say(status('HC5000-B-2201', true, { at: new Date(1_000) }))
      expect(await commands.devices.find('HC5000-B-2201')).toMatchObject({ isOnline: true })
    })

    story('with a clock two minutes ahead get a command that has not expired for them', async (scene) => {
      const { commands, gateway, clock } = scene
      const skewed = new Date(NOON + 120_000)
      await gateway.say(status(DEVICE, true, { at: skewed }))
      expect((await commands.devices.find(DEVICE))?.clockAheadMs).toBe(120_000)
      const { id } = await scene.offered()
      await commands.request(id, ANNA)
      const expiresAt = gateway.sent[0]?.expiresAt.getTime() ?? 0
      expect(expiresAt - skewed.getTime()).toBe(120_000)
      await scene.result({ id, device: DEVICE }, 'succeeded')

      // Put right, or only late, or behind: no reason to give a command longer.
      await gateway.say(status(DEVICE, true, { at: new Date(NOON - 120_000) }))
      expect((await commands.devices.find(DEVICE))?.clockAheadMs).toBe(0)
      clock.pass(300)
      const next = await scene.offered()
      await commands.request(next.id, ANNA)
      expect(gateway.sent[1]?.expiresAt.getTime()).toBe(clock.now.getTime() + 120_000)
    })

    story('with a broken clock are not given for ever', async ({ commands, gateway, ...scene }) => {
      await gateway.say(status(DEVICE, true, { at: new Date(NOON + 365 * 86_400_000) }))
      const { id } = await scene.offered()
      await commands.request(id, ANNA)
      expect(gateway.sent[0]?.expiresAt.getTime()).toBe(NOON + 120_000 + 15 * 60_000)
    })

    story('keep the codes they raised and did not clear', async ({ commands, gateway, clock }) => {
      const others = ['E-01', 'E-05']
      const event = (device: string, code: string, state: 'raised' | 'cleared') =>
        gateway.say({ kind: 'event', device, code, state, at: clock.now, values: null })
      await event(DEVICE, 'E-02', 'raised')
      for (const code of others) await event(DEVICE, code, 'raised')
      await event(DEVICE, 'E-02', 'raised')
      await event(DEVICE, 'E-01', 'cleared')
      await event(DEVICE, 'W-10', 'cleared')
      expect((await commands.devices.find(DEVICE))?.codes).toEqual(['E-05', 'E-02'])
      await event('HC5000-Z-0001', 'E-02', 'raised')
      expect(await commands.devices.find('HC5000-Z-0001')).toMatchObject({ isOnline: true, codes: ['E-02'] })
      for (let i = 0; i < 80; i += 1) await event('HC5000-Z-0001', `X-${i}`, 'raised')
      expect((await commands.devices.find('HC5000-Z-0001'))?.codes).toHaveLength(50)
    })

    story('of no known shape are not kept', async ({ commands, gateway }) => {
      for (const id of ['GW-01', 'HC5000-A-11380', 'x'.repeat(128)]) await gateway.say(status(id, true))
      expect((await commands.devices.list()).map(({ id }) => id)).toEqual([OTHER_DEVICE, DEVICE])
      expect(await commands.devices.find('\0')).toBeNull()
    })

    story('are found by a part of their id, or by what looks like it', async ({ commands, gateway }) => {
      for (const id of ['HC5000-B-2201', 'HC5000-B-2214']) await gateway.say(status(id, true))
      const { devices } = commands
      const found = async (text: string, most: number) => (await devices.search(text, most)).map(({ id }) => id)
      expect(await found('b-22', 10)).toEqual(['HC5000-B-2201', 'HC5000-B-2214'])
      expect(await found('', 3)).toEqual([OTHER_DEVICE, DEVICE, 'HC5000-B-2201'])
      expect(await found('HC5000-B-2213', 1)).toEqual(['HC5000-B-2214'])
      expect(await devices.nearest('hc5000-b-2202', 2)).toEqual(['HC5000-B-2201', 'HC5000-B-2214'])
    })
  })
})
