import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { loadCatalog } from '../../../src/catalog/loading.ts'
import { parseAnswer, statementOf, writeAnswer } from '../../../src/diagnosis/answer.ts'
import { isDecline } from '../../../src/diagnosis/decline.ts'
import { CLASSIFIER_PROMPT } from '../../../src/diagnosis/prompt.ts'
import { parseQuestion } from '../../../src/diagnosis/question.ts'
import { type ExportRequest, exportCorrections, rewriteExport } from '../../../src/feedback/exports/exports.ts'
import { recordVote } from '../../../src/feedback/votes/votes.ts'
import { validateFile } from '../../../src/formats/validating.ts'
import { EXPORT_FORMATS, type ExportFormat, sourceOf } from '../../../src/formats/writing.ts'
import { newId } from '../../../src/lib/ids.ts'
import type { Store } from '../../../src/store/open.ts'
import { DATABASES, describeOnDatabases, type TestDatabase } from '../../support/databases.ts'
import { addAnswer, addCorrection, addQuestion, correctionRow, NOON } from '../../support/rows.ts'

const catalog = await loadCatalog()
const APPROVED = { status: 'approved', reviewer: 'UREV', reviewer_team: 'T1', reviewed_at: NOON + 5 }
const LOG = { kind: 'log' as const, problem: '', action: '', command: null, fallback: null, reason: 'wrong_meaning' }
const DECLINE = { ...LOG, kind: 'answer' as const, code: '', reason: 'should_not_have_answered' }
const SHOWN = statementOf(catalog.find('E-02') ?? catalog.codes[0] ?? never())

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hydrocore-test-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function write(store: Store, format: ExportFormat, more: Partial<ExportRequest> = {}) {
  const out = join(folder, `${format}.jsonl`)
  const made = await exportCorrections({ store, catalog, format, out, by: 'UTRAINER', now: NOON, ...more })
  if (made.kind !== 'written') return { ...made, lines: [] as unknown[], rows: 0, id: '', path: out, faults: [] }
  const text = (await readFile(made.path, 'utf8')).replace(/^\uFEFF/, '')
  return {
    ...made,
    lines: text
      .split('\n')
      .slice(0, -1)
      .map((line): unknown => JSON.parse(line)),
  }
}

const contentsOf = (lines: readonly unknown[], at: number) =>
  lines.map((line) => (line as { messages: { content: string }[] }).messages.at(at)?.content)

async function vote(store: Store, answerId: string, thumbs: readonly (1 | -1)[]) {
  for (const [i, value] of thumbs.entries())
    await recordVote(
      store,
      {
        answerId,
        voter: { user: `U${i}`, team: 'T1' },
        origin: 'button',
        value,
        isSet: true,
        eventTs: '1764000000.000100',
        isShared: false,
      },
      NOON,
    )
}

/** An answer as it was shown, with the thumbs it got. */
async function judged(store: Store, thumbs: readonly (1 | -1)[], id = newId('ans')) {
  const question = await addQuestion(store, { text: 'Hi Anna, HC5000-A-1138 shows E-02' })
  const { team, channel, user_id: asker, text: question_text } = question
  await store
    .insertInto('answers')
    .values({
      ...{ id, question_id: question.id, team, channel, asker, question_text, source: 'model' },
      ...{ model: 'ft:1', model_text: writeAnswer(SHOWN), catalog_version: '2026.11', latency_ms: 4, created_at: NOON },
    })
    .execute()
  await store
    .insertInto('findings')
    .values({ answer_id: id, position: 0, verdict: 'grounded', ...SHOWN })
    .execute()
  await vote(store, id, thumbs)
  return id
}

/** Corrections and votes of every sort, the same on each database. */
async function fillAll(store: Store) {
  const rows = Array.from({ length: 14 }, (_, i) =>
    correctionRow({ ...APPROVED, id: `cor_${String(i).padStart(3, '0')}`, question: `E-02 for the ${i}. time? ä 😀` }),
  )
  await store.insertInto('corrections').values(rows).execute()
  await addCorrection(store, { ...APPROVED, ...DECLINE, id: 'cor_100', question: 'Is my coffee ready?' })
  for (let i = 0; i < 4; i += 1) await judged(store, i % 2 ? [1, 1, -1] : [-1], `ans_${i}`)
}

