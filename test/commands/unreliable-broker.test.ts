import { randomInt } from 'node:crypto'
import { connectAsync } from 'mqtt'
import { describe, expect, it } from 'vitest'
import type { Command, CommandStep } from '../../src/commands/command.ts'
import { createCommands } from '../../src/commands/commands.ts'
import { connectGateway } from '../../src/commands/devices/gateway.ts'
import { startBroker } from '../../src/sandbox/broker/broker.ts'
import { DATABASES } from '../support/databases.ts'
import { addAnswer } from '../support/rows.ts'
import { silent } from '../support/silent.ts'
import { Heard } from './devices/heard.ts'
import { type Line, openLine } from './flaky-proxy.ts'
import { MOSQUITTO, mosquittoMissing } from './mosquitto.ts'
import { ANNA, catalog } from './setup.ts'

/** One unit whose every word the test says, our gateway on a line that can break, and commands between them. */
async function openTrouble(brokerUrl: string) {
  await using opened = new AsyncDisposableStack()
  const [sqlite] = DATABASES
  if (!sqlite) throw new Error('there is always SQLite')
  const { store } = opened.use(await sqlite.create())
  const number = randomInt(10_000)
  const device = `HC5000-V-${String(number).padStart(4, '0')}`
  const clientId = `trouble-${number}`
  const unit = await connectAsync(brokerUrl, { clientId: `unit-${number}` })
  const say = (channel: string, payload: unknown, retain = false) =>
    unit.publishAsync(`hydrocore/${device}/${channel}`, payload === '' ? '' : JSON.stringify(payload), {
      qos: 1,
      retain,
    })
  opened.defer(async () => {
    await say('status', '', true)
    await unit.endAsync()
    const forget = await connectAsync(brokerUrl, { clientId, clean: true })
    await forget.endAsync()
  })
  const heard = new Heard<{ commandId: string; expiresAt: string }>()
  unit.on('message', (_topic, payload) => heard.hear(JSON.parse(payload.toString())))
  await unit.subscribeAsync(`hydrocore/${device}/commands`, { qos: 1 })

  const line: Line = opened.use(await openLine(brokerUrl))
  const gateway = opened.use(
    await connectGateway({ url: line.url, clientId, reconnectMs: 20, ackTimeoutMs: 400, logger: silent }),
  )
  let pastMs = 0
  const commands = opened.use(
    createCommands({
      catalog,
      gateway,
      store,
      logger: silent,
      hasOperators: true,
      now: () => new Date(Date.now() + pastMs),
    }),
  )
  const told = new Heard<{ command: Command; step: CommandStep }>()
  commands.onChange((command, step) => told.hear({ command, step }))
  commands.start()
  const states = new Heard<string>()
  gateway.onState(states.hear)
  /** The unit says hello, at a time of its own, and we have heard it. */
  const hello = async (clockAheadMs = 0) => {
    await say('status', { online: true, at: new Date(Date.now() + clockAheadMs).toISOString() }, true)
    await expect.poll(async () => (await commands.devices.find(device))?.isOnline, { timeout: 10_000 }).toBe(true)
  }
  const held = opened.move()
  return {
    device,
    commands,
    heard,
    line,
    states,
    hello,
    pass: (seconds: number) => {
      pastMs += seconds * 1_000
    },
    async offered() {
      const { id: answerId } = await addAnswer(store)
      const offeredAt = new Date(Date.now() + pastMs)
      return commands.offer({
        code: 'E-02',
        command: 'CLEAN_TURB',
        answerId,
        device,
        team: 'T1',
        channel: 'C1',
        offeredAt,
      })
    },
    result: (commandId: string, state: string, message?: string) =>
      say('results', { commandId, state, at: new Date().toISOString(), message }),
    reaches: ({ id }: Command, state: string) =>
      told.find(({ command, step }) => command.id === id && step.to === state),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  }
}
type Trouble = Awaited<ReturnType<typeof openTrouble>>

const BROKERS = [
  { name: 'the embedded broker', open: () => startBroker(), skipped: null },
  {
    name: 'Mosquitto',
    open: async () => ({ url: MOSQUITTO, [Symbol.asyncDispose]: async () => undefined }),
    skipped: mosquittoMissing,
  },
]

