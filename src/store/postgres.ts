import {
  type Kysely,
  PostgresDialect,
  PostgresIntrospector,
  type PostgresPool,
  type PostgresPoolClient,
  sql,
  type TableMetadata,
} from 'kysely'
import pg from 'pg'
import type { Logger } from '../lib/logger.ts'
import { StoreUnavailableError } from './errors.ts'

export type PostgresPlace = { url: string; connections?: number }

const INT8 = 20
const DEFAULT_CONNECTIONS = 10

/** Far longer than any of our queries takes: the connection only seems to be there. */
const QUERY_TIMEOUT_MS = 30_000

/** PostgreSQL's codes for a connection that is over, and those of sockets; `pg` gives its own errors no code. */
const LOST_CODES = /^(08...|57P0[123]|ECONNRESET|ECONNREFUSED|EPIPE|ETIMEDOUT)$/
const LOST_WORDS = /^(Connection terminated|Client has encountered a connection error|Query read timeout)/

function isLostConnection(error: Error): boolean {
  const code = 'code' in error ? String(error.code) : ''
  return LOST_CODES.test(code) || LOST_WORDS.test(error.message)
}

/** Kysely's PostgreSQL dialect on a pool that logs lost connections, limited to the connection's schema. */
export function postgresDialect({ url, connections = DEFAULT_CONNECTIONS }: PostgresPlace, logger: Logger) {
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    connectionTimeoutMillis: 5_000,
    application_name: 'hydrocore-assistant',
    // Counts and milliseconds stay below 2^53, so that both databases give plain numbers.
    types: {
      getTypeParser: (oid: number, format?: 'text' | 'binary') =>
        oid === INT8 ? Number : pg.types.getTypeParser(oid, format as 'text'),
    },
  })
  // Without a listener, an idle connection closed by the server would end the process.
  pool.on('error', (error) => logger.warn({ err: error }, 'an idle database connection was lost'))
  return new OwnSchemaDialect({ pool: answeringByCallback(pool, logger) })
}

/**
 * The pool as Kysely takes it. Asked for a promise, pg makes a second one from the first, and over many queries in a
 * row their rows stay until a full collection: 100,000 rows then took 150 MB more. Kysely adds the caller's stack to
 * errors itself, which is all the second promise is for.
 */
function answeringByCallback(pool: pg.Pool, logger: Logger): PostgresPool {
  return {
    options: pool.options,
    end: () => pool.end(),
    connect: async () =>
      adapt(
        await pool.connect().catch((error: unknown) => {
          throw new StoreUnavailableError(error)
        }),
        logger,
      ),
  }
}

function adapt(client: pg.PoolClient, logger: Logger): PostgresPoolClient {
  let isLost = false
  // A connection may be lost between two queries of a transaction; without a listener that would end the process.
  const onError = (error: Error) => {
    isLost = true
    logger.warn({ err: error }, 'a database connection was lost while in use')
  }
  client.on('error', onError)
  const query = (text: string, values: readonly unknown[]) =>
    new Promise((resolve, reject) => {
      // Whatever changes the schema may take its time.
      const query_timeout = /^\s*(create|alter|drop)\b/i.test(text) ? 0 : QUERY_TIMEOUT_MS
      const wanted = { text, values: [...values], query_timeout }
      client.query(wanted, (error: Error | undefined, result: unknown) => {
        if (!error) return resolve(result)
        isLost ||= isLostConnection(error)
        reject(isLost ? new StoreUnavailableError(error) : error)
      })
    })
  return {
    // Only streaming dialects get cursors; ours doesn't stream.
    query: query as PostgresPoolClient['query'],
    release(destroy) {
      client.off('error', onError)
      client.release(isLost || destroy)
    },
  }
}

/**
 * The migrator asks for the existing tables. Kysely's answer covers every schema: it would take another program's
 * migration table for ours, and fails when a schema is dropped at that moment.
 */
class OwnSchemaIntrospector extends PostgresIntrospector {
  readonly #db: Kysely<unknown>
  constructor(db: Kysely<unknown>) {
    super(db)
    this.#db = db
  }
  override async getTables(): Promise<TableMetadata[]> {
    const { rows } = await sql<{ name: string; schema: string }>`
      select tablename as name, schemaname as schema from pg_catalog.pg_tables where schemaname = current_schema()
    `.execute(this.#db)
    return rows.map((table) => ({ ...table, isView: false, isForeign: false, columns: [] }))
  }
}
class OwnSchemaDialect extends PostgresDialect {
  override createIntrospector(db: Kysely<unknown>): PostgresIntrospector {
    return new OwnSchemaIntrospector(db)
  }
}