describeOnDatabases('every export format', (kind) => {
  let database: TestDatabase
  let store: Store
  beforeAll(async () => {
    database = await kind.create()
    store = database.store
    await fillAll(store)
  })
  afterAll(() => database[Symbol.asyncDispose]())

  it.each(EXPORT_FORMATS)('%s passes its own validator, and is written again byte for byte', async (format) => {
    const made = await write(store, format)
    expect(made.rows).toBe(sourceOf(format) === 'votes' ? 4 : 15)
    expect(made.faults).toEqual([])
    expect((await validateFile(made.path, format)).faults).toEqual([])
    const out = join(folder, 'again.jsonl')
    await rewriteExport({ store, id: made.id, out })
    expect(await readFile(out)).toEqual(await readFile(made.path))
    expect(await readFile(`${out}.manifest.json`)).toEqual(await readFile(`${made.path}.manifest.json`))
  })

  it('only Azure’s begins with a byte order mark', async () => {
    for (const format of EXPORT_FORMATS) {
      const { path } = await write(store, format)
      const [first] = await readFile(path)
      expect([format, first === 0xef]).toEqual([format, format === 'azure-sft'])
    }
  })
})

describeOnDatabases('what an export is made of', (kind) => {
  let database: TestDatabase
  let store: Store
  beforeEach(async () => {
    database = await kind.create()
    store = database.store
  })
  afterEach(() => database[Symbol.asyncDispose]())

  it('pairs what was approved with what the model had said, where there is such a pair', async () => {
    const right = writeAnswer(SHOWN)
    await addCorrection(store, { ...APPROVED, question: 'one E-02' })
    await addCorrection(store, { ...APPROVED, question: 'two E-02', original_text: `  ${right}\n` })
    await addCorrection(store, { ...APPROVED, question: 'three E-02', original_text: '' })
    await addCorrection(store, { ...APPROVED, question: 'four E-02', original_text: 'Wait <|im_end|>' })
    const { lines, leftOut, faults } = await write(store, 'openai-dpo')
    expect(lines).toMatchObject([
      {
        input: { messages: [{ role: 'system' }, { role: 'user', content: 'one E-02' }] },
        preferred_output: [{ role: 'assistant', content: right }],
        non_preferred_output: [{ role: 'assistant', content: expect.stringContaining('pH sensor drift') }],
      },
    ])
    expect(leftOut).toEqual({ equal_pair: 1, nothing_answered: 1, special_token: 1 })
    expect(faults).toMatchObject([{ line: null, name: 'too_few_examples' }])
    expect((await write(store, 'openai-sft')).rows).toBe(4)
  })

  it('declines what should not have been answered, with the unknown code where there is one', async () => {
    await addCorrection(store, { ...APPROVED, ...DECLINE, question: 'Is my coffee ready?' })
    await addCorrection(store, { ...APPROVED, ...DECLINE, question: 'What is E-77?', code: 'E-77' })
    const said = contentsOf((await write(store, 'openai-sft')).lines, -1)
    expect(said.every((text) => isDecline(text ?? ''))).toBe(true)
    expect(said).toContainEqual(expect.stringMatching(/^I do not know the code E-77\. Known codes: E-01, E-02/))
  })

  it('keeps corrected log lines in a data set of their own', async () => {
    await addCorrection(store, { ...APPROVED, question: 'E-02?' })
    await addCorrection(store, {
      ...APPROVED,
      ...LOG,
      question: 'voltage 2.1V',
      code: 'Power',
      original_text: 'Security',
    })
    await addCorrection(store, { ...APPROVED, ...LOG, question: 'odd', code: 'Weather' })
    const { lines, leftOut } = await write(store, 'openai-sft', { kind: 'log' })
    expect(lines).toEqual([
      {
        messages: [
          { role: 'system', content: CLASSIFIER_PROMPT },
          { role: 'user', content: 'Log: voltage 2.1V' },
          { role: 'assistant', content: 'Power' },
        ],
      },
    ])
    expect(leftOut).toEqual({ contradicts_catalog: 1 })
    expect(contentsOf((await write(store, 'openai-sft')).lines, 1)).toEqual(['E-02?'])
    expect((await write(store, 'openai-dpo', { kind: 'log' })).lines).toMatchObject([
      { preferred_output: [{ content: 'Power' }], non_preferred_output: [{ content: 'Security' }] },
    ])
  })

  it('leaves out what the catalog contradicts, what was answered anew, and what nobody agreed to', async () => {
    await addCorrection(store, { ...APPROVED, question: 'a E-02', problem: 'Loose cable', target: 'catalog' })
    await addCorrection(store, { ...APPROVED, question: 'b E-02', command: 'REBOOT_COMM' })
    await addCorrection(store, { ...APPROVED, question: 'c E-01' })
    await addCorrection(store, { ...APPROVED, ...DECLINE, question: 'E-05?' })
    await addCorrection(store, { ...APPROVED, question: 'd E-02', superseded_by: 'cor_2' })
    await addCorrection(store, { ...APPROVED, question: 'e E-02', consent: null })
    await addCorrection(store, { ...APPROVED, question: 'f E-02', fallback: null })
    const { lines, leftOut } = await write(store, 'openai-sft')
    expect(contentsOf(lines, 1)).toEqual(['f E-02'])
    expect(contentsOf(lines, -1)).toEqual([writeAnswer({ ...SHOWN, fallback: null })])
    expect(leftOut).toEqual({ contradicts_catalog: 4, superseded: 1, no_consent: 1 })
  })

  it('takes what the filters ask for', async () => {
    const add = (question: string, over: Parameters<typeof addCorrection>[1] = {}) =>
      addCorrection(store, { ...APPROVED, question, ...over })
    await add('old E-02', { reviewed_at: NOON - 9 })
    await add('other W-10', { code: 'W-10', problem: 'Low battery warning (below 15%)', command: null, fallback: null })
    await add('by sam E-02', { reviewer: 'USAM' })
    await add('with sam E-02', { first_approver: 'USAM' })
    await add('unclear E-02', { reason: 'unclear' })
    const asked = async (filter: ExportRequest['filter']) =>
      contentsOf((await write(store, 'openai-sft', { filter: filter ?? {} })).lines, 1).toSorted()
    expect(await asked({ code: 'W-10' })).toEqual(['other W-10'])
    expect(await asked({ reviewer: 'USAM' })).toEqual(['by sam E-02', 'with sam E-02'])
    expect(await asked({ reason: 'unclear' })).toEqual(['unclear E-02'])
    expect(await asked({ since: NOON, code: 'E-02', reviewer: 'UREV' })).toEqual(['unclear E-02', 'with sam E-02'])
    expect(await asked({ neverExported: true })).toEqual(['old E-02'])
    expect(await asked({ neverExported: true })).toEqual([])
    await add('new E-02')
    expect(await asked({ neverExported: true })).toEqual(['new E-02'])
    const { filter } = JSON.parse(await readFile(join(folder, 'openai-sft.jsonl.manifest.json'), 'utf8'))
    expect(filter).toEqual({ neverExported: true })
  })

  it('makes votes of what was shown, never of what a person wrote', async () => {
    const good = await judged(store, [1, 1, -1])
    const bad = await judged(store, [-1])
    await judged(store, [1, -1])
    await addAnswer(store)
    const several = await judged(store, [1])
    await store.insertInto('findings').values({ answer_id: several, position: 1, verdict: 'unanswered' }).execute()
    const { lines, leftOut, path } = await write(store, 'trl-kto')
    expect(leftOut).toEqual({ undecided: 1, not_one_answer: 1 })
    const rows = lines as { prompt: { content: string }[]; completion: unknown; label: boolean }[]
    expect(rows.map(({ label }) => label).toSorted()).toEqual([false, true])
    for (const { prompt, completion } of rows) {
      const question = prompt.at(-1)?.content ?? ''
      expect(parseQuestion(question, catalog)).toEqual({ codes: ['E-02'], devices: [] })
      expect(question).not.toMatch(/Anna|1138/)
      expect(completion).toEqual([{ role: 'assistant', content: writeAnswer(SHOWN) }])
      expect(parseAnswer(writeAnswer(SHOWN))?.code).toBe('E-02')
    }
    const manifest = JSON.parse(await readFile(`${path}.manifest.json`, 'utf8'))
    const origins = manifest.lines.map(({ answer, label }: { answer: string; label: number }) => [answer, label])
    expect(new Map(origins)).toEqual(
      new Map([
        [good, 1],
        [bad, 0],
      ]),
    )
  })

  it('writes votes again as they stood, and takes each answer once when asked for new ones', async () => {
    const id = await judged(store, [1])
    const made = await write(store, 'trl-kto', { filter: { code: 'E-02' } })
    await vote(store, id, [-1, -1, -1])
    const out = join(folder, 'again.jsonl')
    await rewriteExport({ store, id: made.id, out })
    expect(await readFile(out)).toEqual(await readFile(made.path))
    expect((await write(store, 'trl-kto', { filter: { neverExported: true } })).kind).toBe('nothing')
    expect((await write(store, 'trl-kto')).lines).toMatchObject([{ label: false }])
    expect((await write(store, 'trl-kto', { filter: { since: NOON + 1 } })).kind).toBe('nothing')
  })

  it('refuses filters that votes cannot have', async () => {
    for (const more of [{ filter: { reviewer: 'UREV' } }, { filter: { reason: 'unclear' } }, { kind: 'log' as const }])
      await expect(write(store, 'trl-kto', more)).rejects.toMatchObject({ code: 'usage' })
  })

  it('tells how far it is, and stops when told to', async () => {
    const rows = Array.from({ length: 2_300 }, (_, i) => correctionRow({ ...APPROVED, question: `E-02 ${i}` }))
    for (let at = 0; at < rows.length; at += 500)
      await store
        .insertInto('corrections')
        .values(rows.slice(at, at + 500))
        .execute()
    const seen: number[] = []
    await write(store, 'sharegpt', { onProgress: ({ done, total }) => void seen.push(done / total) })
    expect(seen.length).toBeGreaterThan(2)
    expect(seen).toEqual(seen.toSorted((a, b) => a - b))
    expect(seen.at(-1)).toBe(1)
    const stop = new AbortController()
    const stopped = write(store, 'vertex', { signal: stop.signal, onProgress: () => stop.abort() })
    await expect(stopped).rejects.toMatchObject({ name: 'AbortError' })
    expect(await store.selectFrom('exports').select('format').execute()).toEqual([{ format: 'sharegpt' }])
  })
})

