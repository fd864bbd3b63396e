import { z } from 'zod'
import { sha256 } from '../../lib/hash.ts'
import { openKv } from '../../store/expiring.ts'
import type { Store } from '../../store/open.ts'

/** A file at a trainer, by its bytes. */
export type CachedUpload = { baseUrl: string; sha256: string }

/** Trainers keep files longer; what nobody came back to in this time is sent again. */
const TTL_MS = 30 * 24 * 60 * 60 * 1_000

const FileId = z.string().min(1)

/** Writes down that a file was sent of which no job was made yet: a start that is broken off is gone on with. */
export async function saveUpload(store: Store, upload: CachedUpload, file: string): Promise<void> {
  await openUploadCache(store).set(keyOf(upload), file)
}

/** The trainer's id of such a file; null where none was sent. */
export async function findUpload(store: Store, upload: CachedUpload): Promise<string | null> {
  return FileId.safeParse(await openUploadCache(store).get(keyOf(upload))).data ?? null
}

/** A job was made of it: another job gets a file of its own, by which it is known. */
export async function deleteUpload(store: Store, upload: CachedUpload): Promise<void> {
  await openUploadCache(store).delete(keyOf(upload))
}

function openUploadCache(store: Store) {
  return openKv<unknown>(store, { namespace: 'training-file', ttlMs: TTL_MS })
}

function keyOf(upload: CachedUpload): string {
  return `${sha256(upload.baseUrl)}:${upload.sha256}`
}
