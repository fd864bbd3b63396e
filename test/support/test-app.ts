import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildManifest } from '../../manifest/source.ts'
import { type App, type AppOverrides, createApp } from '../../src/app.ts'
import { readConfig } from '../../src/config/config.ts'
import { type Environment, readEnvironment } from '../../src/config/env.ts'
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/start.ts'
import { readApprovedCorrections } from '../../src/training/datasets/approved.ts'
import { bootstrapModels } from '../../src/training/models/bootstrap.ts'
import { type Seat, takeSeat } from './seat.ts'
import { silent } from './silent.ts'
import { copyTrained, keepTrained, recordTrained } from './trained.ts'
import { unhurried } from './unhurried.ts'

/** The real app on the sandbox, with trained models, and the people in their seats. */
export type TestApp = AsyncDisposable & {
  sandbox: Sandbox
  app: App
  folder: string
  settings: Environment
  seat(userId: string): Promise<Seat>
  /** Several people at once, in the order they are named. */
  seats<const Ids extends readonly string[]>(...userIds: Ids): Promise<{ [Index in keyof Ids]: Seat }>
}

/** Over which line Slack reaches the app. */
export type TransportName = 'socket' | 'http'

export type TestAppOptions = {
  transport?: TransportName
  settings?: Environment
  given?: Partial<AppOverrides>
  sandbox?: Partial<SandboxOptions>
  /** Without it the untrained base model answers, and the start is quicker. */
  isTrained?: boolean
}

export async function startTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  await using opened = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'hydrocore-house-'))
  opened.defer(() => rm(folder, { recursive: true }))
  const { features } = buildManifest('socket')
  const isTrained = options.isTrained !== false
  // Another catalog or base model needs a training of its own.
  const isUsual = !options.settings?.CATALOG_FILE && !options.settings?.BASE_MODEL
  const isCopied = isTrained && isUsual && (await copyTrained(folder))
  const sandbox = opened.use(
    await startSandbox({
      folder: null,
      modelsFolder: join(folder, 'models'),
      commands: features.slash_commands.map((one) => ({ ...one, usageHint: one.usage_hint })),
      shortcuts: features.shortcuts.map(({ callback_id, name, type }) => ({ callbackId: callback_id, name, type })),
      ...options.sandbox,
    }),
  )
  const settings = readEnvironment({
    ...sandbox.environment,
    DATABASE_URL: `sqlite:${join(folder, 'house.db')}`,
    LOG_LEVEL: 'silent',
    ...(options.transport === 'http'
      ? { SLACK_APP_TOKEN: '', SLACK_SIGNING_SECRET: sandbox.workspace.signingSecret, PORT: '0' }
      : {}),
    ...options.settings,
  })
  const app = opened.use(await createApp(readConfig(settings), unhurried({ logger: silent, ...options.given })))
  if (isCopied) await recordTrained(app.core, folder)
  else if (isTrained) {
    await trainModels(app, folder)
    if (isUsual) await keepTrained(app.core, folder)
  }
  await app.start(AbortSignal.timeout(30_000))
  if (options.transport === 'http') await sandbox.workspace.sendTo(`http://127.0.0.1:${app.port()}/slack/events`)
  await sandbox.workspace.connected()
  const held = opened.move()
  const seats = new AsyncDisposableStack()
  const seat = async (userId: string) => seats.use(await takeSeat(sandbox.workspace.url, userId))
  return {
    sandbox,
    app,
    folder,
    settings,
    seat,
    seats: async <const Ids extends readonly string[]>(...userIds: Ids) =>
      (await Promise.all(userIds.map(seat))) as { [Index in keyof Ids]: Seat },
    async [Symbol.asyncDispose]() {
      await seats.disposeAsync()
      await held.disposeAsync()
    },
  }
}

export async function trainModels({ core }: Pick<App, 'core'>, folder: string): Promise<void> {
  await bootstrapModels({
    catalog: core.catalog,
    corrections: await readApprovedCorrections(core.store),
    baseModel: core.config.model.base,
    suffix: 'test',
    workFolder: join(folder, 'training'),
    jobs: core.jobs,
    store: core.store,
  })
}