for (const { name, open, skipped } of BROKERS) {
  describe.skipIf(skipped !== null)(`commands over ${name}${skipped ? ` (skipped: ${skipped})` : ''}`, () => {
    const story = (title: string, tell: (trouble: Trouble) => Promise<void>) =>
      it(title, { timeout: 30_000 }, async () => {
        await using broker = await open()
        await using trouble = await openTrouble(broker.url)
        await tell(trouble)
      })

    story('hear a result that was said while the line was cut, once', async (trouble) => {
      const { commands, line, states, heard } = trouble
      await trouble.hello()
      const command = await trouble.offered()
      expect(await commands.request(command.id, ANNA)).toMatchObject({ kind: 'sent' })
      await trouble.result(command.id, 'accepted')
      await trouble.reaches(command, 'accepted')
      await line.cut()
      await states.find((state) => state === 'offline')
      await trouble.result(command.id, 'succeeded', 'Done while you were away')
      expect((await commands.find(command.id))?.state).toBe('accepted')
      await line.restore()
      const { command: done } = await trouble.reaches(command, 'succeeded')
      expect(done.deviceMessage).toBe('Done while you were away')
      expect(heard.all).toHaveLength(1)
    })

    story('say at once that nothing was sent, and send nothing later', async (trouble) => {
      const { commands, line, states, heard } = trouble
      await trouble.hello()
      const command = await trouble.offered()
      await line.cut()
      await states.find((state) => state === 'offline')
      expect(await commands.request(command.id, ANNA)).toMatchObject({
        kind: 'not_sent',
        remedy: expect.stringContaining('Nothing was sent'),
        command: { state: 'failed', sentAt: null },
      })
      await line.restore()
      await states.find((state) => state === 'connected')
      const next = await commands.offerAgain(command.id)
      expect(await commands.request(next?.id ?? '', ANNA)).toMatchObject({ kind: 'sent' })
      await heard.count(1)
      expect(heard.all.map(({ commandId }) => commandId)).toEqual([next?.id])
    })

    story('call a send unknown whose confirmation was lost, until the device tells', async (trouble) => {
      const { commands, line, heard } = trouble
      await trouble.hello()
      const command = await trouble.offered()
      line.mute('to client')
      expect(await commands.request(command.id, ANNA)).toMatchObject({
        kind: 'uncertain',
        command: { state: 'unknown' },
      })
      await heard.count(1)
      await trouble.result(command.id, 'accepted')
      await trouble.result(command.id, 'succeeded', 'It had come through')
      await line.restore()
      await trouble.reaches(command, 'succeeded')
      expect(heard.all).toHaveLength(1)
    })

    story('call silence unknown at the deadline, and believe a late result, once', async (trouble) => {
      const { commands, heard } = trouble
      await trouble.hello()
      const command = await trouble.offered()
      await commands.request(command.id, ANNA)
      await heard.count(1)
      trouble.pass(121)
      await commands.runOnce()
      expect(await commands.find(command.id)).toMatchObject({ state: 'unknown' })
      for (const state of ['running', 'succeeded', 'succeeded', 'failed'])
        await trouble.result(command.id, state, state)
      await trouble.reaches(command, 'succeeded')
      const last = await trouble.offered()
      expect(await commands.request(last.id, ANNA)).toMatchObject({ refusal: { code: 'cooldown' } })
      expect(await commands.find(command.id)).toMatchObject({ state: 'succeeded', deviceMessage: 'succeeded' })
    })

    story('reach a device whose clock is two minutes ahead, before they expire for it', async (trouble) => {
      const { commands, heard } = trouble
      await trouble.hello(120_000)
      const command = await trouble.offered()
      await commands.request(command.id, ANNA)
      const [taken] = await heard.count(1)
      const left = Date.parse(taken?.expiresAt ?? '') - (Date.now() + 120_000)
      expect(left).toBeGreaterThan(100_000)
      expect(left).toBeLessThan(125_000)
    })
  })
}
