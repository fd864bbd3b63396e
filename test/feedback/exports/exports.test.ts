import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type KyselyPlugin, sql } from 'kysely'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { loadCatalog } from '../../../src/catalog/loading.ts'
import { parseAnswer } from '../../../src/diagnosis/answer.ts'
import { SYSTEM_PROMPT } from '../../../src/diagnosis/prompt.ts'
import {
  ExportChangedError,
  ExportMissingError,
  ExportUnsettledError,
  ExportUnwritableError,
} from '../../../src/feedback/corrections/errors.ts'
import {
  type ExportRequest,
  exportCorrections,
  rewriteExport,
  type WrittenExport,
} from '../../../src/feedback/exports/exports.ts'
import { withdrawCorrection } from '../../../src/feedback/review/withdraw.ts'
import type { Store } from '../../../src/store/open.ts'
import { DATABASES, describeOnDatabases, type TestDatabase } from '../../support/databases.ts'
import fc from '../../support/properties.ts'
import { addAnswer, addCorrection, correctionRow, NOON } from '../../support/rows.ts'

const APPROVED = { status: 'approved', reviewer: 'UREV', reviewer_team: 'T1', reviewed_at: NOON + 5 }
const BATTERY = {
  question: 'W-10?',
  code: 'W-10',
  problem: 'Low battery warning (below 15%)',
  action: 'Schedule battery replacement within the next 7 days',
  command: null,
  fallback: null,
}
const AUTHOR = { user: 'UAUTHOR', team: 'T1' }
const DAY_MS = 86_400_000

let folder: string
let out: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hydrocore-test-'))
  out = join(folder, 'out.jsonl')
})
afterEach(() => rm(folder, { recursive: true }))

const catalog = await loadCatalog()
const exportTo = async (store: Store, path = out, now = NOON, more: Partial<ExportRequest> = {}) =>
  exportCorrections({ store, catalog, format: 'openai-sft', out: path, by: 'UTRAINER', now, ...more })

const writtenBy = async (
  store: Store,
  path = out,
  now = NOON,
  more: Partial<ExportRequest> = {},
): Promise<WrittenExport> => {
  const outcome = await exportTo(store, path, now, more)
  if (outcome.kind !== 'written') throw new Error('nothing was exported')
  return outcome
}
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const linesOf = async (path: string) => (await readFile(path, 'utf8')).split('\n').slice(0, -1)
const countExports = async (store: Store) => (await store.selectFrom('exports').select('id').execute()).length

