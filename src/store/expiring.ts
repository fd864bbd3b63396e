import type { EventEmitter } from 'node:events'
import { Keyv, type KeyvStorageAdapter, type KeyvStorageEntry, keyvStorageCapability } from 'keyv'
import type { Store } from './open.ts'
import type { Sealing } from './sealing.ts'

/** Well below both databases' limit on parameters. */
const BATCH_ROWS = 500
/** Between namespace and key; a namespace has only letters, digits and dashes, so the prefix is unambiguous. */
const SEPARATOR = '::'
const NAMESPACE = /^[a-z][a-z0-9-]*$/

/**
 * A Keyv store in our own database, shared by all instances; entries expire after `ttlMs`. A failing database rejects:
 * Keyv 6 throws as long as nobody listens to its `error` event, so don't listen.
 */
export function openKv<T>(store: Store, { namespace, ttlMs }: { namespace: string; ttlMs: number }): Keyv<T> {
  return new Keyv<T>({ ...storageOf(store, namespace), ttl: ttlMs })
}

/** The same without expiry, sealed where nobody may read it. */
export function openPermanentKv<T>(
  store: Store,
  { namespace, sealing }: { namespace: string; sealing?: Sealing },
): Keyv<T> {
  return new Keyv<T>({ ...storageOf(store, namespace), ...(sealing ? { encryption: sealing } : {}) })
}

/** The keys in a namespace. */
export async function listKeys(store: Store, namespace: string): Promise<string[]> {
  const keys: string[] = []
  const { store: storage } = storageOf(store, namespace)
  storage.namespace = namespace
  for await (const [key] of storage.iterator()) if (key !== undefined) keys.push(key)
  return keys
}

function storageOf(store: Store, namespace: string) {
  if (!NAMESPACE.test(namespace)) throw new TypeError(`"${namespace}" cannot be a namespace`)
  return { store: new ExpiringStorage(store), namespace }
}

/** Deletes expired entries. Reads never see them, so this only keeps the table small. */
export async function sweepExpired(store: Store, now: number = Date.now()): Promise<number> {
  const { numDeletedRows } = await store.deleteFrom('kv').where('expires_at', '<=', now).executeTakeFirst()
  return Number(numDeletedRows)
}

/** An adapter without events: Keyv listens only if they exist, and ours throws instead. */
type Storage = Omit<KeyvStorageAdapter, Exclude<keyof EventEmitter, number>>

class ExpiringStorage implements Storage {
  namespace: string | undefined
  readonly capabilities = keyvStorageCapability(this)
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  async get<Value>(key: string) {
    const [value] = await this.getMany<Value>([key])
    return value
  }

  async getMany<_Value>(keys: string[]): Promise<(string | undefined)[]> {
    const found = new Map<string, string>()
    for (const batch of batches(keys.map((key) => this.#full(key)))) {
      for (const row of await this.#live().where('key', 'in', batch).execute()) found.set(row.key, row.value)
    }
    return keys.map((key) => found.get(this.#full(key)))
  }

  async set(key: string, value: unknown, expires?: number): Promise<boolean> {
    await this.setMany([{ key, value, ...(expires === undefined ? {} : { expires }) }])
    return true
  }

  async setMany<Value>(entries: KeyvStorageEntry<Value>[]): Promise<boolean[]> {
    // PostgreSQL refuses a statement that writes one row twice; the last entry of a key counts.
    const rows = new Map(
      entries.map(({ key, value, expires }) => {
        const full = this.#full(key)
        return [full, { key: full, value: String(value), expires_at: expires ?? null }]
      }),
    )
    for (const batch of batches([...rows.values()])) {
      await this.#store
        .insertInto('kv')
        .values(batch)
        .onConflict((conflict) =>
          conflict
            .column('key')
            .doUpdateSet(({ ref }) => ({ value: ref('excluded.value'), expires_at: ref('excluded.expires_at') })),
        )
        .execute()
    }
    return entries.map(() => true)
  }

  async delete(key: string): Promise<boolean> {
    const [deleted = false] = await this.deleteMany([key])
    return deleted
  }

  async deleteMany(keys: string[]): Promise<boolean[]> {
    const deleted = new Set<string>()
    for (const batch of batches(keys.map((key) => this.#full(key)))) {
      const rows = await this.#store.deleteFrom('kv').where('key', 'in', batch).returning('key').execute()
      for (const { key } of rows) deleted.add(key)
    }
    return keys.map((key) => deleted.has(this.#full(key)))
  }

  async has(key: string): Promise<boolean> {
    const [found = false] = await this.hasMany([key])
    return found
  }

  async hasMany(keys: string[]): Promise<boolean[]> {
    return (await this.getMany(keys)).map((value) => value !== undefined)
  }

  async clear(): Promise<void> {
    const prefix = this.#full('')
    await this.#store
      .deleteFrom('kv')
      .where(({ fn, val }) => fn('substr', ['key', val(1), val(prefix.length)]), '=', prefix)
      .execute()
  }

  async *iterator<_Value>(): AsyncGenerator<string[], void> {
    const prefix = this.#full('')
    for (let after = ''; ; ) {
      const rows = await this.#live()
        .where(({ fn, val }) => fn('substr', ['key', val(1), val(prefix.length)]), '=', prefix)
        .where('key', '>', after)
        .orderBy('key')
        .limit(BATCH_ROWS)
        .execute()
      for (const { key, value } of rows) yield [key.slice(prefix.length), value]
      const last = rows.at(-1)
      if (!last || rows.length < BATCH_ROWS) return
      after = last.key
    }
  }

  #full(key: string): string {
    return this.namespace === undefined ? key : `${this.namespace}${SEPARATOR}${key}`
  }

  #live() {
    return this.#store
      .selectFrom('kv')
      .select(['key', 'value'])
      .where((where) => where.or([where('expires_at', 'is', null), where('expires_at', '>', Date.now())]))
  }
}

function* batches<T>(all: readonly T[]): Generator<T[]> {
  for (let at = 0; at < all.length; at += BATCH_ROWS) yield all.slice(at, at + BATCH_ROWS)
}
