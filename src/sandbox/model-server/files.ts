import { createReadStream, createWriteStream, existsSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import { ApiError } from './api-error.ts'
import type { Folder } from './folder.ts'
import { newId, nowSeconds } from './ids.ts'
import { findBrokenLines, tellFaults } from './training-file.ts'
import { createYielder } from './yielding.ts'

/** As large as OpenAI takes them. */
export const MAX_FILE_BYTES = 512 * 1024 * 1024

const PURPOSES = ['assistants', 'batch', 'fine-tune', 'vision', 'user_data', 'evals', 'fine-tune-results'] as const
const StoredFile = z.object({
  id: z.string(),
  object: z.literal('file'),
  bytes: z.number(),
  created_at: z.number(),
  filename: z.string(),
  purpose: z.enum(PURPOSES),
  status: z.literal('processed'),
  status_details: z.null(),
  /** The order of files made within one second. */
  serial: z.number(),
})
type StoredFile = z.infer<typeof StoredFile>
export type FileObject = Omit<StoredFile, 'serial'>

export type Files = {
  /** Writes bytes to disk as they come; the path is only for `keep`. */
  receive(chunks: AsyncIterable<Uint8Array>): Promise<{ path: string; bytes: number }>
  /** Makes what was received a file, if it is fit for its purpose; else it is gone and the fault is thrown. */
  keep(received: { path: string; bytes: number }, filename: string, purpose: string): Promise<FileObject>
  discard(received: { path: string }): Promise<void>
  /** The newest first. */
  list(): FileObject[]
  get(id: string): FileObject
  pathOf(id: string): string
  read(id: string): ReadableStream<Uint8Array>
  remove(id: string): Promise<void>
}

const shown = ({ serial: _, ...file }: StoredFile): FileObject => file

/** The uploaded files and the result files of jobs. */
export async function openFiles(folder: Folder, maxBytes = MAX_FILE_BYTES): Promise<Files> {
  const files = new Map<string, StoredFile>()
  const dataPath = (id: string) => folder.path('files', `${id}.data`)
  for (const file of await folder.readAll('files', StoredFile)) {
    if (existsSync(dataPath(file.id))) files.set(file.id, file)
    else await folder.setAside(`files/${file.id}.json`, 'its content is missing')
  }
  let serial = Math.max(0, ...[...files.values()].map((file) => file.serial))

  const get = (id: string) => {
    const file = files.get(id)
    if (!file) throw new ApiError(404, `No such File object: ${id}`, { param: 'id' })
    return file
  }
  return {
    async receive(chunks) {
      const path = folder.path('uploads', newId('upload-'))
      let bytes = 0
      const counted = new Transform({
        transform(chunk: Uint8Array, _, done) {
          bytes += chunk.length
          if (bytes <= maxBytes) return done(null, chunk)
          done(new ApiError(413, `The file is larger than ${maxBytes} bytes.`, { param: 'file' }))
        },
      })
      try {
        await pipeline(Readable.from(chunks), counted, createWriteStream(path))
      } catch (error) {
        await rm(path, { force: true })
        throw error
      }
      return { path, bytes }
    },
    async keep(received, filename, purpose) {
      const known = PURPOSES.find((one) => one === purpose)
      try {
        if (!known) {
          throw new ApiError(400, `'${purpose}' is not one of ${PURPOSES.join(', ')}.`, { param: 'purpose' })
        }
        if (received.bytes === 0) throw new ApiError(400, 'The file is empty.', { param: 'file' })
        if (known === 'fine-tune') {
          if (!filename.endsWith('.jsonl')) {
            throw new ApiError(400, `Files to fine-tune on must be .jsonl; this is ${filename}.`, { param: 'file' })
          }
          const faults = await findBrokenLines(received.path, createYielder())
          if (faults.length > 0) {
            throw new ApiError(400, `Invalid file format. ${tellFaults(faults, 0)}`, {
              param: 'file',
              code: 'invalid_file_format',
            })
          }
        }
      } catch (error) {
        await rm(received.path, { force: true })
        throw error
      }
      serial += 1
      const file: StoredFile = {
        id: newId('file-'),
        object: 'file',
        bytes: received.bytes,
        created_at: nowSeconds(),
        filename,
        purpose: known,
        status: 'processed',
        status_details: null,
        serial,
      }
      await rename(received.path, dataPath(file.id))
      await folder.write(`files/${file.id}.json`, JSON.stringify(file))
      files.set(file.id, file)
      return shown(file)
    },
    discard: ({ path }) => rm(path, { force: true }),
    list: () => [...files.values()].sort((a, b) => b.serial - a.serial).map(shown),
    get: (id) => shown(get(id)),
    pathOf: (id) => dataPath(get(id).id),
    read: (id) => Readable.toWeb(createReadStream(dataPath(get(id).id))) as ReadableStream<Uint8Array>,
    async remove(id) {
      get(id)
      files.delete(id)
      await folder.remove(`files/${id}.json`)
      await folder.remove(`files/${id}.data`)
    },
  }
}
