import { fork } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import manifest from '../manifest/socket.json' with { type: 'json' }
import type { App } from './app.ts'
import { readConfig } from './config/config.ts'
import { type Environment, loadDotEnv, readEnvironment, wantsSandbox } from './config/env.ts'
import { ADDRESSES_FILE, withSandbox } from './config/sandbox-addresses.ts'
import { COMPILE_CACHE } from './lib/compile-cache.ts'
import { AppError, exitCodeOf, UsageError } from './lib/errors.ts'
import { createLogger } from './lib/logger.ts'
import { openProgress } from './lib/progress.ts'

/** Ctrl-C ends everything within this time, cleanly or not. */
const STOP_WITHIN_MS = 5_000
const PAGE_PORT = 3_400
/** SQLite's file and the two beside it. */
const DATABASE_FILES = ['data/hydrocore.db', 'data/hydrocore.db-wal', 'data/hydrocore.db-shm']

const say = (line: string) => process.stdout.write(`${line}\n`)

type Options = { fresh: boolean; port: number }
const Port = z.string().regex(/^\d+$/).transform(Number).pipe(z.int().max(65_535))

function readOptions(): Options {
  try {
    const { values } = parseArgs({
      options: { fresh: { type: 'boolean', default: false }, port: { type: 'string', default: `${PAGE_PORT}` } },
    })
    return { fresh: values.fresh, port: Port.parse(values.port) }
  } catch {
    throw new UsageError('Usage: npm start -- [--fresh] [--port NUMBER], a whole number up to 65535.')
  }
}

/** The sandbox process is gone; without it nothing would be asked or answered. */
class SandboxEndedError extends AppError {
  constructor(how: string) {
    super({
      code: 'sandbox_ended',
      message: `the sandbox ended with ${how}`,
      remedy: `The sandbox ended unexpectedly (${how}), so the bot stops too. Start both again with "npm start"; what happened so far is kept.`,
    })
  }
}

/** Runs until stopped, then always rejects with the reason. */
async function main(stopping: AbortController): Promise<never> {
  const options = readOptions()
  stopOnSignal(stopping)
  loadDotEnv()
  const own = readEnvironment(process.env)
  const isSandbox = wantsSandbox(own)
  if (isSandbox && options.fresh) await forgetAll(own)
  // The app takes as long to load as the sandbox takes to start; faulty settings need neither.
  if (isSandbox) loadAll().catch(() => undefined)
  const sandbox = isSandbox ? await startSandboxProcess(options) : null
  sandbox?.onLost((how) => stop(stopping, new SandboxEndedError(how)))
  const { settings, ownModel } = sandbox ? withSandbox(own, sandbox.environment) : { settings: own, ownModel: true }
  const config = readConfig(settings)
  const logger = createLogger(config.logLevel)
  process.on('unhandledRejection', (error) => logger.error({ err: error }, 'a promise was rejected unheard'))

  await using stack = new AsyncDisposableStack()
  if (sandbox) stack.defer(sandbox.stop)
  const { createApp } = await import('./app.ts')
  const app = stack.use(await createApp(config, { logger }))
  stopping.signal.throwIfAborted()
  if (sandbox && !ownModel) await prepareModels(app, stopping.signal)
  await app.start(stopping.signal)
  for (const note of sandbox?.notes ?? []) say(note)
  say(sandbox ? `Ready. Open ${sandbox.page} (Ctrl-C stops everything)` : 'Ready: connected to Slack. (Ctrl-C stops)')
  if (!stopping.signal.aborted) await once(stopping.signal, 'abort')
  throw stopping.signal.reason
}

/** `--fresh`: deletes the data of the sandbox and of our embedded database, never the user's own database. */
async function forgetAll({ DATABASE_URL }: Environment): Promise<void> {
  const ours = ['data/sandbox', 'data/training', ...(DATABASE_URL ? [] : DATABASE_FILES)]
  await Promise.all(ours.map((path) => rm(path, { recursive: true, force: true })))
}

