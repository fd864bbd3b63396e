import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { type SqliteDatabase, SqliteDialect } from 'kysely'
import { StoreUnusableError } from './errors.ts'

/** How long a statement waits for another process (the terminal beside the running bot) to let go of the file. */
const BUSY_TIMEOUT_MS = 5_000

/**
 * Kysely's SQLite dialect over Node's own SQLite. Transactions begin `immediate`: a deferred one that reads first and
 * writes later fails at once when another process wrote in between, instead of waiting its turn.
 */
export function sqliteDialect(path: string): SqliteDialect {
  const database = openFile(path)
  const adapted: SqliteDatabase = {
    close: () => database.close(),
    prepare(sql) {
      const statement = database.prepare(sql === 'begin' ? 'begin immediate' : sql)
      return {
        reader: statement.columns().length > 0,
        all: (parameters) => statement.all(...inputs(parameters)),
        run: (parameters) => statement.run(...inputs(parameters)),
        iterate: (parameters) => statement.iterate(...inputs(parameters)),
      }
    },
  }
  return new SqliteDialect({ database: adapted })
}

function openFile(path: string): DatabaseSync {
  try {
    if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true })
    const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS })
    database.exec('pragma journal_mode = wal; pragma synchronous = normal; pragma foreign_keys = on')
    return database
  } catch (cause) {
    throw new StoreUnusableError(`SQLite file ${path}`, { cause })
  }
}

/** Kysely hands parameters over as `unknown`; our columns hold nothing but these. */
function inputs(parameters: ReadonlyArray<unknown>): SQLInputValue[] {
  return parameters.map((value) => {
    if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint')
      return value
    throw new TypeError(`SQLite takes text, numbers and null, not ${typeof value}`)
  })
}
