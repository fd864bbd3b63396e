import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildManifest } from '../../../manifest/source.ts'
import { type App, type AppOverrides, createApp, openCore } from '../../../src/app.ts'
import { readConfig } from '../../../src/config/config.ts'
import { type Environment, readEnvironment } from '../../../src/config/env.ts'
import { createLogger } from '../../../src/lib/logger.ts'
import type { Message, Snapshot } from '../../../src/sandbox/page/contract.ts'
import { type Sandbox, type SandboxOptions, startSandbox } from '../../../src/sandbox/start.ts'
import type { ApiCall } from '../../../src/sandbox/workspace/methods/calls.ts'
import type { Fault } from '../../../src/sandbox/workspace/methods/faults.ts'
import { PEOPLE } from '../../../src/sandbox/workspace/state/seed.ts'
import { type Seat, takeSeat } from '../../support/seat.ts'
import { silent } from '../../support/silent.ts'
import { trainModels } from '../../support/test-app.ts'
import { copyTrained, keepTrained, recordTrained } from '../../support/trained.ts'
import { unhurried } from '../../support/unhurried.ts'

/** A sandbox with a trained model, on which one bot after the other is tried. */
export type BotFixture = AsyncDisposable & {
  sandbox: Sandbox
  /** For the files of a test. */
  folder: string
  /** The settings of a bot with a database of its own. */
  settings(over?: Environment): Environment
  seat(userId: string): Promise<Seat>
  /** What the bot has said in a thread, as the workspace has it now. */
  answers(seat: Pick<Seat, 'userId'>, threadTs: string): Promise<readonly Message[]>
  /** Starts a bot; all that went on before is forgotten: faults, slowness, and the calls counted. */
  bot(given?: Partial<AppOverrides>, over?: Environment): Promise<Bot>
}

export type Bot = AsyncDisposable & {
  app: App
  /** The calls of these methods since the bot was started; of all but its start when none is named. */
  calls(...methods: string[]): readonly ApiCall[]
  modelCalls(): number
  /** What it logged from `info` on, as JSON. */
  log: readonly string[]
}

export async function openBotFixture(options: Partial<SandboxOptions> = {}): Promise<BotFixture> {
  await using opened = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'hydrocore-stage-'))
  opened.defer(() => rm(folder, { recursive: true }))
  const { features } = buildManifest('socket')
  const isCopied = await copyTrained(folder)
  const sandbox = opened.use(
    await startSandbox({
      folder: null,
      modelsFolder: join(folder, 'models'),
      commands: features.slash_commands.map((one) => ({ ...one, usageHint: one.usage_hint })),
      shortcuts: [],
      ...options,
    }),
  )
  const { workspace, modelServer } = sandbox
  let databases = 0
  const settings = (over: Environment = {}) =>
    readEnvironment({
      ...sandbox.environment,
      DATABASE_URL: `sqlite:${join(folder, `${++databases}.db`)}`,
      LOG_LEVEL: 'silent',
      ...over,
    })
  const ASSISTANT_MODEL = await train(settings(), folder, isCopied)
  const held = opened.move()
  const seats = new AsyncDisposableStack()
  return {
    sandbox,
    folder,
    settings: (over = {}) => settings({ ASSISTANT_MODEL, ...over }),
    seat: async (userId) => seats.use(await takeSeat(workspace.url, userId)),
    async answers({ userId }, threadTs) {
      const state = (await (await fetch(`${workspace.url}/sandbox/state?user=${userId}`)).json()) as Snapshot
      return state.messages.filter((one) => one.userId === PEOPLE.bot && one.threadTs === threadTs)
    },
    async bot(given = {}, over = {}) {
      const log: string[] = []
      const logger = createLogger('info', { write: (line) => void log.push(line) })
      const app = await createApp(readConfig(settings({ ASSISTANT_MODEL, ...over })), unhurried({ logger, ...given }))
      workspace.faults.clear()
      modelServer.faults.clear()
      modelServer.latency({ firstTokenMs: 0, perTokenMs: 0 })
      await app.start(AbortSignal.timeout(30_000))
      await workspace.connected()
      const since = workspace.calls.length
      const modelSince = modelServer.calls.length
      return {
        app,
        log,
        calls: (...methods) =>
          workspace.calls.slice(since).filter(({ method }) => methods.length === 0 || methods.includes(method)),
        modelCalls: () => modelServer.calls.slice(modelSince).filter(({ path }) => path === '/chat/completions').length,
        [Symbol.asyncDispose]: () => app[Symbol.asyncDispose](),
      }
    },
    async [Symbol.asyncDispose]() {
      await seats.disposeAsync()
      await held.disposeAsync()
    },
  }
}

async function train(settings: Environment, folder: string, isCopied: boolean): Promise<string> {
  await using core = await openCore(readConfig(settings), { logger: silent })
  if (isCopied) await recordTrained(core, folder)
  else {
    await trainModels({ core }, folder)
    await keepTrained(core, folder)
  }
  return (await core.serving()).model
}

/** The same fault for several methods, until the faults are cleared. */
export function always(fixture: BotFixture, methods: readonly string[], fault: Omit<Fault, 'method'>): void {
  for (const method of methods)
    fixture.sandbox.workspace.faults.add({ times: Number.POSITIVE_INFINITY, ...fault, method })
}
