import { Kysely } from 'kysely'
import { Migrator } from 'kysely/migration'
import type { Logger } from '../lib/logger.ts'
import { StoreUnusableError } from './errors.ts'
import { up as first } from './migrations/2026-11-22-first.ts'
import { up as overviews } from './migrations/2026-11-22-overviews.ts'
import { up as workOrders } from './migrations/2026-11-22-work-orders.ts'
import { up as corrections } from './migrations/2026-11-22t17-corrections.ts'
import { type PostgresPlace, postgresDialect } from './postgres.ts'
import { sqliteDialect } from './sqlite.ts'
import type { Tables } from './tables.ts'

export type StoreConfig = { kind: 'sqlite'; path: string } | ({ kind: 'postgres' } & PostgresPlace)

/** The one handle on our tables; `records.ts` files write their queries on it. */
export type Store = Kysely<Tables>

const MIGRATIONS = {
  '2026-11-22-first': { up: first },
  '2026-11-22-overviews': { up: overviews },
  '2026-11-22-work-orders': { up: workOrders },
  '2026-11-22t17-corrections': { up: corrections },
}

/** Opens either database and brings its tables up to date. Throws {@link StoreUnusableError}. */
export async function openStore(config: StoreConfig, logger: Logger): Promise<Store> {
  const dialect = config.kind === 'sqlite' ? await sqliteDialect(config.path) : postgresDialect(config, logger)
  const store: Store = new Kysely<Tables>({ dialect })
  const { error } = await new Migrator({
    db: store,
    provider: { getMigrations: async () => MIGRATIONS },
  })
    .migrateToLatest()
    .catch((thrown: unknown) => ({ error: thrown }))
  if (error) {
    await store.destroy()
    throw new StoreUnusableError(placeOf(config), { cause: error })
  }
  return store
}

/** The database's name for people: never with its password. */
function placeOf(config: StoreConfig): string {
  if (config.kind === 'sqlite') return config.path
  const { hostname, port, pathname } = new URL(config.url)
  return `PostgreSQL at ${hostname}:${port || 5432}${pathname}`
}
