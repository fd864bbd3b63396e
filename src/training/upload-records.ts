import type { Store } from '../store/open.ts'
import { sha256 } from './manifest.ts'

/** A file at a trainer, by its bytes. */
export type Sent = { baseUrl: string; sha256: string }

/** Trainers keep files longer; what nobody came back to in this time is sent again. */
const KEPT_MS = 30 * 24 * 60 * 60 * 1_000

/** Writes down that a file was sent of which no job was made yet: a start that is broken off is gone on with. */
export async function keepSent(store: Store, sent: Sent, file: string, now: number): Promise<void> {
  const row = { value: JSON.stringify(file), expires_at: now + KEPT_MS }
  await store
    .insertInto('expiring')
    .values({ key: keyOf(sent), ...row })
    .onConflict((conflict) => conflict.column('key').doUpdateSet(row))
    .execute()
}

/** The trainer's id of such a file; null where none was sent. */
export async function findSent(store: Store, sent: Sent, now: number): Promise<string | null> {
  const row = await store
    .selectFrom('expiring')
    .select('value')
    .where('key', '=', keyOf(sent))
    .where('expires_at', '>', now)
    .executeTakeFirst()
  return row ? String(JSON.parse(row.value)) : null
}

/** A job was made of it: another job gets a file of its own, by which it is known. */
export async function forgetSent(store: Store, sent: Sent): Promise<void> {
  await store.deleteFrom('expiring').where('key', '=', keyOf(sent)).execute()
}

function keyOf(sent: Sent): string {
  return `training-file:${sha256(sent.baseUrl)}:${sent.sha256}`
}
