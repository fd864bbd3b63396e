import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { z } from 'zod'
import { NODE_OPTIONS } from './process.ts'

/**
 * Does one piece of work in a process of its own, with the options of our own processes, and reads what it measured.
 * Rejects when the process ends without a word.
 */
export async function runWorker<T>(
  script: URL,
  { work, Done, what }: { work: unknown; Done: z.ZodType<T>; what: string },
  signal: AbortSignal,
): Promise<T> {
  const child = fork(script, {
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', WORK: JSON.stringify(work) },
    execArgv: ['--expose-gc', ...NODE_OPTIONS],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    signal,
  })
  const told = once(child, 'message')
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the worker for ${what} ended with ${String(code)}`)
  })
  const [message] = await Promise.race([told, ended])
  await ended.catch(() => undefined)
  return Done.parse(message)
}
