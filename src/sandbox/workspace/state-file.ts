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

/** Reads what an earlier run kept. A file that cannot be read is moved aside and the reason logged. */
export async function loadState(path: string, log: (line: string) => void): Promise<SavedState | null> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (text === null) return null
  try {
    return SavedState.parse(JSON.parse(text))
  } catch (error) {
    const aside = `${path}.broken-${Date.now()}`
    await rename(path, aside)
    const reason = error instanceof z.ZodError ? z.prettifyError(error).split('\n')[0] : String(error)
    log(`The workspace's state file could not be read (${reason}). It was moved to ${aside}; starting with none.`)
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
  const write = async (target: string) => {
    try {
      await mkdir(dirname(target), { recursive: true })
      await writeFile(`${target}.tmp`, JSON.stringify(read()))
      await rename(`${target}.tmp`, target)
    } catch (error) {
      log(`The workspace's state could not be saved to ${target}: ${String(error)}`)
    }
  }
  const start = () => {
    timer = null
    if (path) writing = writing.then(() => write(path))
  }
  return {
    touch() {
      if (path && !timer) timer = setTimeout(start, delayMs)
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
