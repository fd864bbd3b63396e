import { fork } from 'node:child_process'
import { once } from 'node:events'

/**
 * Runs a script in several processes that all wait for one starting signal, and returns what each of them sent.
 * The script calls {@link runTogether}.
 */
export async function startTogether(count: number, script: URL, job: unknown): Promise<unknown[]> {
  const children = Array.from({ length: count }, () => fork(script))
  try {
    await Promise.all(children.map((child) => once(child, 'message')))
    const answers = children.map((child) => once(child, 'message'))
    for (const child of children) child.send({ job })
    return (await Promise.all(answers)).map(([answer]) => answer)
  } finally {
    for (const child of children) child.kill()
  }
}

/** The other side: says that it is ready, waits for the job, and sends back what came of it. */
export async function runTogether(work: (job: unknown) => Promise<unknown>): Promise<void> {
  const started = once(process, 'message')
  process.send?.('ready')
  const [{ job }] = await started
  process.send?.(await work(job).catch((error: unknown) => String(error)))
  process.disconnect()
}