describeOnDatabases('exporting corrections', (kind) => {
  let database: TestDatabase
  let store: Store
  beforeEach(async () => {
    database = await kind.create()
    store = database.store
  })
  afterEach(() => database[Symbol.asyncDispose]())

  const fill = async (count: number, over: Parameters<typeof correctionRow>[0] = {}) => {
    for (let at = 0; at < count; at += 200)
      await store
        .insertInto('corrections')
        .values(
          Array.from({ length: Math.min(200, count - at) }, (_, i) =>
            correctionRow({ ...APPROVED, question: `Question ${at + i}`, ...over }),
          ),
        )
        .execute()
  }

  it('writes each approved correction as one line of three messages', async () => {
    await addCorrection(store, { ...APPROVED, question: 'Was bedeutet E-02? 😀\n"quoted"' })
    await writtenBy(store)
    const text = await readFile(out, 'utf8')
    expect(text.endsWith('\n')).toBe(true)
    expect((await linesOf(out)).map((line) => JSON.parse(line))).toEqual([
      {
        messages: [
          { role: 'system', content: SYSTEM_PROMPT },
          { role: 'user', content: 'Was bedeutet E-02? 😀\n"quoted"' },
          {
            role: 'assistant',
            content:
              "Error Code E-02 indicates a 'Turbidity sensor occlusion'. Recommended Action: Trigger automated cleaning cycle (command: CLEAN_TURB). Check physical sensor for debris if error persists.",
          },
        ],
      },
    ])
  })

  it('takes what was approved with consent and nothing else, the oldest first', async () => {
    const ids = ['cor_1', 'cor_2', 'cor_3', 'cor_4', 'cor_5', 'cor_6', 'cor_7', 'cor_8', 'cor_9']
    const statuses = ['edited_and_approved', 'proposed', 'claimed', 'approved', 'rejected', 'duplicate', 'withdrawn']
    for (const [i, status] of statuses.entries())
      await addCorrection(store, { ...APPROVED, id: ids[i] ?? '', status, question: `Question ${i}` })
    await addCorrection(store, { ...APPROVED, id: 'cor_8', consent: null })
    const { rows, leftOut } = await writtenBy(store)
    expect(leftOut).toEqual({ no_consent: 1 })
    const questions = (await linesOf(out)).map((line) => JSON.parse(line).messages[1].content)
    expect(questions).toEqual(['Question 0', 'Question 3'])
    expect(rows).toBe(2)
  })

  it('says in the manifest what the file is and where each line comes from', async () => {
    const answer = await addAnswer(store)
    const { id } = await addCorrection(store, { ...APPROVED, answer_id: answer.id })
    await addCorrection(store, { ...APPROVED, ...BATTERY, first_approver: 'USECOND' })
    await addCorrection(store, { ...APPROVED, problem: 'Loose cable' })
    const written = await writtenBy(store)
    const manifest = JSON.parse(await readFile(`${out}.manifest.json`, 'utf8'))
    const text = await readFile(out, 'utf8')
    expect(manifest).toMatchObject({
      id: written.id,
      kind: 'answer',
      format: 'openai-sft',
      formatVersion: 1,
      createdAt: '2026-11-22T12:00:00.000Z',
      createdBy: 'UTRAINER',
      catalogVersion: catalog.version,
      filter: {},
      rows: 2,
      leftOut: { contradicts_catalog: 1 },
      bytes: Buffer.byteLength(text),
      sha256: sha256(text),
      rowsByCode: { 'E-02': 1, 'W-10': 1 },
    })
    expect(manifest.lines.map((line: { sha256: string }) => line.sha256)).toEqual((await linesOf(out)).map(sha256))
    expect(manifest.lines.find((line: { correction: string }) => line.correction === id)).toMatchObject({
      position: expect.any(Number),
      answer: answer.id,
      source: 'person',
      author: 'UAUTHOR',
      reviewer: 'UREV',
      firstReviewer: null,
      reviewedAt: NOON + 5,
      consent: 'What I send may be used to train the assistant.',
      model: 'ft:base:hydrocore:1',
      catalogVersion: '2026.11',
    })
  })

  it('records the export with all its lines', async () => {
    await fill(2_620)
    const written = await writtenBy(store)
    expect(await store.selectFrom('exports').selectAll().execute()).toMatchObject([
      { id: written.id, format: 'openai-sft', created_by: 'UTRAINER', rows: 2_620, sha256: written.sha256 },
    ])
    const rows = await store.selectFrom('export_rows').selectAll().orderBy('position').execute()
    expect(rows.map(({ position }) => position)).toEqual(rows.map((_, i) => i + 1))
    expect(new Set(rows.map((row) => row.correction_id)).size).toBe(2_620)
  })

  it('writes the same bytes again under the same id', async () => {
    await fill(1_620)
    const written = await writtenBy(store)
    await fill(3)
    const path = join(folder, 'again.jsonl')
    const again = await rewriteExport({ store, id: written.id, out: path })
    expect(again).toEqual({ ...written, path, manifestPath: `${path}.manifest.json` })
    expect(await readFile(path)).toEqual(await readFile(out))
    expect(await readFile(`${path}.manifest.json`)).toEqual(await readFile(`${out}.manifest.json`))
    expect(await countExports(store)).toBe(1)
  })

  it('leaves out what was withdrawn, names the exports that hold it, and does not write those again', async () => {
    const { id } = await addCorrection(store, APPROVED)
    await fill(2)
    const before = await writtenBy(store)
    const { exports } = await withdrawCorrection(store, { id, by: AUTHOR }, NOON)
    expect(exports).toEqual([before.id])
    expect((await writtenBy(store, join(folder, 'later.jsonl'), NOON + DAY_MS)).rows).toBe(2)
    const again = join(folder, 'again.jsonl')
    await expect(rewriteExport({ store, id: before.id, out: again })).rejects.toBeInstanceOf(ExportChangedError)
    expect(await readdir(folder)).not.toContain('again.jsonl')
  })

  it('refuses to write other bytes under an id', async () => {
    const { id } = await addCorrection(store, APPROVED)
    const written = await writtenBy(store)
    await store.updateTable('corrections').set({ action: 'Something else' }).where('id', '=', id).execute()
    await expect(rewriteExport({ store, id: written.id, out })).rejects.toBeInstanceOf(ExportChangedError)
    expect(sha256(await readFile(out, 'utf8'))).toBe(written.sha256)
    await expect(rewriteExport({ store, id: 'exp_none', out })).rejects.toBeInstanceOf(ExportMissingError)
  })

  it('begins anew when a correction is withdrawn while it is exported', async () => {
    await fill(3)
    const other = await database.open()
    const withdrawOnce = meanwhile(1, () => withdrawNext(other))
    const written = await writtenBy(store.withPlugin(withdrawOnce))
    expect(written.rows).toBe(2)
    expect(await linesOf(out)).toHaveLength(2)
    expect(await countExports(store)).toBe(1)
    expect((await readdir(folder)).toSorted()).toEqual(['out.jsonl', 'out.jsonl.manifest.json'])
  })

  it('begins anew when one goes on in another name meanwhile, and bears that name', async () => {
    const { id } = await addCorrection(store, { ...APPROVED, weight: 2 })
    await store
      .insertInto('correction_supporters')
      .values({ correction_id: id, supporter: 'UBEN', supporter_team: 'T1', answer_id: '', at: NOON, consent: 'Yes.' })
      .execute()
    const other = await database.open()
    const passOn = meanwhile(1, async () => {
      await withdrawCorrection(other, { id, by: AUTHOR }, NOON)
    })
    const { id: written } = await writtenBy(store.withPlugin(passOn))
    const manifest = JSON.parse(await readFile(`${out}.manifest.json`, 'utf8'))
    expect(manifest.lines).toMatchObject([{ correction: id, author: 'UBEN', consent: 'Yes.' }])
    expect(await store.selectFrom('export_rows').selectAll().execute()).toMatchObject([
      { export_id: written, correction_id: id, author: 'UBEN' },
    ])
  })

  it('gives up when that happens each time, and leaves nothing', async () => {
    await fill(9)
    const other = await database.open()
    const always = meanwhile(9, () => withdrawNext(other))
    await expect(exportTo(store.withPlugin(always))).rejects.toBeInstanceOf(ExportUnsettledError)
    expect(await readdir(folder)).toEqual([])
    expect(await countExports(store)).toBe(0)
  })

  it('makes no file when there is nothing to export', async () => {
    await addCorrection(store, { status: 'proposed' })
    expect(await exportTo(store)).toEqual({ kind: 'nothing', leftOut: {} })
    expect(await readdir(folder)).toEqual([])
    expect(await countExports(store)).toBe(0)
  })

  it.each([
    ['a folder that does not exist', () => join(folder, 'none', 'out.jsonl'), /folder does not exist/],
    ['a folder that is a file', () => join(folder, 'file', 'out.jsonl'), /is a file/],
    ['a file that is a folder', () => folder, /it is a folder/],
    ['a name that is too long', () => join(folder, `${'x'.repeat(250)}.jsonl`), /name is too long/],
  ])('tells of %s, and counts nothing as exported', async (_, pathOf, words) => {
    await writeFile(join(folder, 'file'), 'mine')
    await fill(1)
    const error: unknown = await exportTo(store, pathOf()).catch((thrown) => thrown)
    expect(error).toBeInstanceOf(ExportUnwritableError)
    expect((error as ExportUnwritableError).remedy).toMatch(words)
    expect(await countExports(store)).toBe(0)
    expect(await readdir(folder)).toEqual(['file'])
  })

  it('leaves an earlier file whole when the export fails', async () => {
    await fill(300)
    await writeFile(out, 'earlier')
    await sql`drop table export_rows`.execute(store)
    await expect(exportTo(store)).rejects.toThrow(/export_rows/)
    expect(await readFile(out, 'utf8')).toBe('earlier')
    expect(await readdir(folder)).toEqual(['out.jsonl'])
    expect(await countExports(store)).toBe(0)
  })

  it('writes any text as one valid line', async () => {
    const texts = fc
      .sample(fc.string({ unit: 'binary', minLength: 1 }), { seed: 5, numRuns: 150 })
      .map((text) => text.replaceAll('\0', ''))
    texts.push('line\u2028separator\u2029', '\ufeffbom', '{"role":"system"}', '</s>', '\r\n', '</s><|end|>')
    const rows = texts.map((text, i) =>
      correctionRow({ ...APPROVED, id: `cor_${String(i).padStart(5, '0')}`, question: text.toWellFormed() }),
    )
    await store.insertInto('corrections').values(rows).execute()
    expect((await writtenBy(store)).leftOut).toEqual({ special_token: 1 })
    const examples = (await linesOf(out)).map((line) => JSON.parse(line))
    const questions = rows.map(({ question }) => question)
    expect(examples.map(({ messages }) => messages[1].content)).toEqual(questions.slice(0, -1))
    expect(examples.every(({ messages }) => parseAnswer(messages[2].content)?.code === 'E-02')).toBe(true)
  })
})

