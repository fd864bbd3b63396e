import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { stripVTControlCharacters } from 'node:util'

const MAIN = new URL('../../../src/main.ts', import.meta.url).pathname
const PATIENCE_MS = 40_000

/** `npm start` as a process of its own. */
export type Running = AsyncDisposable & {
  /** What it has written so far, both streams. */
  output(): string
  /** Resolves with what fits in its output; rejects when it ends or too much time passes without it. */
  says(pattern: RegExp): Promise<RegExpExecArray>
  /** Its exit code, once it has ended. */
  ended: Promise<number | null>
  /** Ctrl-C: the exit code, and how long the end took. */
  interrupt(): Promise<{ code: number | null; tookMs: number }>
}

/** Starts it in a folder, with these settings and none of the machine's. */
export function run(
  folder: string,
  args: readonly string[] = [],
  settings: Readonly<Record<string, string>> = {},
): Running {
  const { PATH = '', HOME = '' } = process.env
  const child = spawn(process.execPath, [MAIN, ...args], { cwd: folder, env: { PATH, HOME, ...settings } })
  let output = ''
  const ended = once(child, 'close').then(([code]) => code as number | null)
  child.stdout.setEncoding('utf8').on('data', (text: string) => take(text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => take(text))
  const take = (text: string) => {
    output += stripVTControlCharacters(text)
    child.emit('said')
  }
  const running: Running = {
    output: () => output,
    ended,
    async says(pattern) {
      const late = AbortSignal.timeout(PATIENCE_MS)
      for (;;) {
        const found = pattern.exec(output)
        if (found) return found
        if (hasEnded(child) || late.aborted) throw new Error(`it never said ${pattern}, but:\n${output}`)
        await Promise.race([once(child, 'said'), ended, once(late, 'abort')])
      }
    },
    async interrupt() {
      const startedAt = performance.now()
      child.kill('SIGINT')
      return { code: await ended, tookMs: performance.now() - startedAt }
    },
    async [Symbol.asyncDispose]() {
      if (!hasEnded(child)) child.kill('SIGKILL')
      await ended
    },
  }
  return running
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}
