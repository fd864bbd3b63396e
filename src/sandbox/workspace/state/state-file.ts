import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import { StoredFile } from './files.ts'
import { StoredMessage } from './messages.ts'
import { StoredChannel, StoredPerson } from './seed.ts'

const SavedState = z.object({
  version: z.literal(1),
  people: z.array(StoredPerson),
  channels: z.array(StoredChannel),
  messages: z.array(StoredMessage),
  files: z.array(StoredFile),
})
export type SavedState = z.infer<typeof SavedState>

/** Reads what an earlier run kept. What cannot be read is moved aside and the reason logged. */
export async function loadState(path: string, log: (line: string) => void): Promise<SavedState | null> {
  try {
    return SavedState.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    const reason = error instanceof z.ZodError ? z.prettifyError(error).split('\n')[0] : String(error)
    const aside = `${path}.broken-${Date.now()}`
    const outcome = await rename(path, aside).then(
      () => `It was moved to ${aside}`,
      (failure: unknown) => `It could not be moved aside either (${String(failure)})`,
    )
    log(`The workspace's state file could not be read (${reason}). ${outcome}; starting with none.`)
    return null
  }
}

export type Saver = { touch(): void; flush(): Promise<void> }

/** Writes the state some time after a change: a temporary file first, then a rename, so that it is whole or old. */
export function createSaver(
  path: string | null,
  read: () => SavedState,
  delayMs: number,
  log: (line: string) => void,
): Saver {
  let timer: NodeJS.Timeout | null = null
  let writing: Promise<void> = Promise.resolve()
  let lastMs = 0
  const write = async (target: string) => {
    const started = performance.now()
    try {
      await mkdir(dirname(target), { recursive: true })
      await writeFile(`${target}.tmp`, JSON.stringify(read()))
      await rename(`${target}.tmp`, target)
    } catch (error) {
      log(`The workspace's state could not be saved to ${target}: ${String(error)}`)
    }
    lastMs = performance.now() - started
  }
  const start = () => {
    timer = null
    if (path) writing = writing.then(() => write(path))
  }
  return {
    touch() {
      // A large state is saved less often, so that saving takes a tenth of the time at most.
      if (path && !timer) timer = setTimeout(start, Math.max(delayMs, lastMs * 10))
    },
    async flush() {
      if (timer) {
        clearTimeout(timer)
        start()
      }
      await writing
    },
  }
}
