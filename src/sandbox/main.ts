import { rename, rm, writeFile } from 'node:fs/promises'
import { z } from 'zod'
import { type Sandbox, startSandbox } from './start.ts'

/**
 * The sandbox as a process of its own, so that the app meets it over sockets only. Its parent sends the options, gets
 * the addresses, and ends it by closing the channel; Ctrl-C in the terminal is the parent's to handle.
 */
const Options = z.object({
  folder: z.string(),
  fresh: z.boolean(),
  port: z.number(),
  /** Where the addresses are kept while it runs, for commands in another terminal. */
  addressesFile: z.string(),
  commands: z.array(z.object({ command: z.string(), description: z.string(), usageHint: z.string() })),
  shortcuts: z.array(z.object({ callbackId: z.string(), name: z.string(), type: z.enum(['message', 'global']) })),
})

/** The parent waits no longer than this either. */
const STOP_WITHIN_MS = 5_000

/** What is to be put away before the end; the parent may be gone before there is anything. */
let putAway: () => Promise<void> = async () => undefined

function stop(): void {
  setTimeout(() => process.exit(0), STOP_WITHIN_MS).unref()
  putAway().finally(() => process.exit(0))
}

process.on('SIGINT', () => undefined)
process.once('disconnect', stop)
process.once('SIGTERM', stop)
process.once('message', (message) => {
  run(Options.parse(message)).catch((error: unknown) => {
    process.stderr.write(`The sandbox could not start: ${error instanceof Error ? error.message : String(error)}\n`)
    process.exit(1)
  })
})

async function run({ addressesFile, ...options }: z.infer<typeof Options>): Promise<void> {
  const sandbox = await startSandbox({ ...options, log: (line) => process.stderr.write(`sandbox: ${line}\n`) })
  putAway = async () => {
    await rm(addressesFile, { force: true })
    await sandbox[Symbol.asyncDispose]()
  }
  await keepAddresses(addressesFile, sandbox)
  process.send?.({ page: sandbox.workspace.url, environment: sandbox.environment, notes: sandbox.notes })
}

async function keepAddresses(file: string, { environment }: Sandbox): Promise<void> {
  const unfinished = `${file}.${process.pid}`
  await writeFile(unfinished, JSON.stringify({ pid: process.pid, environment }, null, 2))
  await rename(unfinished, file)
}
