import type { Store } from './open.ts'

/** Whether the database answers now; rejects when it cannot be reached. */
export async function isAnswering(store: Store): Promise<boolean> {
  await store.selectFrom('expiring').select('key').limit(1).execute()
  return true
}
