import { setTimeout as wait } from 'node:timers/promises'
import type { Device, DeviceAction, DeviceBehaviour, Outcome } from '../page/contract.ts'
import type { CommandFacts, Facts } from './facts.ts'
import { type Command, createIntake, type Heard } from './intake.ts'
import { type Radio, switchOn } from './radio.ts'
import { readSensor, sayDone, sayFailed, writeValues } from './readings.ts'

/** What outlives a restart. */
export type UnitState = { codes: readonly string[]; behaviour: DeviceBehaviour; powered: boolean }

/** A command as it came in, and what the unit made of it. */
export type ReceivedCommand = {
  device: string
  at: Date
  commandId: string | null
  command: string | null
  treated: 'taken' | 'busy' | Exclude<Heard['verdict'], 'new'>
}

export type Unit = {
  device(): Device
  state(): UnitState
  /** Resolves when its first status was handed to the broker. */
  started: Promise<void>
  act(action: DeviceAction): Outcome
  close(): Promise<void>
}

export const BEHAVIOURS = [
  'works',
  'fails',
  'rejects',
  'late',
  'silent',
  'garbage',
  'repeats',
] as const satisfies readonly DeviceBehaviour[]

/** The panel shows the last things said, not a life's story. */
const LOG_LENGTH = 50

