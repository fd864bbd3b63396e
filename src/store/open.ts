import { Kysely, PostgresDialect } from 'kysely'
import { Migrator } from 'kysely/migration'
import pg from 'pg'
import type { Logger } from '../lib/logger.ts'
import { StoreUnusableError } from './errors.ts'
import * as first from './migrations/2026-11-22-first.ts'
import { sqliteDialect } from './sqlite.ts'
import type { Tables } from './tables.ts'

export type StoreConfig = { kind: 'sqlite'; path: string } | { kind: 'postgres'; url: string; connections?: number }

/** The one handle on our tables; `records.ts` files write their queries on it. */
export type Store = Kysely<Tables>

const MIGRATIONS = { '2026-11-22-first': first }

const INT8 = 20
const DEFAULT_CONNECTIONS = 10

/** Opens either database and brings its tables up to date. Throws {@link StoreUnusableError}. */
export async function openStore(config: StoreConfig, logger: Logger): Promise<Store> {
  const store: Store = new Kysely<Tables>({
    dialect: config.kind === 'sqlite' ? sqliteDialect(config.path) : postgresDialect(config, logger),
  })
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

function postgresDialect(config: Extract<StoreConfig, { kind: 'postgres' }>, logger: Logger): PostgresDialect {
  const pool = new pg.Pool({
    connectionString: config.url,
    max: config.connections ?? DEFAULT_CONNECTIONS,
    connectionTimeoutMillis: 5_000,
    application_name: 'hydrocore-assistant',
    // Counts and milliseconds stay below 2^53, so that both databases give plain numbers.
    types: {
      getTypeParser: (oid: number, format?: 'text' | 'binary') =>
        oid === INT8 ? Number : pg.types.getTypeParser(oid, format as 'text'),
    },
  })
  // Without a listener, a connection that the server closes while idle would end the process.
  pool.on('error', (error) => logger.warn({ err: error }, 'an idle database connection was lost'))
  return new PostgresDialect({ pool })
}

/** The database's name for people: never with its password. */
function placeOf(config: StoreConfig): string {
  if (config.kind === 'sqlite') return config.path
  const { hostname, port, pathname } = new URL(config.url)
  return `PostgreSQL at ${hostname}:${port || 5432}${pathname}`
}
