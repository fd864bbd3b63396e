import { Kysely } from 'kysely'
import { Migrator } from 'kysely/migration'
import type { Logger } from '../lib/logger.ts'
import { StoreUnusableError } from './errors.ts'
import { MIGRATIONS } from './migrations.ts'
import type { PostgresPlace } from './postgres.ts'
import { sqliteDialect } from './sqlite.ts'
import type { Tables } from './tables.ts'

export type StoreConfig = { kind: 'sqlite'; path: string } | ({ kind: 'postgres' } & PostgresPlace)

/** The handle on our tables; `*records.ts` files write their queries on it. */
export type Store = Kysely<Tables>

/** Opens either database and migrates it. Throws {@link StoreUnusableError}. */
export async function openStore(config: StoreConfig, logger: Logger): Promise<Store> {
  const dialect = config.kind === 'sqlite' ? await sqliteDialect(config.path) : await postgres(config, logger)
  const store: Store = new Kysely<Tables>({ dialect })
  const { error } = await new Migrator({ db: store, provider: { getMigrations: async () => ({ ...MIGRATIONS }) } })
    .migrateToLatest()
    .catch((thrown: unknown) => ({ error: thrown }))
  if (error) {
    await store.destroy()
    throw new StoreUnusableError(placeOf(config), { cause: error })
  }
  return store
}

/** PostgreSQL's client takes some 10 MB, so it's loaded only when needed. */
async function postgres(config: PostgresPlace, logger: Logger) {
  const { postgresDialect } = await import('./postgres.ts')
  return postgresDialect(config, logger)
}

/** The database's name for people, without its password. */
function placeOf(config: StoreConfig): string {
  if (config.kind === 'sqlite') return config.path
  const { hostname, port, pathname } = new URL(config.url)
  return `PostgreSQL at ${hostname}:${port || 5432}${pathname}`
}