/** One simulated HydroCore: it raises codes, hears commands and answers them as its behaviour says. */
export function createUnit(parts: {
  id: string
  firmware: string
  brokerUrl: string
  facts: Facts
  initial: UnitState
  /** How long the next piece of work takes. */
  workMs: () => number
  onChange: () => void
  /** What outlives a restart has changed. */
  onState: () => void
  onReceived: (received: ReceivedCommand) => void
}): Unit {
  const { id, firmware, brokerUrl, facts, initial, workMs, onChange, onState, onReceived } = parts
  const known = new Set(facts.codes.map(({ code }) => code))
  const codes = new Set(initial.codes.filter((code) => known.has(code)))
  const readings = new Map([...known].map((code) => [code, readSensor(code, codes.has(code))]))
  const takeIn = createIntake(facts)
  const log: { at: string; text: string }[] = []
  const unsaidEvents: unknown[] = []
  let { behaviour, powered } = initial
  let online = false
  let running: string | null = null
  let radio: Radio | null = null
  /** From power on to power off; what the unit is doing ends with it. */
  let life = new AbortController()
  let turning = Promise.resolve()
  const started = Promise.withResolvers<void>()

  const now = () => new Date().toISOString()
  const note = (text: string) => {
    log.push({ at: now(), text })
    if (log.length > LOG_LENGTH) log.shift()
    onChange()
  }

  const sayStatus = (isOnline: boolean) => radio?.say('status', { online: isOnline, at: now(), firmware })
  /** A unit that is offline keeps its events, and tells them when it is back. */
  const sayEvents = () => {
    if (online) for (const event of unsaidEvents.splice(0)) radio?.say('events', event)
  }
  const change = (code: string, state: 'raised' | 'cleared', reading = readSensor(code, state === 'raised')) => {
    readings.set(code, reading)
    if (codes.has(code) === (state === 'raised')) return
    if (state === 'raised') codes.add(code)
    else codes.delete(code)
    unsaidEvents.push({ code, state, at: now(), values: writeValues(code, reading) })
    sayEvents()
    note(`${code} ${state}`)
    onState()
  }

  const openRadio = (onOnline: () => void) => {
    const mine: Radio = switchOn({
      brokerUrl,
      device: id,
      onOnline: () => {
        if (radio === mine) onOnline()
      },
      onOffline: () => {
        if (radio === mine) lose()
      },
      onCommand: (payload) => {
        if (radio === mine) hear(payload)
      },
    })
    radio = mine
  }
  const lose = () => {
    if (!online) return
    online = false
    note('Offline')
  }
  const leave = async (how: 'hangUp' | 'cut') => {
    const ended = radio
    radio = null
    lose()
    await ended?.[how]()
  }
  const goOnline = () =>
    openRadio(() => {
      online = true
      sayStatus(true)
      sayEvents()
      note('Online')
      started.resolve()
    })
  /** A unit that is off from the start was on once: the broker has its last word and its subscription. */
  const leaveLastWord = () =>
    openRadio(() => {
      turning = turning.then(async () => {
        if (!powered) {
          sayStatus(false)
          await leave('hangUp')
        }
        started.resolve()
      })
    })
  const turn = (on: boolean) => {
    turning = turning.then(async () => {
      await leave('cut')
      if (!on) return
      life = new AbortController()
      running = null
      goOnline()
    })
  }

  const answer = (command: Command, state: string, message?: string) => {
    const times = behaviour === 'repeats' ? 2 : 1
    for (let said = 0; said < times; said += 1) {
      radio?.say('results', { commandId: command.commandId, state, at: now(), message })
      note(`Said ${state}${message ? `: ${message}` : ''}`)
    }
  }
  const reboot = async (its: CommandFacts, signal: AbortSignal) => {
    sayStatus(false)
    await leave('hangUp')
    await wait(workMs(), undefined, { signal })
    for (const code of its.repairs) change(code, 'cleared')
    goOnline()
  }
  const perform = async (command: Command, its: CommandFacts, signal: AbortSignal) => {
    const work = workMs()
    const [code = ''] = its.repairs
    const before = readings.get(code) ?? null
    answer(command, 'accepted')
    if (behaviour === 'late') await wait(Math.max(0, command.expiresAt.getTime() - Date.now()), undefined, { signal })
    await wait(work / 3, undefined, { signal })
    if (its.goesOffline && behaviour !== 'fails') return reboot(its, signal)
    answer(command, 'running')
    await wait((work * 2) / 3, undefined, { signal })
    if (behaviour === 'fails') return answer(command, 'failed', sayFailed(command.command, its.title, code, before))
    const after = readSensor(code, false)
    answer(command, 'succeeded', sayDone(command.command, its.title, code, after, before))
    for (const repaired of its.repairs) {
      change(repaired, 'cleared', repaired === code ? after : readSensor(repaired, false))
    }
  }
  const talkGarbage = ({ commandId }: Command) => {
    radio?.say('results', `{"commandId":"${commandId}","state":"succ`)
    radio?.say('results', { commandId: 'cmd_that_nobody_sent', state: 'succeeded', at: now() })
    radio?.say('results', { commandId, state: 'exploded', at: now() })
    radio?.say('results', [commandId])
    note('Said garbage')
  }
  const begin = (command: Command, its: CommandFacts) => {
    if (behaviour === 'silent') return
    if (behaviour === 'garbage') return talkGarbage(command)
    if (behaviour === 'rejects') return answer(command, 'rejected', 'The maintenance switch is on')
    const { signal } = life
    running = command.command
    void perform(command, its, signal)
      .catch((error) => note(signal.aborted ? `${command.command} was cut short` : String(error)))
      .finally(() => {
        if (!signal.aborted) running = null
      })
  }
  function hear(payload: Buffer): void {
    const heard = takeIn(payload)
    const { verdict, command } = heard
    const treated = verdict !== 'new' ? verdict : running ? 'busy' : 'taken'
    onReceived({
      device: id,
      at: new Date(),
      commandId: command?.commandId ?? null,
      command: command?.command ?? null,
      treated,
    })
    note(command ? `Heard ${command.command}: ${treated}` : 'Heard something that is no command')
    if (verdict === 'unknown') answer(command, 'rejected', `This unit does not know ${command.command}`)
    if (verdict !== 'new') return
    if (running) answer(command, 'rejected', `Busy: ${running} is still running`)
    else begin(command, heard.its)
  }

  if (powered) goOnline()
  else leaveLastWord()

  return {
    started: started.promise,
    device: () => ({ id, online, firmware, codes: [...codes], behaviour, log: [...log] }),
    state: () => ({ codes: [...codes], behaviour, powered }),
    act(action) {
      switch (action.action) {
        case 'raise':
        case 'clear':
          if (!known.has(action.code)) return { ok: false, error: 'no_such_code' }
          change(action.code, action.action === 'raise' ? 'raised' : 'cleared')
          return { ok: true }
        case 'behave':
          if (!BEHAVIOURS.includes(action.behaviour)) return { ok: false, error: 'no_such_behaviour' }
          behaviour = action.behaviour
          note(`Behaviour: ${behaviour}`)
          onState()
          return { ok: true }
        case 'power':
          if (powered === action.online) return { ok: true }
          powered = action.online
          if (!powered) life.abort()
          note(powered ? 'Power on' : 'Power off')
          onState()
          turn(powered)
          return { ok: true }
        default:
          action satisfies never
          return { ok: false, error: 'no_such_action' }
      }
    },
    async close() {
      life.abort()
      await turning
      if (online) sayStatus(false)
      await leave('hangUp')
    },
  }
}
