import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MAX_PAYLOAD_BYTES } from '../../../src/commands/devices/device-messages.ts'
import {
  CommandExpiredError,
  GatewayOfflineError,
  GatewayUncertainError,
  InvalidDeviceIdError,
} from '../../../src/commands/devices/gateway.ts'
import { openScene, type Scene } from './gateway-scene.ts'

export type ContractBroker = AsyncDisposable & { url: string }

const AT = '2026-11-22T10:00:00.000Z'
const at = new Date(AT)
const result = (commandId: string, more = {}) => ({ commandId, state: 'succeeded', at: AT, ...more })

/** What the device gateway promises, whichever broker stands behind it. */
export function deviceGatewayContract(
  name: string,
  broker: { open: () => Promise<ContractBroker>; protocol: 4 | 5; skip?: string | undefined },
) {
  describe.skipIf(broker.skip)(broker.skip ? `${name} (skipped: ${broker.skip})` : name, () => {
    let opened: ContractBroker
    beforeAll(async () => {
      opened = await broker.open()
    })
    afterAll(() => opened[Symbol.asyncDispose]())

    const story = (title: string, tell: (scene: Scene) => Promise<void>) =>
      it(title, async () => {
        await using scene = await openScene(opened.url)
        await tell(scene)
      })

    describe('sending', () => {
      story('reaches the device once, acknowledged and not retained', async ({ open, command, commands, device }) => {
        const gateway = await open()
        const first = command()
        const second = command()
        await gateway.send(first)
        await gateway.send(second)
        await commands.count(2)
        expect(commands.all).toEqual(
          [first, second].map(({ commandId, command, requestedAt, expiresAt }) => ({
            payload: {
              commandId,
              command,
              requestedAt: requestedAt.toISOString(),
              expiresAt: expiresAt.toISOString(),
            },
            qos: 1,
            retain: false,
          })),
        )
        expect(device).toMatch(/^HC5000-T-/)
      })

      story('goes on under load: each of 200 at once arrives once', async ({ open, command, commands }) => {
        const gateway = await open()
        const sent = Array.from({ length: 200 }, () => command())
        await Promise.all(sent.map((each) => gateway.send(each)))
        await commands.count(200)
        expect(commands.all.map(({ payload }) => payload.commandId).sort()).toEqual(
          sent.map(({ commandId }) => commandId).sort(),
        )
      })

      story('is refused once the gateway is closed', async ({ open, command }) => {
        const gateway = await open()
        await gateway.close()
        expect(gateway.state()).toBe('closed')
        await expect(gateway.send(command())).rejects.toBeInstanceOf(GatewayOfflineError)
      })

      story('is refused for an id that is not one level of a topic', async ({ open, command, commands, device }) => {
        const gateway = await open()
        const hostile = ['', '+', '#', `${device}/commands`, `../${device}`, `${device}\u0000`, `${device}\n`, '\ud800']
        for (const id of hostile) {
          await expect(gateway.send(command({ device: id })), JSON.stringify(id)).rejects.toThrow(InvalidDeviceIdError)
        }
        await gateway.send(command({ commandId: 'fence' }))
        expect((await commands.count(1)).map(({ payload }) => payload.commandId)).toEqual(['fence'])
      })

      story('is refused for a command whose time has run out', async ({ open, command, commands }) => {
        const gateway = await open()
        for (const expiresAt of [new Date(Date.now() - 1), new Date(Number.NaN)]) {
          await expect(gateway.send(command({ expiresAt }))).rejects.toBeInstanceOf(CommandExpiredError)
        }
        await gateway.send(command({ commandId: 'fence' }))
        expect((await commands.count(1)).map(({ payload }) => payload.commandId)).toEqual(['fence'])
      })

      story('sends nothing for a signal that is aborted already', async ({ open, command, commands }) => {
        const gateway = await open()
        await expect(gateway.send(command(), AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' })
        await gateway.send(command({ commandId: 'fence' }))
        expect((await commands.count(1)).map(({ payload }) => payload.commandId)).toEqual(['fence'])
      })
    })

    describe('a line that fails', () => {
      story('says so, and works again when it is back', async ({ open, command, commands, line }) => {
        const gateway = await open()
        await line.cut()
        await gateway.states.find((state) => state === 'offline')
        await expect(gateway.send(command())).rejects.toBeInstanceOf(GatewayOfflineError)
        await line.restore()
        await gateway.states.find(() => gateway.states.all.length === 3)
        expect(gateway.states.all).toEqual(['connected', 'offline', 'connected'])
        await gateway.send(command({ commandId: 'fence' }))
        expect((await commands.count(1)).map(({ payload }) => payload.commandId)).toEqual(['fence'])
      })

      story('leaves a send uncertain whose acknowledgement was lost, and never repeats it', async (scene) => {
        const { open, command, commands, line } = scene
        const gateway = await open()
        line.mute('to client')
        const sending = expect(gateway.send(command({ commandId: 'heard' }))).rejects.toBeInstanceOf(
          GatewayUncertainError,
        )
        await commands.count(1)
        await line.cut()
        await sending
        await line.restore()
        await gateway.states.find(() => gateway.states.all.length === 3)
        await gateway.send(command({ commandId: 'fence' }))
        expect((await commands.count(2)).map(({ payload }) => payload.commandId)).toEqual(['heard', 'fence'])
      })

      story('leaves a send uncertain that was not acknowledged in time, and never repeats it', async (scene) => {
        const { open, command, commands, line } = scene
        const gateway = await open({ ackTimeoutMs: 50 })
        line.mute('to broker')
        const abort = new AbortController()
        const aborted = expect(gateway.send(command(), abort.signal)).rejects.toBeInstanceOf(GatewayUncertainError)
        abort.abort()
        await aborted
        await expect(gateway.send(command())).rejects.toBeInstanceOf(GatewayUncertainError)
        await gateway.states.find((state) => state === 'offline')
        await expect(gateway.send(command())).rejects.toBeInstanceOf(GatewayOfflineError)
        await line.cut()
        await line.restore()
        await gateway.states.find(() => gateway.states.all.length === 3)
        await gateway.send(command({ commandId: 'fence' }))
        expect((await commands.count(1)).map(({ payload }) => payload.commandId)).toEqual(['fence'])
      })

      story('closes while a send is not acknowledged, and says that it is uncertain', async (scene) => {
        const { open, command, line } = scene
        const gateway = await open({ ackTimeoutMs: 60_000, closeTimeoutMs: 50 })
        line.mute('to broker')
        const sending = expect(gateway.send(command())).rejects.toBeInstanceOf(GatewayUncertainError)
        await gateway.close()
        await sending
        expect(gateway.state()).toBe('closed')
      })

      story('is no reason to fail at the start', async ({ open, command, commands, line }) => {
        await line.cut()
        const gateway = await open()
        expect(gateway.state()).toBe('connecting')
        await expect(gateway.send(command())).rejects.toBeInstanceOf(GatewayOfflineError)
        await line.restore()
        await gateway.states.find((state) => state === 'connected')
        await gateway.send(command({ commandId: 'fence' }))
        expect((await commands.count(1)).map(({ payload }) => payload.commandId)).toEqual(['fence'])
      })
    })

    describe('hearing', () => {
      story('reads results, statuses and events; unknown keys are tolerated', async ({ open, say, device }) => {
        const { heard } = await open()
        await say('results', result('cmd_1', { state: 'accepted', queue: 3 }))
        await say('results', result('cmd_1', { message: 'Cleaning cycle done' }))
        await say('status', { online: true, at: AT, firmware: '5.4.1' })
        await say('events', { code: 'E-02', state: 'raised', at: AT, values: { turbidityNtu: 41.2 } })
        await say('events', { code: 'E-02', state: 'cleared', at: '2026-11-22T11:00:00+01:00', values: null })
        await heard.count(5)
        expect(heard.all.filter(({ kind }) => kind === 'result')).toEqual([
          { kind: 'result', device, commandId: 'cmd_1', state: 'accepted', at, message: null },
          { kind: 'result', device, commandId: 'cmd_1', state: 'succeeded', at, message: 'Cleaning cycle done' },
        ])
        expect(heard.all).toContainEqual({
          kind: 'status',
          device,
          online: true,
          at,
          firmware: '5.4.1',
          retained: false,
        })
        expect(heard.all.filter(({ kind }) => kind === 'event')).toEqual([
          { kind: 'event', device, code: 'E-02', state: 'raised', at, values: { turbidityNtu: 41.2 } },
          { kind: 'event', device, code: 'E-02', state: 'cleared', at, values: null },
        ])
      })

      story('sees the retained status on every connection', async ({ open, say, device, line }) => {
        await say('status', { online: false, at: AT }, { retain: true })
        const { heard, states } = await open()
        const offline = { kind: 'status', device, online: false, at, firmware: null, retained: true }
        expect(await heard.count(1)).toEqual([offline])
        await line.cut()
        await states.find((state) => state === 'offline')
        await line.restore()
        expect(await heard.count(2)).toEqual([offline, offline])
      })

      story('hears after a reconnect what was said in between', async ({ open, say, line }) => {
        const { heard, states } = await open()
        await line.cut()
        await states.find((state) => state === 'offline')
        await say('results', result('cmd_a'))
        await say('results', result('cmd_b'))
        await line.restore()
        expect(await heard.count(2)).toMatchObject([{ commandId: 'cmd_a' }, { commandId: 'cmd_b' }])
      })

      story('hears after a restart what was said in between, and once', async ({ open, say }) => {
        const before = await open()
        await before.close()
        await say('results', result('cmd_a'))
        const after = await open()
        await after.heard.count(1)
        await say('results', result('fence'))
        await after.heard.count(2)
        expect(after.heard.all).toMatchObject([{ commandId: 'cmd_a' }, { commandId: 'fence' }])
      })

      story('hears again what was still being worked on when the process died', async ({ open, say, line }) => {
        const dying = await open({ reconnectMs: 60_000, closeTimeoutMs: 50 })
        const working = Promise.withResolvers<void>()
        const never = Promise.withResolvers<void>()
        dying.subscribe((message) => {
          if (message.kind !== 'result') return
          working.resolve()
          return never.promise
        })
        await say('results', result('cmd_a'))
        await working.promise
        // Some round trips, in which a hasty acknowledgement would have reached the broker.
        const later = ['cmd_b', 'cmd_c', 'cmd_d']
        for (const commandId of later) await say('results', result(commandId))
        await line.cut()
        await line.restore()
        const { heard } = await open()
        expect(await heard.count(4)).toMatchObject(['cmd_a', ...later].map((commandId) => ({ commandId })))
        never.resolve()
      })

      story('tells what it cannot read, and reads on', async ({ open, say, device }) => {
        const { heard } = await open()
        const garbage: unknown[] = [
          '{"commandId": "cmd_1", "sta',
          '',
          'null',
          '[]',
          Buffer.from([0xff, 0xfe, 0x00]),
          result('cmd_1', { state: 'exploded' }),
          result(''),
          result('cmd_1', { at: 'yesterday' }),
          result('cmd_1', { message: 'x'.repeat(MAX_PAYLOAD_BYTES) }),
          { state: 'succeeded', at: AT },
        ]
        for (const each of garbage) await say('results', each)
        await say('results', result('fence'))
        await heard.find((message) => message.kind === 'result')
        expect(heard.all).toHaveLength(garbage.length + 1)
        expect(heard.all.slice(0, -1)).toEqual(
          garbage.map(() => ({ kind: 'unreadable', topic: `hydrocore/${device}/results`, why: expect.any(String) })),
        )
        expect(heard.all.at(-1)).toMatchObject({ kind: 'result', commandId: 'fence' })
      })

      story('outlives listeners that fail, and logs them', async ({ open, say, logs }) => {
        const gateway = await open()
        gateway.subscribe(() => {
          throw new Error('thrown')
        })
        gateway.subscribe(() => Promise.reject(new Error('rejected')))
        gateway.onState(() => {
          throw new Error('state')
        })
        await say('results', result('cmd_a'))
        await say('results', result('cmd_b'))
        await gateway.heard.count(2)
        await logs.count(4, ({ text }) => text === 'a listener to device messages failed')
        await gateway.close()
        expect(logs.all.some(({ details }) => String((details as { err?: Error }).err) === 'Error: state')).toBe(true)
      })

      story('lets a listener send and wait for it', async ({ open, say, command, commands }) => {
        const gateway = await open()
        const sent = Promise.withResolvers<void>()
        gateway.subscribe(async (message) => {
          if (message.kind === 'event') sent.resolve(gateway.send(command({ commandId: 'answer' })))
          await sent.promise
        })
        await say('events', { code: 'E-02', state: 'raised', at: AT })
        await sent.promise
        expect((await commands.count(1)).map(({ payload }) => payload.commandId)).toEqual(['answer'])
      })

      story('stops telling a listener that left', async ({ open, say }) => {
        const gateway = await open()
        let count = 0
        const leave = gateway.subscribe((message) => {
          if (message.kind === 'result') count += 1
        })
        await say('results', result('cmd_a'))
        await gateway.heard.count(1)
        leave()
        await say('results', result('cmd_b'))
        await gateway.heard.count(2)
        expect(count).toBe(1)
      })
    })

    story(`speaks MQTT ${broker.protocol === 5 ? '5' : '3.1.1'} with it`, async ({ open, logs }) => {
      await open()
      expect(await logs.find(({ text }) => text === 'device gateway connected')).toMatchObject({
        details: { protocol: broker.protocol },
      })
    })
  })
}
