import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { z } from 'zod'

export type Log = (line: string) => void

/** Where the server keeps what it is given and what it learns. */
export type Folder = AsyncDisposable & {
  path(...parts: string[]): string
  /** Replaces a file as a whole: a reader, or a crash, sees the old one or the new one. */
  write(name: string, content: string | AsyncIterable<string>): Promise<void>
  remove(name: string): Promise<void>
  /** Reads all `.json` files of a subfolder; a broken one is set aside, with a line in the log. */
  readAll<T>(subfolder: string, schema: z.ZodType<T>): Promise<T[]>
  /** Puts a broken file out of the way, so that it can be looked at. */
  setAside(name: string, why: string): Promise<void>
}

const SUBFOLDERS = ['files', 'jobs', 'models', 'uploads']

/** Opens a folder; without a path, one that is gone when the server is. */
export async function openFolder(path: string | undefined, log: Log): Promise<Folder> {
  const root = path ?? (await mkdtemp(join(tmpdir(), 'model-server-')))
  for (const subfolder of SUBFOLDERS) await mkdir(join(root, subfolder), { recursive: true })
  // What was being uploaded when the last run ended never became a file.
  for (const leftover of await readdir(join(root, 'uploads')))
    await rm(join(root, 'uploads', leftover), { force: true })
  let writes = 0
  /** Two writes of one file come to lie in the order they were asked for. */
  const lastWrite = new Map<string, Promise<void>>()
  const replace = async (name: string, content: string | AsyncIterable<string>, before: Promise<void> | undefined) => {
    writes += 1
    const draft = join(root, 'uploads', `draft-${writes}`)
    await writeFile(draft, content)
    await before?.catch(() => undefined)
    await rename(draft, join(root, name))
  }

  const setAside = async (name: string, why: string) => {
    const aside = `${name}.broken-${Date.now()}`
    await rename(join(root, name), join(root, aside))
    log(`${name} could not be read (${why}); it was set aside as ${aside}`)
  }
  return {
    path: (...parts) => join(root, ...parts),
    async write(name, content) {
      const written = replace(name, content, lastWrite.get(name))
      lastWrite.set(name, written)
      try {
        await written
      } finally {
        if (lastWrite.get(name) === written) lastWrite.delete(name)
      }
    },
    remove: (name) => rm(join(root, name), { force: true }),
    async readAll(subfolder, schema) {
      const names = (await readdir(join(root, subfolder))).filter((name) => name.endsWith('.json')).sort()
      const found = []
      for (const name of names) {
        const file = join(subfolder, name)
        try {
          found.push(schema.parse(JSON.parse(await readFile(join(root, file), 'utf8'))))
        } catch (error) {
          await setAside(file, error instanceof SyntaxError ? 'not JSON' : 'not as expected')
        }
      }
      return found
    },
    setAside,
    async [Symbol.asyncDispose]() {
      // An upload that was just broken off may still be putting its file there.
      if (path === undefined) await rm(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
    },
  }
}
