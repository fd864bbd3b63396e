import { setTimeout as wait } from 'node:timers/promises'
import { loadCatalog } from '../../../src/catalog/loading.ts'
import { createCommands } from '../../../src/commands/commands.ts'
import { connectGateway } from '../../../src/commands/devices/gateway.ts'
import { createOutbox } from '../../../src/outbox/outbox.ts'
import { refreshUntilStable } from '../../../src/slack/questions/refresh-until-stable.ts'
import { openStore, type StoreConfig } from '../../../src/store/open.ts'
import { silent } from '../../support/silent.ts'

/** One app process, as far as commands go: its own database handle, its own session with the broker. */
export type Order =
  | { kind: 'open'; config: StoreConfig; brokerUrl: string; clientId: string }
  | { kind: 'press'; presses: readonly Pressing[] }
  /** Time passes for this process alone. */
  | { kind: 'pass'; seconds: number }
  /** From now on what it shows reaches nobody, and hangs. */
  | { kind: 'mute' }
  | { kind: 'close' }
/** What a process hears: an order, or that what it showed stands before the people now. */
export type Heard = { number: number; order: Order } | { seen: number }
export type Pressing = { id: string; what: 'request' | 'approve'; user: string }
export type Told =
  | { kind: 'done'; number: number; outcomes: Readonly<Record<string, number>> }
  /** What the people see from now on. */
  | { kind: 'shown'; number: number; command: string; state: string }
  | { kind: 'unseen'; state: string }
  | { kind: 'failed'; number: number; why: string }

const tell = (told: Told) =>
  new Promise<void>((resolve, reject) =>
    process.send?.(told, (error: Error | null) => (error ? reject(error) : resolve())),
  )

let pastMs = 0
let isMuted = false
let shows = 0
const unseen = new Map<number, () => void>()
const now = () => new Date(Date.now() + pastMs)
const opened = new AsyncDisposableStack()
let commands: ReturnType<typeof createCommands>
let outbox: ReturnType<typeof createOutbox>

async function open({ config, brokerUrl, clientId }: Extract<Order, { kind: 'open' }>): Promise<void> {
  const store = await openStore(config, silent)
  opened.defer(() => store.destroy())
  const gateway = opened.use(
    await connectGateway({ url: brokerUrl, clientId, connectTimeoutMs: 10_000, logger: silent }),
  )
  outbox = opened.use(createOutbox({ store, logger: silent, now }))
  commands = opened.use(
    createCommands({ catalog: await loadCatalog(), gateway, store, outbox, logger: silent, hasOperators: true, now }),
  )
  outbox.on('show', async ({ key }) => {
    await refreshUntilStable(
      () => commands.ofAnswer(key),
      async (found) => {
        for (const { id, state } of found) {
          shows += 1
          const number = shows
          const seen = new Promise<void>((resolve) => unseen.set(number, resolve))
          await tell(isMuted ? { kind: 'unseen', state } : { kind: 'shown', number, command: id, state })
          await seen
        }
      },
    )
  })
  commands.start()
  outbox.start()
}

async function press(presses: readonly Pressing[]): Promise<Record<string, number>> {
  const outcomes: Record<string, number> = {}
  await Promise.all(
    presses.map(async ({ id, what, user }) => {
      const person = { user, team: 'T1', mayOperate: true, isExternal: false }
      const outcome = await commands[what](id, person)
      const heard = outcome.kind === 'refused' ? outcome.refusal.code : outcome.kind
      outcomes[heard] = (outcomes[heard] ?? 0) + 1
    }),
  )
  return outcomes
}

async function obey(order: Order): Promise<Record<string, number>> {
  switch (order.kind) {
    case 'open':
      await open(order)
      return {}
    case 'press':
      return press(order.presses)
    case 'pass':
      pastMs += order.seconds * 1_000
      await commands.runOnce()
      await outbox.runOnce()
      return {}
    case 'mute':
      isMuted = true
      return {}
    case 'close':
      await opened.disposeAsync()
      return {}
    default:
      return order satisfies never
  }
}

process.on('disconnect', () => process.exit(1))
process.on('message', (heard: Heard) => {
  if ('seen' in heard) return unseen.get(heard.seen)?.()
  const { number, order } = heard
  void obey(order).then(
    async (outcomes) => {
      await tell({ kind: 'done', number, outcomes })
      if (order.kind === 'close') process.disconnect()
    },
    (error: unknown) => tell({ kind: 'failed', number, why: String(error) }),
  )
})
// Nobody waits for ever for an order.
await wait(120_000, undefined, { ref: false })
