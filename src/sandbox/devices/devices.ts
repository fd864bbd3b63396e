import { setTimeout as wait } from 'node:timers/promises'
import type { Device, DeviceAction, Outcome } from '../page/contract.ts'
import { readFacts } from './facts.ts'
import { keepUnitStates, readUnitStates, type UnitStates } from './state-file.ts'
import { createUnit, type ReceivedCommand, type Unit, type UnitState } from './unit.ts'

export type DevicePanel = AsyncDisposable & {
  list(): readonly Device[]
  act(id: string, action: DeviceAction): Outcome
  /** Tells of every change of a device, its log included. */
  subscribe(listener: (device: Device) => void): () => void
  /** What the devices heard on their commands topics, the newest last. */
  received: readonly ReceivedCommand[]
  /** The codes a device can raise. */
  codes: readonly { code: string; problem: string }[]
}

/** The units as they leave the box: something to ask about from the first minute, and one that is out of reach. */
const FLEET: readonly { id: string; firmware: string; initial: UnitState }[] = [
  { id: 'HC5000-A-1138', firmware: '5.4.1', initial: { codes: ['E-02'], behaviour: 'works', powered: true } },
  { id: 'HC5000-A-1042', firmware: '5.4.1', initial: { codes: ['E-01'], behaviour: 'works', powered: true } },
  { id: 'HC5000-B-2201', firmware: '5.3.0', initial: { codes: ['W-10'], behaviour: 'works', powered: true } },
  { id: 'HC5000-B-2214', firmware: '5.4.1', initial: { codes: [], behaviour: 'works', powered: true } },
  { id: 'HC5000-C-0007', firmware: '5.2.8', initial: { codes: ['E-05'], behaviour: 'works', powered: false } },
]

/** A piece of work takes this long at speed 1: long enough to be seen, short enough to be waited for. */
const WORK_MS = { least: 400, most: 900 }
/** A broker that is down must not keep the sandbox from starting; the units go on trying. */
const START_PATIENCE_MS = 2_000
/** Far more than tests count; memory comes first. */
const RECEIVED_LENGTH = 100_000

/** Starts the simulated units, each a client of the broker in its own right. */
export async function startDevices(options: {
  brokerUrl: string
  catalogFile?: string | undefined
  /** Where raised codes, behaviour and power outlive a restart. */
  stateFile?: string | undefined
  /** 10 works ten times as fast. */
  speed?: number | undefined
  log?: ((text: string) => void) | undefined
}): Promise<DevicePanel> {
  const { brokerUrl, catalogFile, stateFile, speed = 1, log = () => {} } = options
  const facts = await readFacts(catalogFile)
  const kept: UnitStates = stateFile ? await readUnitStates(stateFile, log) : {}
  const units = new Map<string, Unit>()
  const states = () => Object.fromEntries([...units].map(([id, unit]) => [id, unit.state()]))
  const keeper = stateFile ? keepUnitStates(stateFile, states, log) : null
  const listeners = new Set<(device: Device) => void>()
  const received: ReceivedCommand[] = []
  const workMs = () => (WORK_MS.least + Math.random() * (WORK_MS.most - WORK_MS.least)) / speed

  for (const { id, firmware, initial } of FLEET) {
    const unit = createUnit({
      id,
      firmware,
      brokerUrl,
      facts,
      initial: kept[id] ?? initial,
      workMs,
      onChange: () => {
        for (const listener of listeners) listener(unit.device())
      },
      onState: () => keeper?.save(),
      onReceived: (command) => {
        received.push(command)
        if (received.length > RECEIVED_LENGTH) received.shift()
      },
    })
    units.set(id, unit)
  }
  const all = [...units.values()]
  await Promise.race([
    Promise.all(all.map(({ started }) => started)),
    wait(START_PATIENCE_MS, undefined, { ref: false }),
  ])

  return {
    list: () => all.map((unit) => unit.device()),
    act: (id, action) => units.get(id)?.act(action) ?? { ok: false, error: 'no_such_device' },
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    received,
    codes: facts.codes,
    async [Symbol.asyncDispose]() {
      await Promise.all(all.map((unit) => unit.close()))
      await keeper?.saved()
    },
  }
}
