import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { SqliteAdapter, type SqliteDatabase, SqliteDialect, type SqliteStatement } from 'kysely'
import pRetry from 'p-retry'
import { StoreUnusableError } from './errors.ts'

/** How long a statement waits for another process (such as the terminal beside the running bot) to release the file. */
const BUSY_TIMEOUT_MS = 5_000

/** Far more than our queries; those whose text depends on a list's length must not pile up. */
const KEPT_STATEMENTS = 200

/** SQLite's primary result code for "another connection holds the lock". */
const SQLITE_BUSY = 5

/**
 * Kysely's SQLite dialect on Node's own SQLite. Transactions begin `immediate`: a deferred one that reads first and
 * writes later fails at once if another process wrote in between, instead of waiting. Throws {@link
 * StoreUnusableError}.
 */
export async function sqliteDialect(path: string): Promise<SqliteDialect> {
  const database = await openFile(path)
  const kept = new Map<string, SqliteStatement>()
  const adapted: SqliteDatabase = {
    close: () => database.close(),
    prepare(sql) {
      const statement = kept.get(sql) ?? adapt(database, sql)
      kept.delete(sql)
      kept.set(sql, statement)
      const [longestUnused] = kept.keys()
      if (kept.size > KEPT_STATEMENTS && longestUnused !== undefined) kept.delete(longestUnused)
      return statement
    },
  }
  return new LockingSqliteDialect({ database: adapted })
}

const NOTHING_DONE = { changes: 0, lastInsertRowid: 0 }

/** Prepared once and run often; only a row-by-row reader gets its own statement. */
function adapt(database: DatabaseSync, sql: string): SqliteStatement {
  const prepare = () => database.prepare(sql === 'begin' ? 'begin immediate' : sql)
  const statement = prepare()
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...inputs(parameters)),
    // On a full disk SQLite ends the transaction itself; report that error, not the failed rollback's.
    run: (parameters) =>
      sql === 'rollback' && !database.isTransaction ? NOTHING_DONE : statement.run(...inputs(parameters)),
    iterate: (parameters) => prepare().iterate(...inputs(parameters)),
  }
}

/** SQLite can roll back a `create table`. Told so, Kysely migrates in one transaction, and two openers take turns. */
class LockingSqliteAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}
class LockingSqliteDialect extends SqliteDialect {
  override createAdapter(): SqliteAdapter {
    return new LockingSqliteAdapter()
  }
}

/** The change to WAL doesn't wait for another opener (the timeout doesn't apply), so it's retried. */
async function openFile(path: string): Promise<DatabaseSync> {
  try {
    if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true })
    return await pRetry(() => openOnce(path), {
      retries: 100,
      factor: 1,
      minTimeout: 50,
      maxRetryTime: BUSY_TIMEOUT_MS,
      shouldRetry: ({ error }) => isBusy(error),
    })
  } catch (cause) {
    throw new StoreUnusableError(`SQLite file ${path}`, { cause })
  }
}

function openOnce(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS })
  try {
    database.exec('pragma journal_mode = wal; pragma synchronous = normal; pragma foreign_keys = on')
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && Number(error.errcode) % 256 === SQLITE_BUSY
}

/** Kysely passes parameters as `unknown`; our columns hold nothing else. */
function inputs(parameters: ReadonlyArray<unknown>): SQLInputValue[] {
  return parameters.map((value) => {
    if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint')
      return value
    throw new TypeError(`SQLite takes text, numbers and null, not ${typeof value}`)
  })
}
