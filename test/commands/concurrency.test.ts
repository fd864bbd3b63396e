import { type ChildProcess, fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { connectAsync } from 'mqtt'
import { describe, expect, it, vi } from 'vitest'
import { createCommands } from '../../src/commands/commands.ts'
import { isActive } from '../../src/commands/state-machine.ts'
import { listJobs } from '../../src/outbox/outbox-records.ts'
import { DATABASES } from '../support/databases.ts'
import { addAnswer } from '../support/rows.ts'
import { silent } from '../support/silent.ts'
import { MOSQUITTO, mosquittoMissing } from './mosquitto.ts'
import { catalog, REBOOT } from './setup.ts'
import { openFleet } from './together/fleet.ts'
import type { Heard, Order, Pressing, Told } from './together/instance.ts'

const INSTANCES = 3
const DEVICES = 96
const CLICKS = 10_000
const BATCH = 50
const PRESSED_AT_ONCE = 8
/** The one that is killed goes in the middle of the clicks. */
const KILLED_AFTER = CLICKS * 0.4

type Shown = Map<string, string>
type Instance = { child: ChildProcess; tell(order: Order): Promise<Readonly<Record<string, number>>>; isDead: boolean }

/** One app process; what it shows to people goes into `shown`, the newest last. */
function startInstance(shown: Shown, onUnseen: () => void): Instance {
  const child = fork(new URL('./together/instance.ts', import.meta.url))
  const waiting = new Map<number, PromiseWithResolvers<Readonly<Record<string, number>>>>()
  let number = 0
  const instance: Instance = {
    child,
    isDead: false,
    tell(order) {
      const answer = Promise.withResolvers<Readonly<Record<string, number>>>()
      number += 1
      waiting.set(number, answer)
      child.send({ number, order } satisfies Heard)
      return answer.promise
    },
  }
  child.on('message', (told: Told) => {
    switch (told.kind) {
      case 'shown':
        shown.set(told.command, told.state)
        if (child.connected) child.send({ seen: told.number } satisfies Heard)
        return
      case 'unseen':
        if (told.state === 'succeeded') onUnseen()
        return
      case 'done':
        return waiting.get(told.number)?.resolve(told.outcomes)
      case 'failed':
        return waiting.get(told.number)?.reject(new Error(told.why))
      default:
        return told satisfies never
    }
  })
  child.on('exit', () => {
    instance.isDead = true
    for (const { reject } of waiting.values()) reject(new Error('the process is gone'))
  })
  return instance
}

const postgres = DATABASES.find(({ name }) => name === 'PostgreSQL')
const skipped = postgres?.skipped ?? mosquittoMissing

describe.skipIf(skipped !== null)(`a crowd at three app processes${skipped ? ` (skipped: ${skipped})` : ''}`, () => {
  it('sends each command at most once and leaves none untold, though one process is killed', {
    timeout: 90_000,
  }, async () => {
    if (!postgres) throw new Error('there is always PostgreSQL among the databases')
    await using opened = new AsyncDisposableStack()
    const database = opened.use(await postgres.create())
    const fleet = opened.use(await openFleet(MOSQUITTO, DEVICES))
    const shown: Shown = new Map()
    let pressed = 0
    let isMuted = false
    // The victim dies in the middle of its work, with results that it has written down and nobody has seen.
    const instances = Array.from({ length: INSTANCES }, (_, i) =>
      startInstance(shown, () => instances[i]?.child.kill('SIGKILL')),
    )
    opened.defer(async () => {
      for (const { child, isDead } of instances) if (!isDead) child.kill('SIGKILL')
    })
    const [victim] = instances
    const clientIds = instances.map((_, i) => `crowd-${randomUUID().slice(0, 8)}-${i}`)
    opened.defer(() => forgetSessions(clientIds))
    const config = database.config
    await Promise.all(
      instances.map(({ tell }, i) =>
        tell({ kind: 'open', config, brokerUrl: MOSQUITTO, clientId: clientIds[i] ?? '' }),
      ),
    )

    // A handle of our own offers, and looks; it neither listens nor sends.
    const nobody = { send: async () => undefined, subscribe: () => () => undefined }
    const { store } = database
    await using desk = createCommands({ catalog, gateway: nobody, store, logger: silent, hasOperators: true })
    await vi.waitFor(
      async () => {
        const known = new Set((await desk.devices.list()).map(({ id }) => id))
        expect(fleet.devices.filter((device) => !known.has(device))).toEqual([])
      },
      { timeout: 20_000, interval: 50 },
    )
    const commands = await Promise.all(
      fleet.devices.map(async (device, i) => {
        const { id: answerId } = await addAnswer(store)
        const what = i % 4 === 3 ? REBOOT : { code: 'E-02', command: 'CLEAN_TURB' }
        const command = await desk.offer({
          ...what,
          answerId,
          device,
          team: 'T1',
          channel: 'C1',
          offeredAt: new Date(),
        })
        await desk.setMessage(answerId, 'C1', answerId)
        return command
      }),
    )

    // Every command is pressed some hundred times by three people, a few commands at a time; a part are approvals.
    const clicks = Array.from({ length: CLICKS }, (_, i): Pressing => {
      const at = Math.floor((i / CLICKS) * commands.length) - (i % PRESSED_AT_ONCE)
      const command = commands[(at + commands.length) % commands.length]
      const person = Math.floor(i / PRESSED_AT_ONCE) % 3
      const isApproval = command?.command === REBOOT.command && person === 2
      return { id: command?.id ?? '', what: isApproval ? 'approve' : 'request', user: `UPERSON${person}` }
    })
    const heard: Record<string, number> = {}
    const pressAll = async (instance: Instance): Promise<void> => {
      for (let batch = clicks.splice(0, BATCH); batch.length > 0; batch = clicks.splice(0, BATCH)) {
        const outcomes = await instance.tell({ kind: 'press', presses: batch }).catch((error: unknown) => {
          if (!instance.isDead) throw error
          // People whose click came to nothing click again.
          clicks.push(...batch)
          return null
        })
        if (!outcomes) return
        for (const [what, count] of Object.entries(outcomes)) heard[what] = (heard[what] ?? 0) + count
        pressed += batch.length
        if (pressed > KILLED_AFTER && victim && !isMuted) {
          isMuted = true
          await victim.tell({ kind: 'mute' })
        }
      }
    }
    await Promise.all(instances.map(pressAll))
    const survivors = instances.filter(({ isDead }) => !isDead)
    expect(survivors).toHaveLength(INSTANCES - 1)
    while (clicks.length > 0) await Promise.all(survivors.map(pressAll))
    expect(pressed).toBe(CLICKS)

    // Leases end, deadlines pass, approvals lapse: whatever the dead one left behind is taken over.
    for (const seconds of [11, 31, 130, 200, 15 * 60, 60, 60]) {
      await Promise.all(survivors.map(({ tell }) => tell({ kind: 'pass', seconds })))
    }
    const all = await Promise.all(commands.map(async ({ id }) => desk.find(id)))
    const states = all.map((command) => command?.state ?? 'offered')
    expect(states.filter((state) => isActive(state) || state === 'offered')).toEqual([])
    expect(await listJobs(store, 'show', 10)).toEqual([])
    expect(all.filter((command) => command && shown.get(command.id) !== command.state)).toEqual([])

    const counts = commands.map(({ id }) => fleet.heard.get(id) ?? 0)
    expect(counts.filter((count) => count > 1)).toEqual([])
    // What the dead one had taken and perhaps not sent is not known, and is called so.
    for (const [i, { id }] of commands.entries()) {
      const wasTaken = (await desk.stepsOf(id)).some(({ to }) => to === 'requested' || to === 'approved')
      if (wasTaken && counts[i] === 0) expect(states[i]).toBe('unknown')
    }
    expect(heard.sent ?? 0).toBeGreaterThan(DEVICES / 2)
    expect(
      Object.keys(heard)
        .toSorted()
        .filter((what) => !EXPECTED.includes(what)),
    ).toEqual([])
    for (const command of all) {
      const manner = fleet.mannerOf(command?.device ?? '')
      if (command && fleet.heard.has(command.id) && manner in ENDS)
        expect([manner, command.state]).toEqual([manner, ENDS[manner]])
    }
    await Promise.all(survivors.map(({ tell }) => tell({ kind: 'close' })))
    await Promise.all(survivors.map(({ child }) => child.exitCode ?? once(child, 'exit')))
  })
})

const EXPECTED = ['already', 'approval_lapsed', 'awaiting_approval', 'own_request', 'sent', 'uncertain']
const ENDS: Readonly<Record<string, string>> = {
  works: 'succeeded',
  fails: 'failed',
  silent: 'unknown',
  twice: 'succeeded',
  backwards: 'succeeded',
  garbage: 'unknown',
}

/** A clean session of the same name lets the broker forget the kept one. */
async function forgetSessions(clientIds: readonly string[]): Promise<void> {
  for (const clientId of clientIds) {
    const client = await connectAsync(MOSQUITTO, { clientId, clean: true })
    await client.endAsync()
  }
}
