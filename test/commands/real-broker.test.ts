import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import type { Command, CommandStep } from '../../src/commands/command.ts'
import { createCommands } from '../../src/commands/commands.ts'
import { connectGateway, type DeviceGateway, type DeviceMessage } from '../../src/commands/devices/gateway.ts'
import { type Broker, startBroker } from '../../src/sandbox/broker/broker.ts'
import { type DevicePanel, startDevices } from '../../src/sandbox/devices/devices.ts'
import { DATABASES, type TestDatabase } from '../support/databases.ts'
import { addAnswer } from '../support/rows.ts'
import { silent } from '../support/silent.ts'
import { Heard } from './devices/heard.ts'
import { ANNA, BEN, catalog, DEVICE, REBOOT } from './setup.ts'

/** The whole way: our gateway, the embedded broker, and units that know nothing of our code. */
const CLEAN = { code: 'E-02', command: 'CLEAN_TURB' }
const opened = new AsyncDisposableStack()
let broker: Broker
let panel: DevicePanel
let database: TestDatabase
let gateway: DeviceGateway
const told = new Heard<{ command: Command; step: CommandStep }>()
let commands: ReturnType<typeof createCommands>

beforeAll(async () => {
  const [sqlite] = DATABASES
  if (!sqlite) throw new Error('there is always SQLite')
  database = opened.use(await sqlite.create())
  broker = opened.use(await startBroker())
  panel = opened.use(await startDevices({ brokerUrl: broker.url, speed: 20 }))
  gateway = opened.use(
    await connectGateway({ url: broker.url, clientId: 'test-commands', reconnectMs: 20, logger: silent }),
  )
  commands = opened.use(createCommands({ catalog, gateway, store: database.store, logger: silent, hasOperators: true }))
  commands.onChange((command, step) => told.hear({ command, step }))
  commands.start()
})
afterAll(() => opened.disposeAsync())

/** The retained statuses come when they come. */
const known = (device: string) =>
  vi.waitFor(async () => expect(await commands.devices.find(device)).not.toBeNull(), { interval: 5 })
const offered = async (what: { code: string; command: string }, device: string) => {
  const { id } = await addAnswer(database.store)
  await known(device)
  return commands.offer({ ...what, answerId: id, device, team: 'T1', channel: 'C1', offeredAt: new Date() })
}
const reaches = ({ id }: Command, state: string) =>
  told.find(({ command, step }) => command.id === id && step.to === state)
const heardBy = (id: string) => panel.received.filter(({ commandId }) => commandId === id)

it('cleans a real line of turbidity: sent, accepted, succeeded, in the words of the device', async () => {
  const command = await offered(CLEAN, DEVICE)
  const outcomes = await Promise.all(Array.from({ length: 10 }, () => commands.request(command.id, ANNA)))
  expect(outcomes.filter(({ kind }) => kind === 'sent')).toHaveLength(1)
  const { command: done } = await reaches(command, 'succeeded')
  expect(done.deviceMessage).toMatch(/\w+/)
  expect(done.requestedBy).toEqual({ user: 'UANNA', team: 'T1' })
  expect(heardBy(command.id)).toMatchObject([{ treated: 'taken', device: DEVICE, command: 'CLEAN_TURB' }])
  const path = (await commands.stepsOf(command.id)).map(({ to }) => to)
  expect(path.filter((state, i) => state !== path[i - 1] && state !== 'sent')).toEqual([
    'offered',
    'requested',
    'accepted',
    'succeeded',
  ])
})

it('reboots a unit that two operators agree on, and believes it when it is back', async () => {
  const device = 'HC5000-B-2214'
  const command = await offered(REBOOT, device)
  expect((await commands.request(command.id, ANNA)).kind).toBe('awaiting_approval')
  expect((await commands.approve(command.id, BEN)).kind).toBe('sent')
  await reaches(command, 'succeeded')
  expect((await commands.stepsOf(command.id)).map(({ why }) => why)).toContain('the device went offline')
  expect(heardBy(command.id)).toHaveLength(1)
})

it('hears each answer once of a unit that repeats itself, and none of one that talks garbage', async () => {
  const repeating = 'HC5000-A-1042'
  const recalibrate = { code: 'E-01', command: 'RECALIB_PH' }
  panel.act(repeating, { action: 'behave', behaviour: 'repeats' })
  const command = await offered(recalibrate, repeating)
  await commands.request(command.id, ANNA)
  await reaches(command, 'succeeded')
  const states = (await commands.stepsOf(command.id)).map(({ to }) => to)
  expect(states.filter((state) => state === 'succeeded')).toHaveLength(1)

  const garbling = 'HC5000-B-2201'
  panel.act(garbling, { action: 'behave', behaviour: 'garbage' })
  const unreadable = new Heard<DeviceMessage>()
  gateway.subscribe((message) => {
    if (message.kind === 'unreadable') unreadable.hear(message)
  })
  const next = await offered(recalibrate, garbling)
  await commands.request(next.id, ANNA)
  await unreadable.count(3)
  expect((await commands.find(next.id))?.state).toBe('sent')
})

it('says that nothing was sent while the broker is away', async () => {
  const command = await offered(REBOOT, DEVICE)
  await commands.request(command.id, ANNA)
  const isOffline = new Promise<void>((resolve) => {
    const stop = gateway.onState((state) => {
      if (state !== 'offline') return
      stop()
      resolve()
    })
  })
  await broker.stop()
  await isOffline
  expect(await commands.approve(command.id, BEN)).toMatchObject({
    kind: 'not_sent',
    command: { state: 'failed', sentAt: null },
    remedy: expect.stringContaining('Nothing was sent'),
  })
  await broker.start()
  expect(heardBy(command.id)).toEqual([])
})
