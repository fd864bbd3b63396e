import { fork } from 'node:child_process'
import { once } from 'node:events'
import { z } from 'zod'
import manifest from '../../../package.json' with { type: 'json' }

export type Costs = { rssBytes: number; cpuMs: number }

/** A process that is measured from outside. */
export type Measured = AsyncDisposable & {
  /** Resolves never; rejects when the process ends by itself. */
  readonly ended: Promise<never>
  costs(): Promise<Costs>
}

/** What `npm start` gives to Node. */
export const NODE_OPTIONS: readonly string[] = manifest.scripts.start.split(' ').filter((word) => word.startsWith('--'))

const WATCHED = new URL('./watched.mjs', import.meta.url).href
const Told = z.object({ rssBytes: z.number(), cpuMs: z.number() })
/** A process that does not stop by itself is cut off. */
const STOP_WITHIN_MS = 5_000

/** Starts a script with these settings and nothing else of our own environment. */
export function startMeasured(
  script: URL,
  { settings, folder, nodeOptions = [] }: { settings: Environment; folder: string; nodeOptions?: readonly string[] },
): Measured {
  const { PATH = '', HOME = '' } = process.env
  const child = fork(script, {
    cwd: folder,
    env: { PATH, HOME, ...settings },
    execArgv: ['--import', WATCHED, ...NODE_OPTIONS, ...nodeOptions],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  let lastWords = ''
  child.stderr?.on('data', (data: Buffer) => {
    lastWords = (lastWords + String(data)).slice(-2_000)
  })
  const exit = once(child, 'exit')
  const ended = exit.then(([code]) => {
    throw new Error(`${script.pathname} ended with ${String(code)}. ${lastWords}`)
  })
  ended.catch(() => undefined)
  return {
    ended,
    async costs() {
      const told = once(child, 'message')
      child.send('costs')
      const [message] = await Promise.race([told, ended])
      return Told.parse(message)
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      const cut = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS)
      await exit
      clearTimeout(cut)
    },
  }
}

export type Environment = Readonly<Record<string, string>>
