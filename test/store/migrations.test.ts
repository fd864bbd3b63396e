import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CompiledQuery, Kysely } from 'kysely'
import { describe, expect, it } from 'vitest'
import { MIGRATIONS } from '../../src/store/migrations.ts'
import { openStore, type Store, type StoreConfig } from '../../src/store/open.ts'
import { postgresDialect } from '../../src/store/postgres.ts'
import { sqliteDialect } from '../../src/store/sqlite.ts'
import type { Tables } from '../../src/store/tables.ts'
import { describeOnDatabases } from '../support/databases.ts'
import { silent } from '../support/silent.ts'
import { listStored, type StoredDatabase } from './stored.ts'

/** What has landed, by the hash of its file. A line is added with a migration, and never changed. */
const LANDED: Readonly<Record<string, string>> = {
  '2026-12-01-first': '7f89cc2152c50fdaa565ac9afbb4e51a53539dd5672292cc07c30e5e634e3b7d',
  '2026-12-01-threads': '14bd0ae977f0ae88191cd5878d0195819383fa21d58d0ff29426dce39dfbaf6d',
}

describe('a migration', () => {
  const folder = join(import.meta.dirname, '../../src/store/migrations')
  const files = globSync('*.ts', { cwd: folder }).toSorted()

  it('is never edited once it has landed', () => {
    const hashes = files.map((file) => [
      file.replace(/\.ts$/, ''),
      createHash('sha256')
        .update(readFileSync(join(folder, file)))
        .digest('hex'),
    ])
    expect(Object.fromEntries(hashes)).toEqual(LANDED)
  })

  it('is run, in the order of the names', () => {
    expect(Object.keys(MIGRATIONS)).toEqual(files.map((file) => file.replace(/\.ts$/, '')))
  })

  it.each(['sqlite', 'postgres'] as const)('has a stored database of its schema to be tried on (%s)', (kind) => {
    expect(listStored(kind).map(({ migration }) => migration)).toEqual(Object.keys(MIGRATIONS))
  })
})

describeOnDatabases('a stored database', (kind) => {
  const stored = listStored(kind.name === 'SQLite' ? 'sqlite' : 'postgres')

  it.each(stored)('of $migration is opened with all its rows, and migrated', async ({ migration, database }) => {
    await using empty = await kind.createEmpty()
    await restore(empty.config, database)
    const store = await openStore(empty.config, silent)
    const done = await (store as unknown as Kysely<{ kysely_migration: { name: string } }>)
      .selectFrom('kysely_migration')
      .select('name')
      .orderBy('name')
      .execute()
    expect(done.map(({ name }) => name)).toEqual(Object.keys(MIGRATIONS))
    const tables = database.statements.flatMap(({ sql }) => /^create table "(\w+)"/.exec(sql)?.[1] ?? [])
    for (const table of tables.filter((name) => !name.startsWith('kysely')))
      if (migration === Object.keys(MIGRATIONS).at(-1))
        expect([
          table,
          await store
            .selectFrom(table as keyof Tables)
            .selectAll()
            .execute(),
        ]).toEqual([table, [expect.objectContaining({})]])
    await store.destroy()
  })
})

/** Replays what the migrations of that day ran, and the rows of that day. */
async function restore(config: StoreConfig, { statements }: StoredDatabase): Promise<void> {
  const dialect = config.kind === 'sqlite' ? await sqliteDialect(config.path) : postgresDialect(config, silent)
  const store: Store = new Kysely<Tables>({ dialect })
  for (const { sql, parameters } of statements) await store.executeQuery(CompiledQuery.raw(sql, parameters))
  await store.destroy()
}