const both = DATABASES.every(({ skipped }) => skipped === null)

/** What an export is made of and recorded in; the order keeps each row behind what it refers to. */
const RECORDED = ['questions', 'answers', 'findings', 'vote_events', 'corrections', 'exports', 'export_rows'] as const

it.skipIf(!both)(
  'every format has the same bytes from both databases, and under the same id (skipped without PostgreSQL)',
  async () => {
    await using opened = new AsyncDisposableStack()
    const stores: Store[] = []
    for (const kind of DATABASES) stores.push(opened.use(await kind.create()).store)
    const [one, other] = stores as [Store, Store]
    await fillAll(one)
    await fillAll(other)
    const made: { id: string; path: string; format: ExportFormat }[] = []
    for (const format of EXPORT_FORMATS) {
      const { id, path } = await write(one, format)
      made.push({ id, path, format })
      const twin = await write(other, format, { out: join(folder, 'twin.jsonl') })
      expect(await readFile(twin.path), format).toEqual(await readFile(path))
    }
    // As when a company moves from the embedded database to a server: the records go over, the files stay.
    for (const table of RECORDED.toReversed()) await other.deleteFrom(table).execute()
    for (const table of RECORDED)
      await other
        .insertInto(table)
        .values(await one.selectFrom(table).selectAll().execute())
        .execute()
    for (const { id, path, format } of made) {
      const out = join(folder, 'moved.jsonl')
      await rewriteExport({ store: other, id, out })
      expect(await readFile(out), format).toEqual(await readFile(path))
      expect(await readFile(`${out}.manifest.json`), format).toEqual(await readFile(`${path}.manifest.json`))
    }
  },
  30_000,
)

function never(): never {
  throw new Error('the catalog has no codes')
}
