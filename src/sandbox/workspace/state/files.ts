import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

export const StoredFile = z.object({
  id: z.string(),
  name: z.string(),
  title: z.string(),
  userId: z.string(),
  sizeBytes: z.number(),
  createdAt: z.number(),
  /** False until `files.completeUploadExternal`; only then anyone can see it. */
  isComplete: z.boolean(),
  channels: z.array(z.string()),
})
export type StoredFile = Readonly<z.infer<typeof StoredFile>>

export type FileStore = {
  add(file: StoredFile): void
  find(id: string): StoredFile | null
  change(id: string, change: Partial<StoredFile>): StoredFile | null
  put(id: string, content: Uint8Array): Promise<void>
  /** Null when nothing was uploaded, or the folder lost it. */
  content(id: string): Promise<Uint8Array | null>
  all(): readonly StoredFile[]
}

/** Descriptions live in the workspace's state; contents in `folder`, or in memory when nothing is kept. */
export function createFileStore(initial: readonly StoredFile[], folder: string | null, changed: () => void): FileStore {
  const files = new Map(initial.map((file) => [file.id, file]))
  const inMemory = new Map<string, Uint8Array>()
  return {
    add(file) {
      files.set(file.id, file)
      changed()
    },
    find: (id) => files.get(id) ?? null,
    change(id, change) {
      const file = files.get(id)
      if (!file) return null
      const next = { ...file, ...change }
      files.set(id, next)
      changed()
      return next
    },
    async put(id, content) {
      if (!folder) return void inMemory.set(id, content)
      await mkdir(folder, { recursive: true })
      await writeFile(join(folder, id), content)
    },
    async content(id) {
      if (!files.has(id)) return null
      if (!folder) return inMemory.get(id) ?? null
      return readFile(join(folder, id)).catch(() => null)
    },
    all: () => [...files.values()],
  }
}
