import { afterAll, beforeAll, expect, it } from 'vitest'
import { loadCatalog } from '../../../src/catalog/loading.ts'
import { questionHash } from '../../../src/feedback/corrections/content.ts'
import { getCorrection } from '../../../src/feedback/corrections/correction-records.ts'
import { NotDuplicateError } from '../../../src/feedback/corrections/errors.ts'
import { listProposers } from '../../../src/feedback/corrections/supporter-records.ts'
import { findConflicts } from '../../../src/feedback/review/conflicts.ts'
import { findLikelyDuplicates } from '../../../src/feedback/review/likely-duplicates.ts'
import { closeAsDuplicate } from '../../../src/feedback/review/merge-duplicates.ts'
import { claimCorrection } from '../../../src/feedback/review/queue.ts'
import { listSteps } from '../../../src/feedback/review/related-records.ts'
import { describeOnDatabases, type TestDatabase } from '../../support/databases.ts'
import { addCorrection, NOON } from '../../support/rows.ts'

const catalog = await loadCatalog()
const RITA = { user: 'URITA', team: 'T1' }
let question = 0

describeOnDatabases('what a correction does not agree with', (kind) => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await kind.create()
  })
  afterAll(() => database[Symbol.asyncDispose]())
  const add = async (over: Parameters<typeof addCorrection>[1] = {}) => {
    question += 1
    const asked = over.question ?? `E-02 number ${question}`
    const { id } = await addCorrection(database.store, { question: asked, question_hash: questionHash(asked), ...over })
    return getCorrection(database.store, id)
  }
  const conflictsOf = async (row: Awaited<ReturnType<typeof add>>) => findConflicts(database.store, row, catalog)

  it('is nothing where it says what the catalog says', async () => {
    const { catalog: differs, waiting } = await conflictsOf(await add())
    expect([differs, waiting]).toEqual([null, []])
  })

  it('is the catalog, field by field, and whether it could be taught all the same', async () => {
    const worded = await conflictsOf(await add({ action: 'Clean it twice', fallback: null }))
    expect(worded.catalog).toMatchObject({
      isTeachable: true,
      statement: { code: 'E-02', action: 'Trigger automated cleaning cycle' },
      differences: [
        { field: 'action', here: 'Clean it twice', there: 'Trigger automated cleaning cycle' },
        { field: 'fallback', here: null, there: 'Check physical sensor for debris if error persists.' },
      ],
    })
    for (const over of [{ problem: 'Loose cable' }, { command: 'REBOOT_COMM' }])
      expect((await conflictsOf(await add(over))).catalog).toMatchObject({ isTeachable: false })
  })

  it('is what was approved of the same code or the same question in other words, the same question first', async () => {
    await database.store.deleteFrom('corrections').execute()
    const approved = { status: 'approved', reviewed_at: NOON }
    const same = await add({ ...approved })
    const code = await add({ ...approved, action: 'Clean it twice', reviewed_at: NOON + 9 })
    const asked = await add({ ...approved, question: 'Is it DIRTY?', code: 'E-01', command: 'RECALIB_PH' })
    await add({ ...approved, status: 'rejected', action: 'Wait' })
    const row = await add({ question: 'is it dirty' })
    const waiting = await add({ question: 'Is it dirty…' })
    const found = await conflictsOf(row)
    expect(found.approved.map(({ correction, isSameQuestion }) => [correction.id, isSameQuestion])).toEqual([
      [asked.id, true],
      [code.id, false],
    ])
    expect(found.approved[1]?.differences).toMatchObject([{ field: 'action', there: 'Clean it twice' }])
    expect(found.waiting.map(({ id }) => id)).toEqual([waiting.id])
    expect((await conflictsOf(same)).approved.map(({ correction }) => correction.id)).toEqual([code.id])
  })

  it('is not asked of the catalog where a question is declined or a log line sorted', async () => {
    const nothing = { code: '', problem: '', action: '', command: null, fallback: null }
    const declined = await add({ ...nothing, question: 'Coffee?', reason: 'should_not_have_answered' })
    const sorted = await add({ ...nothing, kind: 'log', code: 'Power', question: 'low voltage' })
    for (const row of [declined, sorted]) expect((await conflictsOf(row)).catalog).toBeNull()
  })

  it('may be another one in other words: the likeliest first, those with the same answer before others', async () => {
    const { store } = database
    const code = { code: 'E-05', problem: 'Communication module failure', command: 'REBOOT_COMM', fallback: null }
    const ask = (question: string, over: Parameters<typeof add>[0] = {}) =>
      add({ ...code, action: 'Attempt remote reboot', question, question_hash: questionHash(question), ...over })
    const row = await ask('My unit shows E-05 and is silent, what is wrong?')
    const near = await ask('My unit shows E-05. What is wrong?')
    const approved = await ask('What is wrong when a unit shows E-05?', { status: 'approved' })
    const other = await ask('My unit shows E-05 and is silent, what now?', { action: 'Replace it' })
    await ask('My unit shows E-05 and is silent, what is wrong', { action: 'Wait', status: 'claimed' })
    await ask('Is it the antenna?')
    await ask('My unit shows E-05 and is silent!', { status: 'rejected' })
    await ask('My unit shows E-05 and is silent, what is wrong today?', { kind: 'log' })
    const found = await findLikelyDuplicates(store, row)
    expect(found.map(({ correction, isSameAnswer }) => [correction.id, isSameAnswer])).toEqual([
      [near.id, true],
      [approved.id, true],
      [other.id, false],
    ])
    await claimCorrection(store, { id: row.id, by: RITA }, NOON)
    await closeAsDuplicate(store, { id: row.id, by: RITA, of: approved.id }, NOON)
    expect(await getCorrection(store, approved.id)).toMatchObject({ status: 'approved', weight: 2 })
  })

  it('goes with its weight and its people to the one it says the same as', async () => {
    const { store } = database
    const into = await add({ author: 'UANNA' })
    const row = await add({ author: 'UBEN', weight: 2 })
    await store
      .insertInto('correction_supporters')
      .values({ correction_id: row.id, supporter: 'UCARL', supporter_team: 'T1', answer_id: '', at: NOON })
      .execute()
    await claimCorrection(store, { id: row.id, by: RITA }, NOON)
    expect(await closeAsDuplicate(store, { id: row.id, by: RITA, of: into.id }, NOON)).toMatchObject({
      status: 'duplicate',
      review_note: `The same as ${into.id}.`,
    })
    expect(await getCorrection(store, into.id)).toMatchObject({ weight: 3 })
    const people = (await listProposers(store, into)).map(({ user }) => user)
    expect([people[0], people.toSorted()]).toEqual(['UANNA', ['UANNA', 'UBEN', 'UCARL']])
    expect((await listSteps(store, row.id)).at(-1)).toMatchObject({ step: 'duplicate', actor: RITA.user })
  })

  it('cannot be merged into itself, into what is over, or into another kind', async () => {
    const { store } = database
    const row = await add()
    await claimCorrection(store, { id: row.id, by: RITA }, NOON)
    const others = [row, await add({ status: 'rejected' }), await add({ kind: 'log', code: 'Power' })]
    for (const { id: of } of others)
      await expect(closeAsDuplicate(store, { id: row.id, by: RITA, of }, NOON)).rejects.toBeInstanceOf(
        NotDuplicateError,
      )
    expect(await getCorrection(store, row.id)).toMatchObject({ status: 'claimed' })
  })
})
