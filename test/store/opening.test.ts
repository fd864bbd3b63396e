import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterEach, describe, expect, it } from 'vitest'
import { StoreUnusableError } from '../../src/store/errors.ts'
import { openStore, type StoreConfig } from '../../src/store/open.ts'
import { describeOnDatabases } from '../support/databases.ts'
import { startTogether } from '../support/processes.ts'
import { addAnswer } from '../support/rows.ts'
import { silent } from '../support/silent.ts'

const faultOf = async (config: StoreConfig): Promise<unknown> => openStore(config, silent).catch((error) => error)

describeOnDatabases('opening a store', (kind) => {
  it('finds its rows again, and migrating a second time changes nothing', async () => {
    await using database = await kind.create()
    const answer = await addAnswer(database.store)
    const again = await database.open()
    const found = await again.selectFrom('answers').selectAll().execute()
    expect(found).toHaveLength(1)
    expect(found[0]).toMatchObject({ ...answer, created_at: answer.created_at })
  })

  it('lets processes open an empty database at the same moment', async () => {
    await using empty = await kind.createEmpty()
    const opened = await startTogether(4, new URL('./together/opening.ts', import.meta.url), empty.config)
    expect(opened).toEqual(['opened', 'opened', 'opened', 'opened'])
    const store = await openStore(empty.config, silent)
    expect(await store.selectFrom('questions').selectAll().execute()).toEqual([])
    await store.destroy()
  })

  it('gives times and counts as plain numbers', async () => {
    await using database = await kind.create()
    await addAnswer(database.store)
    const { at, count } = await database.store
      .selectFrom('answers')
      .select(({ fn }) => [fn.max('created_at').as('at'), fn.countAll<number>().as('count')])
      .executeTakeFirstOrThrow()
    expect([typeof at, count]).toEqual(['number', 1])
  })

  it('keeps all of a transaction, or nothing', async () => {
    await using database = await kind.create()
    const failing = database.store.transaction().execute(async (transaction) => {
      await transaction
        .insertInto('aliases')
        .values({ alias: 'assistant', model: 'm', changed_by: 'U1', reason: 'test', changed_at: 1 })
        .execute()
      throw new Error('stop')
    })
    await expect(failing).rejects.toThrow('stop')
    expect(await database.store.selectFrom('aliases').selectAll().execute()).toEqual([])
  })

  it('refuses an answer without its question', async () => {
    await using database = await kind.create()
    await expect(addAnswer(database.store, { question_id: 'q_missing' })).rejects.toThrow(/foreign key/i)
  })

  it('says that a database with foreign tables of our names cannot be used', async () => {
    await using empty = await kind.createEmpty()
    const store = await openStore(empty.config, silent)
    await sql`delete from kysely_migration`.execute(store)
    await store.destroy()
    expect(await faultOf(empty.config)).toBeInstanceOf(StoreUnusableError)
  })
})

describe('a database that cannot be opened', () => {
  const folders: string[] = []
  const makeFolder = async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hydrocore-test-'))
    folders.push(folder)
    return folder
  }
  afterEach(async () => {
    for (const folder of folders.splice(0)) await rm(folder, { recursive: true })
  })

  it.each([
    ['a text', 'dear diary, '.repeat(1_000)],
    ['a few bytes', 'hello'],
    ['a damaged database', `SQLite format 3\0${'junk'.repeat(2_000)}`],
  ])('leaves a file that is %s as it was', async (_, content) => {
    const folder = await makeFolder()
    const path = join(folder, 'diary.txt')
    await writeFile(path, content)
    const fault = await faultOf({ kind: 'sqlite', path })
    expect(fault).toBeInstanceOf(StoreUnusableError)
    expect((fault as StoreUnusableError).remedy).toContain(path)
    expect(sha256(await readFile(path))).toBe(sha256(Buffer.from(content)))
    expect(await readdir(folder)).toEqual(['diary.txt'])
  })

  it('tells of a folder in the place of the file', async () => {
    expect(await faultOf({ kind: 'sqlite', path: await makeFolder() })).toBeInstanceOf(StoreUnusableError)
  })

  it('tells at once of a PostgreSQL that does not answer, and not its password', async () => {
    const began = performance.now()
    const fault = await faultOf({ kind: 'postgres', url: 'postgres://hydro:s3cret-w0rd@127.0.0.1:1/hydrocore' })
    expect(fault).toBeInstanceOf(StoreUnusableError)
    const { message, remedy } = fault as StoreUnusableError
    expect(`${message} ${remedy}`).toContain('127.0.0.1:1/hydrocore')
    expect(`${message} ${remedy}`).not.toContain('s3cret')
    expect(performance.now() - began).toBeLessThan(3_000)
  })
})

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
