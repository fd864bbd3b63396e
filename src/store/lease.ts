import type { Store } from './open.ts'

export type Lease = { key: string; owner: string }

/**
 * Acquires or renews a lease for all processes; false while another one holds it. The lease of a dead process expires.
 */
export async function acquireLease(store: Store, claim: Lease, now: number, until: number): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await store
    .insertInto('kv')
    .values({ key: claim.key, value: JSON.stringify(claim.owner), expires_at: until })
    .onConflict((conflict) =>
      conflict
        .column('key')
        .doUpdateSet({ value: JSON.stringify(claim.owner), expires_at: until })
        .where((where) =>
          where.or([where('kv.expires_at', '<=', now), where('kv.value', '=', JSON.stringify(claim.owner))]),
        ),
    )
    .executeTakeFirst()
  return numInsertedOrUpdatedRows === 1n
}

export async function releaseLease(store: Store, claim: Lease): Promise<void> {
  await store.deleteFrom('kv').where('key', '=', claim.key).where('value', '=', JSON.stringify(claim.owner)).execute()
}

/** True for the first caller over all processes, so that something is done once. */
export async function claimOnce(store: Store, key: string, until: number): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await store
    .insertInto('kv')
    .values({ key, value: '1', expires_at: until })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .executeTakeFirst()
  return numInsertedOrUpdatedRows === 1n
}
