import { afterAll, beforeAll } from 'vitest'
import { loadCatalog, OWN_CATALOG } from '../../src/catalog/loading.ts'
import type { Command, PersonWithRoles } from '../../src/commands/command.ts'
import { type Commands, type CommandsDeps, createCommands } from '../../src/commands/commands.ts'
import type { CommandMessage, DeviceMessage, ResultState } from '../../src/commands/devices/device-messages.ts'
import { createOutbox, type Outbox } from '../../src/outbox/outbox.ts'
import type { Store, StoreConfig } from '../../src/store/open.ts'
import type { DatabaseKind, TestDatabase } from '../support/databases.ts'
import { addAnswer, NOON } from '../support/rows.ts'
import { silent } from '../support/silent.ts'

export const catalog = await loadCatalog(OWN_CATALOG)

export const DEVICE = 'HC5000-A-1138'
export const OTHER_DEVICE = 'HC5000-A-1042'

const person = (user: string): PersonWithRoles => ({ user, team: 'T1', mayOperate: true, isExternal: false })
export const ANNA = person('UANNA')
export const BEN = person('UBEN')

/** A broker and its devices, as far as commands see them; every instance may share one. */
class FakeGateway {
  readonly sent: CommandMessage[] = []
  /** What becomes of the next sends. */
  sending: (message: CommandMessage) => Promise<void> = async () => {}
  readonly #listeners = new Set<(message: DeviceMessage) => void | Promise<void>>()

  readonly send = async (message: CommandMessage): Promise<void> => {
    this.sent.push(message)
    await this.sending(message)
  }
  readonly subscribe = (listener: (message: DeviceMessage) => void | Promise<void>) => {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }
  /** Resolves when every instance has made of it what it will. */
  async say(message: DeviceMessage): Promise<void> {
    await Promise.all([...this.#listeners].map((listener) => listener(message)))
  }
}

export type CommandsSetup = AsyncDisposable & {
  config: StoreConfig
  store: Store
  gateway: FakeGateway
  clock: { now: Date; pass(seconds: number): void }
  commands: Commands
  /** Not started: tests let it look when they want it to. */
  outbox: Outbox
  /** One more instance on the same database and broker, as after a restart or on another machine. */
  instance(over?: Partial<CommandsDeps>): Promise<Commands>
  /** A new answer with its offered command. */
  offered(over?: Partial<Pick<Command, 'code' | 'command' | 'device'>>): Promise<Command>
  online(device: string, isOnline?: boolean): Promise<void>
  /** What the device raises or clears by itself, at the clock's time unless told when. */
  event(device: string, code: string, state: 'raised' | 'cleared', at?: Date): Promise<void>
  result(command: Pick<Command, 'id' | 'device'>, state: ResultState, message?: string): Promise<void>
  /** The states the command went through, the offer first. */
  pathOf(id: string): Promise<string[]>
}

/** One database for a suite, whose every scene begins with empty tables. */
export function useDatabase(kind: DatabaseKind): (over?: Partial<CommandsDeps>) => Promise<CommandsSetup> {
  let database: TestDatabase
  let handles: readonly Store[]
  beforeAll(async () => {
    database = await kind.create()
    const { store } = database
    // SQLite locks its file as a whole, and waiting for another handle of this process would stop the one that has it.
    handles = kind.name === 'SQLite' ? [store] : [store, await database.open(), await database.open()]
  })
  afterAll(() => database[Symbol.asyncDispose]())
  return async (over = {}) => {
    for (const table of TABLES) {
      await database.store.deleteFrom(table).execute()
    }
    return openCommands(database, handles, over)
  }
}

const TABLES = [
  ...(['command_steps', 'commands', 'findings', 'answers', 'questions', 'devices'] as const),
  ...(['device_events', 'alerts', 'work_orders', 'outbox'] as const),
]

/** Commands with a clock that stands still, and two devices online. Instances take turns with the handles. */
async function openCommands(
  database: TestDatabase,
  handles: readonly Store[],
  over: Partial<CommandsDeps>,
): Promise<CommandsSetup> {
  const { store } = database
  const gateway = new FakeGateway()
  const clock = {
    now: new Date(NOON),
    pass: (seconds: number) => {
      clock.now = new Date(clock.now.getTime() + seconds * 1_000)
    },
  }
  const held = new AsyncDisposableStack()
  const outbox = held.use(createOutbox({ store, logger: silent, now: () => clock.now }))
  let instances = 0
  const instance = async (more: Partial<CommandsDeps> = {}) => {
    const handle = handles[instances % handles.length] ?? store
    instances += 1
    const commands = createCommands({
      catalog,
      gateway,
      store: handle,
      logger: silent,
      hasOperators: true,
      outbox,
      now: () => clock.now,
      ...over,
      ...more,
    })
    commands.start()
    held.use(commands)
    return commands
  }
  const commands = await instance()
  const online = (device: string, isOnline = true) =>
    gateway.say({ kind: 'status', device, online: isOnline, at: clock.now, firmware: '5.4.1', retained: false })
  await online(DEVICE)
  await online(OTHER_DEVICE)
  return {
    config: database.config,
    store,
    gateway,
    clock,
    commands,
    outbox,
    instance,
    async offered(wanted = {}) {
      const { id } = await addAnswer(store)
      return commands.offer({
        answerId: id,
        code: 'E-02',
        command: 'CLEAN_TURB',
        device: DEVICE,
        team: 'T1',
        channel: 'C1',
        offeredAt: clock.now,
        ...wanted,
      })
    },
    online,
    event: (device, code, state, at = clock.now) =>
      gateway.say({ kind: 'event', device, code, state, at, values: null }),
    result: ({ id, device }, state, message) =>
      gateway.say({
        kind: 'result',
        device: device ?? '',
        commandId: id,
        state,
        at: clock.now,
        message: message ?? null,
      }),
    pathOf: async (id) => (await commands.stepsOf(id)).map(({ to }) => to),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  }
}

export const REBOOT = { code: 'E-05', command: 'REBOOT_COMM' }