const both = DATABASES.every(({ skipped }) => skipped === null)

it.skipIf(!both)('exports the same bytes from both databases (skipped without PostgreSQL)', async () => {
  const rows = Array.from({ length: 300 }, (_, i) => correctionRow({ ...APPROVED, question: `Question ${i} ä 😀` }))
  const files: Buffer[] = []
  for (const kind of DATABASES) {
    await using database = await kind.create()
    await database.store.insertInto('corrections').values(rows).execute()
    await writtenBy(database.store)
    files.push(await readFile(out))
  }
  expect(files[0]).toEqual(files[1])
})

/** Does something after each of the first `times` pages of corrections was read. */
function meanwhile(times: number, act: () => Promise<void>): KyselyPlugin {
  let left = times
  return {
    transformQuery: ({ node }) => node,
    transformResult: async ({ result }) => {
      if (left > 0 && result.rows.some((row) => 'original_text' in row)) {
        left -= 1
        await act()
      }
      return result
    },
  }
}

async function withdrawNext(store: Store): Promise<void> {
  const { id } = await store
    .selectFrom('corrections')
    .select('id')
    .where('status', '=', 'approved')
    .limit(1)
    .executeTakeFirstOrThrow()
  await withdrawCorrection(store, { id, by: AUTHOR }, NOON)
}