async function loadAll(): Promise<void> {
  const { loadAdapters: loadOutside } = await import('./app.ts')
  await loadOutside()
}

/** A sandbox starts without a trained model: it's trained here, the way anybody would. */
async function prepareModels({ core }: App, signal: AbortSignal): Promise<void> {
  const { bootstrapModels: trainFirstModels } = await import('./training/models/bootstrap.ts')
  const { readApprovedCorrections: readApproved } = await import('./training/datasets/approved.ts')
  using progress = openProgress({ isInteractive: process.stderr.isTTY }, 'Training the first models')
  const { assistant, classifier } = await trainFirstModels({
    catalog: core.catalog,
    corrections: await readApproved(core.store),
    baseModel: core.config.model.base,
    suffix: 'hydrocore',
    workFolder: 'data/training',
    jobs: core.jobs,
    store: core.store,
    signal,
    onProgress(event) {
      if (event.kind === 'built')
        say(`Training ${event.alias} on ${event.rows} rows (${event.heldOut} held out for measuring) …`)
      if (event.kind === 'step') progress.show(event.step, event.steps ?? event.step, event.alias)
    },
  })
  say(`Models in use: ${assistant} and ${classifier}`)
}

function stopOnSignal(stopping: AbortController): void {
  const onSignal = () => {
    if (stopping.signal.aborted) process.exit(1)
    say('Stopping …')
    stop(stopping)
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
}

/** Ends the work; a fault as the reason makes the run fail. */
function stop(stopping: AbortController, reason?: AppError): void {
  if (stopping.signal.aborted) return
  stopping.abort(reason)
  setTimeout(() => process.exit(1), STOP_WITHIN_MS).unref()
}

const Started = z.object({
  page: z.string(),
  environment: z.record(z.string(), z.string()),
  notes: z.array(z.string()),
})

/** The stand-ins run in their own process: the app below is the real one, with other addresses. */
async function startSandboxProcess({ fresh, port }: Options) {
  say('No Slack tokens are set, so the sandbox stands in: Slack, the model server, the broker and the devices.')
  const child = fork(new URL('./sandbox/main.ts', import.meta.url), {
    serialization: 'json',
    // The page's code is served with its types stripped, which Node still calls experimental.
    execArgv: ['--disable-warning=ExperimentalWarning'],
    env: { ...process.env, NODE_COMPILE_CACHE: COMPILE_CACHE },
  })
  child.send({
    folder: 'data/sandbox',
    fresh,
    port,
    addressesFile: ADDRESSES_FILE,
    commands: manifest.features.slash_commands.map(({ command, description, usage_hint }) => ({
      command,
      description,
      usageHint: usage_hint,
    })),
    shortcuts: manifest.features.shortcuts.map(({ callback_id, name, type }) => ({
      callbackId: callback_id,
      name,
      type,
    })),
  })
  const ended = once(child, 'exit').then(([code, signal]) => String(code ?? signal))
  const message = await Promise.race([
    once(child, 'message').then(([first]) => first),
    ended.then((how) => {
      throw new Error(`the sandbox ended with ${how}`)
    }),
  ])
  let isWanted = true
  const endSandbox = async () => {
    isWanted = false
    if (child.connected) child.disconnect()
    await ended
  }
  /** Called when it ends by itself. */
  const onLost = (tell: (how: string) => void) => void ended.then((how) => isWanted && tell(how))
  return { ...Started.parse(message), stop: endSandbox, onLost }
}

const stopping = new AbortController()
main(stopping).catch((error: unknown) => {
  const { aborted, reason } = stopping.signal
  // Stopped on purpose: work in progress has nothing more to report.
  if (aborted && !(reason instanceof AppError)) process.exit(0)
  const fault = aborted ? reason : error
  process.stderr.write(`${fault instanceof AppError ? fault.remedy : (fault as Error).stack}\n`)
  process.exit(exitCodeOf(fault))
})
