import type { Store } from './open.ts'

/** Whether the database answers; rejects when it can't be reached. */
export async function isAnswering(store: Store): Promise<boolean> {
  await store.selectFrom('kv').select('key').limit(1).execute()
  return true
}

/** Writes a row and rolls it back; rejects when the database accepts none. */
export async function tryWriting(store: Store): Promise<void> {
  const transaction = await store.startTransaction().execute()
  try {
    await transaction.insertInto('kv').values({ key: 'doctor:tried', value: '', expires_at: 0 }).execute()
  } finally {
    await transaction.rollback().execute()
  }
}
