import { mkdir, writeFile } from 'node:fs/promises'
import { type CompiledQuery, Kysely, type LogEvent } from 'kysely'
import { Migrator } from 'kysely/migration'
import { MIGRATIONS } from '../../src/store/migrations.ts'
import type { Store, StoreConfig } from '../../src/store/open.ts'
import { postgresDialect } from '../../src/store/postgres.ts'
import { sqliteDialect } from '../../src/store/sqlite.ts'
import type { Tables } from '../../src/store/tables.ts'
import { startPostgres } from '../support/postgres.ts'
import { silent } from '../support/silent.ts'
import { STORED, type StoredDatabase } from './stored.ts'

/**
 * Writes down the database of today's schema, for both kinds: each statement that the migrations ran, and a row in every
 * table. Run once with each migration that lands (`node test/store/write-stored.ts`); what an earlier run wrote is never
 * written again, since a test migrates it for ever.
 */
const newest = Object.keys(MIGRATIONS).at(-1) ?? ''
await mkdir(STORED, { recursive: true })
await using postgres = await startPostgres()
const columns = await columnsOf()
for (const place of [
  { kind: 'sqlite', path: ':memory:' },
  { kind: 'postgres', url: postgres.url },
] as const) {
  const file = new URL(`${newest}.${place.kind}.json`, STORED)
  await writeFile(file, `${JSON.stringify(await record(place), null, 1)}\n`, { flag: 'wx' })
}

async function record(place: StoreConfig): Promise<StoredDatabase> {
  const statements: StoredDatabase['statements'] = []
  const isKept = ({ sql }: CompiledQuery) => /^(create|alter|insert|update|drop)\b/i.test(sql)
  const keep = ({ level, query }: LogEvent) => {
    const parameters = query.parameters as StoredDatabase['statements'][number]['parameters']
    if (level === 'query' && isKept(query)) statements.push({ sql: query.sql, parameters })
  }
  const store = await migrate(place, keep)
  for (const [table, names] of columns)
    await store
      .insertInto(table as keyof Tables)
      .values(Object.fromEntries(names) as never)
      .execute()
  await store.destroy()
  return { statements }
}

/** A value for each column of each table, in the order in which the tables refer to each other. */
async function columnsOf(): Promise<[string, [string, string | number][]][]> {
  const created: string[] = []
  const store = await migrate({ kind: 'sqlite', path: ':memory:' }, ({ query }) => {
    const [, name] = /^create table "(\w+)"/.exec(query.sql) ?? []
    if (name && !name.startsWith('kysely')) created.push(name)
  })
  const tables = await store.introspection.getTables()
  await store.destroy()
  return created.flatMap((name) => {
    const table = tables.find((one) => one.name === name)
    // One word everywhere, so that every reference finds its row.
    const sampleOf = (type: string) => (/int|double/i.test(type) ? 1 : 'x')
    return table ? [[name, table.columns.map((column) => [column.name, sampleOf(column.dataType)])] as const] : []
  }) as [string, [string, string | number][]][]
}

async function migrate(place: StoreConfig, log: (event: LogEvent) => void): Promise<Store> {
  const dialect = place.kind === 'sqlite' ? await sqliteDialect(place.path) : postgresDialect(place, silent)
  const store: Store = new Kysely<Tables>({ dialect, log })
  await new Migrator({ db: store, provider: { getMigrations: async () => ({ ...MIGRATIONS }) } }).migrateToLatest()
  return store
}
