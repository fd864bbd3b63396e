import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { sql } from 'kysely'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { loadCatalog } from '../../../src/catalog/loading.ts'
import { ExportUnrecordedError } from '../../../src/feedback/corrections/errors.ts'
import { exportCorrections } from '../../../src/feedback/exports/exports.ts'
import { describeOnDatabases, type TestDatabase } from '../../support/databases.ts'
import { correctionRow, NOON } from '../../support/rows.ts'

const run = promisify(execFile)
const EXPORTING = fileURLToPath(new URL('../together/exporting.ts', import.meta.url))
const ROWS = 3_000
/** The system refuses every file beyond this, as it does where a disk or a quota is full: before the export is written … */
const LEAST_KB = 1_024
/** … and after, when the database records it. */
const MORE_KB = 2_048
const catalog = await loadCatalog()

describeOnDatabases('an export that cannot end', (kind) => {
  let database: TestDatabase
  let folder: string
  let out: string
  beforeEach(async () => {
    database = await kind.create()
    folder = await mkdtemp(join(tmpdir(), 'hydrocore-test-'))
    out = join(folder, 'out.jsonl')
    for (let at = 0; at < ROWS; at += 500)
      await database.store
        .insertInto('corrections')
        .values(
          Array.from({ length: 500 }, (_, i) => {
            const question = `E-02 number ${at + i}`
            return correctionRow({ status: 'approved', reviewer: 'UREV', reviewed_at: NOON, question })
          }),
        )
        .execute()
  })
  afterEach(async () => {
    await database[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  })

  const inProcess = (before: string, ...args: readonly string[]) =>
    run('bash', [
      '-c',
      `${before} exec "$@"`,
      'bash',
      process.execPath,
      EXPORTING,
      JSON.stringify(database.config),
      out,
      ...args,
    ])
  const recorded = async () => [
    await database.store.selectFrom('exports').select('id').execute(),
    await database.store.selectFrom('export_rows').select('export_id').limit(1).execute(),
  ]

  it('because the disk takes no more leaves no file, and nothing counts as exported', async () => {
    await writeFile(out, 'earlier')
    const { stdout } = await inProcess(`trap '' XFSZ; ulimit -f ${LEAST_KB};`)
    expect(stdout).toMatch(/^export_unwritable: .*cannot be written.*Nothing was exported/)
    expect(await readdir(folder)).toEqual(['out.jsonl'])
    expect(await readFile(out, 'utf8')).toBe('earlier')
    expect(await recorded()).toEqual([[], []])
  })

  // Only there are the database's files ours to fill up.
  if (kind.name === 'SQLite') {
    it('because the database’s disk takes no more leaves no file either', async () => {
      const { stdout } = await inProcess(`trap '' XFSZ; ulimit -f ${MORE_KB};`)
      expect(stdout).toMatch(/^export_unrecorded: .*make room and try again/)
      expect(await readdir(folder)).toEqual([])
      expect(await recorded()).toEqual([[], []])
    })

    it('because the database has no room left says so, and what to do', async () => {
      const { store } = database
      const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(store)
      await sql`pragma max_page_count = ${sql.lit(rows[0]?.page_count ?? 1)}`.execute(store)
      const request = { store, catalog, format: 'openai-sft', out, by: 'U1', now: NOON } as const
      const error: unknown = await exportCorrections(request).catch((thrown) => thrown)
      expect(error).toBeInstanceOf(ExportUnrecordedError)
      expect((error as ExportUnrecordedError).remedy).toMatch(/disk of the database is full; make room.*Nothing was/)
      expect(await readdir(folder)).toEqual([])
      expect(await recorded()).toEqual([[], []])
    })
  }

  it('because its process was killed leaves no file by its name, and nothing counts as exported', async () => {
    const killed: { signal?: string } = await inProcess('', 'killed').catch((error) => error)
    expect(killed.signal).toBe('SIGKILL')
    const left = await readdir(folder)
    expect(left).toHaveLength(2)
    expect(left.every((name) => name.includes('.part_'))).toBe(true)
    expect(await recorded()).toEqual([[], []])
    // Who exports to the same place later removes what is left; what was written to just now may be somebody else's.
    const old = join(folder, left[0] ?? '')
    await utimes(old, NOON / 1_000 - 9_999_999, NOON / 1_000 - 9_999_999)
    const request = { store: database.store, catalog, format: 'openai-sft', out, by: 'U1', now: NOON } as const
    expect(await exportCorrections(request)).toMatchObject({ kind: 'written', rows: ROWS })
    expect((await readdir(folder)).toSorted()).toEqual([left[1], 'out.jsonl', 'out.jsonl.manifest.json'].toSorted())
  })
})
