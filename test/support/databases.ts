import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, describe } from 'vitest'
import { openStore, type Store, type StoreConfig } from '../../src/store/open.ts'
import { POSTGRES_MISSING } from './services.ts'
import { silent } from './silent.ts'

/** A place where no store was opened yet; disposing removes what was made there. */
export type EmptyDatabase = AsyncDisposable & { config: StoreConfig }

/** A database of one suite with its tables; disposing closes every handle and removes it. */
export type TestDatabase = EmptyDatabase & {
  store: Store
  /** One more handle to the same database, closed with the rest. */
  open(): Promise<Store>
}

export type DatabaseKind = {
  name: string
  /** Why it cannot be tested here, or null. */
  skipped: string | null
  createEmpty(): Promise<EmptyDatabase>
  create(): Promise<TestDatabase>
}

/** Handles of many suites share the server's connections. */
const CONNECTIONS_PER_HANDLE = 4

/** Databases and processes are slow on a busy machine; what hangs still ends. */
const TIMEOUT_MS = 30_000

/** Named by the user, or by the run's setup, which starts a server. */
const postgresUrl = process.env.TEST_POSTGRES_URL ?? ''

export const DATABASES: readonly DatabaseKind[] = [
  { name: 'SQLite', skipped: null, createEmpty: emptySqlite, create: () => openOn(migratedSqlite) },
  {
    name: 'PostgreSQL',
    skipped: postgresUrl ? null : (process.env[POSTGRES_MISSING] ?? 'no server was started'),
    createEmpty: emptyPostgres,
    create: () => openOn(migratedPostgres),
  },
]

/** One suite for both databases; one that cannot run here is skipped, and its title says why. */
export function describeOnDatabases(title: string, suite: (kind: DatabaseKind) => void): void {
  for (const kind of DATABASES) {
    if (kind.skipped === null) describe(`${title} (${kind.name})`, { timeout: TIMEOUT_MS }, () => suite(kind))
    else describe.skip(`${title} (${kind.name}, skipped: ${kind.skipped})`, () => suite(kind))
  }
}

async function emptySqlite(): Promise<EmptyDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'hydrocore-test-'))
  return {
    config: { kind: 'sqlite', path: join(folder, 'test.db') },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  }
}

/** A schema of its own in the shared database, chosen by the connection's search path. */
async function emptyPostgres(): Promise<EmptyDatabase> {
  const schema = `test_${randomBytes(8).toString('hex')}`
  await runOnPostgres(`create schema ${schema}`)
  const url = new URL(postgresUrl)
  url.searchParams.set('options', `-csearch_path=${schema}`)
  return {
    config: { kind: 'postgres', url: String(url), connections: CONNECTIONS_PER_HANDLE },
    [Symbol.asyncDispose]: () => runOnPostgres(`drop schema ${schema} cascade`),
  }
}

/** The bytes of a database file that has its tables and nothing in them, made once for each test file. */
let migratedFile: Promise<Buffer> | null = null

async function migratedSqlite(): Promise<EmptyDatabase> {
  migratedFile ??= migrateFile()
  const bytes = await migratedFile
  const empty = await emptySqlite()
  if (empty.config.kind === 'sqlite') await writeFile(empty.config.path, bytes)
  return empty
}

async function migrateFile(): Promise<Buffer> {
  await using empty = await emptySqlite()
  const store = await openStore(empty.config, silent)
  await store.destroy()
  return readFile(empty.config.kind === 'sqlite' ? empty.config.path : '')
}

/** Schemas whose suite is over: emptied and given to the next one, since making the tables takes far longer. */
const idle: EmptyDatabase[] = []
afterAll(async () => {
  for (const schema of idle.splice(0)) await schema[Symbol.asyncDispose]()
})

async function migratedPostgres(): Promise<EmptyDatabase> {
  const schema = idle.pop() ?? (await emptyPostgres())
  return {
    config: schema.config,
    async [Symbol.asyncDispose]() {
      if (await emptyTables(schema.config)) idle.push(schema)
      else await schema[Symbol.asyncDispose]()
    },
  }
}

/** Deletes all rows; false, and nothing done, where a test took a table away. */
async function emptyTables(config: StoreConfig): Promise<boolean> {
  if (config.kind !== 'postgres') return false
  return withClient(config.url, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      "select tablename as name from pg_tables where schemaname = current_schema() and tablename not like 'kysely%'",
    )
    mostTables = Math.max(mostTables, rows.length)
    if (rows.length < mostTables) return false
    // All in one statement, so that rows may refer to each other until its end; `truncate` would write every file anew.
    const deletions = rows.map(({ name }) => `deleted_${name} as (delete from ${name})`)
    await client.query(`with ${deletions.join(', ')} select 1`)
    return true
  })
}
let mostTables = 1

async function openOn(createEmpty: () => Promise<EmptyDatabase>): Promise<TestDatabase> {
  const empty = await createEmpty()
  const handles: Store[] = []
  const open = async () => {
    const store = await openStore(empty.config, silent)
    handles.push(store)
    return store
  }
  const store = await open().catch(async (error: unknown) => {
    await empty[Symbol.asyncDispose]()
    throw error
  })
  return {
    config: empty.config,
    store,
    open,
    async [Symbol.asyncDispose]() {
      await Promise.all(handles.map((store) => store.destroy()))
      await empty[Symbol.asyncDispose]()
    },
  }
}

async function runOnPostgres(statement: string): Promise<void> {
  await withClient(postgresUrl, (client) => client.query(statement))
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 3_000 })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
