import { Kysely, PostgresDialect, sql } from 'kysely'
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
  const dialect = config.kind === 'sqlite' ? await sqliteDialect(config.path) : postgresDialect(config, logger)
  const store: Store = new Kysely<Tables>({ dialect })
  try {
    await migrate(store, config)
    return store
  } catch (cause) {
    await store.destroy()
    throw new StoreUnusableError(placeOf(config), { cause })
  }
}

async function migrate(store: Store, config: StoreConfig): Promise<void> {
  // Kysely looks for its own tables in every schema; named, it looks in ours only.
  const schema = config.kind === 'postgres' ? await currentSchema(store) : null
  const { error } = await new Migrator({
    db: store,
    provider: { getMigrations: async () => MIGRATIONS },
    ...(schema === null ? {} : { migrationTableSchema: schema }),
  }).migrateToLatest()
  if (error) throw error
}

async function currentSchema(store: Store): Promise<string | null> {
  const { rows } = await sql<{ name: string | null }>`select current_schema() as name`.execute(store)
  return rows[0]?.name ?? null
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
