import { afterAll, beforeAll, expect, it } from 'vitest'
import { recordAttribution, takeAuthorNotices } from '../../src/feedback/corrections/attribution.ts'
import { listModelsWith } from '../../src/feedback/corrections/attribution-records.ts'
import type { CorrectionDraft } from '../../src/feedback/corrections/corrections.ts'
import { DRAFT_KEPT_MS, openDrafts } from '../../src/feedback/corrections/drafts.ts'
import { approveCorrection, claimCorrection, rejectCorrection } from '../../src/feedback/review/queue.ts'
import { listWithdrawalsSince } from '../../src/feedback/review/related-records.ts'
import { readQueueStats, readReviewFigures } from '../../src/feedback/review/stats.ts'
import { withdrawCorrection } from '../../src/feedback/review/withdraw.ts'
import { describeOnDatabases, type TestDatabase } from '../support/databases.ts'
import { hostileText } from '../support/hostile.ts'
import fc from '../support/properties.ts'
import { addCorrection, NOON } from '../support/rows.ts'

const AUTHOR = { user: 'UAUTHOR', team: 'T1' }
const RITA = { user: 'URITA', team: 'T1' }
const SAM = { user: 'USAM', team: 'T1' }
const HOUR_MS = 3_600_000

describeOnDatabases('an unfinished form', (kind) => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await kind.create()
  })
  afterAll(() => database[Symbol.asyncDispose]())
  const of = { author: AUTHOR, about: 'ans_1' }

  it('waits for its author, whatever they typed, and for nobody else', async () => {
    const drafts = openDrafts(database.store)
    const text = fc.option(fc.oneof(hostileText(8), fc.string({ unit: 'binary' })))
    const typed = fc.record<CorrectionDraft>({ question: text, action: text, note: text, code: text })
    await fc.assert(
      fc.asyncProperty(typed, async (draft) => {
        await drafts.keep(of, draft)
        const clean = (words: string | null | undefined) => words?.toWellFormed().replaceAll('\0', '') ?? null
        const kept = (await drafts.fetch(of)) ?? {}
        expect(clean(kept.question)).toEqual(clean(draft.question))
        expect(clean(kept.note)).toEqual(clean(draft.note))
      }),
      { numRuns: 25 },
    )
    expect(await drafts.fetch({ ...of, about: 'ans_2' })).toBeNull()
    expect(await drafts.fetch({ ...of, author: { ...AUTHOR, team: 'T2' } })).toBeNull()
    await drafts.drop(of)
    expect(await drafts.fetch(of)).toBeNull()
  })

  it('is kept for a day', async () => {
    await openDrafts(database.store).keep(of, { question: 'half a ques' })
    const { expires_at } = await database.store.selectFrom('kv').select('expires_at').executeTakeFirstOrThrow()
    expect(Math.abs((expires_at ?? 0) - Date.now() - DRAFT_KEPT_MS)).toBeLessThan(60_000)
  })
})

describeOnDatabases('what is known afterwards', (kind) => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await kind.create()
  })
  afterAll(() => database[Symbol.asyncDispose]())

  it('is how long corrections wait and who decides how many how quickly', async () => {
    await using own = await kind.create()
    const { store } = own
    const now = NOON + 10 * HOUR_MS
    for (const [hours, waits] of [
      [1, true],
      [2, false],
      [3, true],
    ] as const) {
      const { id } = await addCorrection(store, { created_at: now - hours * HOUR_MS, approvals_needed: waits ? 2 : 1 })
      await claimCorrection(store, { id, by: RITA }, now)
      await approveCorrection(store, { id, by: RITA }, now)
    }
    const { id } = await addCorrection(store, { created_at: NOON })
    await claimCorrection(store, { id, by: SAM }, now)
    await rejectCorrection(store, { id, by: SAM, reason: 'no' }, now)
    const stats = await readQueueStats(store, { since: now - 1_000, now: now + HOUR_MS })
    expect(stats).toMatchObject({
      ...{ waiting: 2, awaitSecond: 2, oldestMs: 4 * HOUR_MS, decided: 4, perDay: 4 },
      age: { medianMs: 4 * HOUR_MS, p90Ms: 4 * HOUR_MS },
      took: { medianMs: 3 * HOUR_MS, p90Ms: 10 * HOUR_MS },
      reviewers: [
        { reviewer: RITA.user, approved: 3, rejected: 0, merged: 0, took: { medianMs: 2 * HOUR_MS } },
        { reviewer: SAM.user, approved: 0, rejected: 1, merged: 0 },
      ],
    })
    const { age: _age, since: _since, perDay: _perDay, ...figures } = stats
    expect(await readReviewFigures(store, { since: now - 1_000, now: now + HOUR_MS })).toEqual(figures)
    const later = await readQueueStats(store, { since: now + 1, now })
    expect(later).toMatchObject({ decided: 0, took: null, reviewers: [] })
  })

  it('is nothing while nothing happened', async () => {
    await using own = await kind.create()
    expect(await readQueueStats(own.store, { since: 0, now: NOON })).toMatchObject({
      ...{ waiting: 0, oldestMs: null, age: null, decided: 0, took: null, reviewers: [] },
    })
  })

  it('is what was taken back, when, and where it has to be forgotten', async () => {
    const { store } = database
    const { id } = await addCorrection(store, { status: 'approved' })
    await addCorrection(store)
    await store
      .insertInto('exports')
      .values({ id: 'exp_1', format: 'openai-sft', created_by: 'U', created_at: NOON, rows: 1, sha256: 'x' })
      .execute()
    await store.insertInto('export_rows').values({ export_id: 'exp_1', position: 1, correction_id: id }).execute()
    const { exports } = await withdrawCorrection(store, { id, by: AUTHOR }, NOON + 5)
    expect(exports).toEqual(['exp_1'])
    expect(await listWithdrawalsSince(store, NOON)).toEqual([
      { id, code: 'E-02', author: AUTHOR.user, at: NOON + 5, goesOn: false },
    ])
    expect(await listWithdrawalsSince(store, NOON + 6)).toEqual([])
  })

  it('is which models learnt a correction, and its people hear once that one is live', async () => {
    const { store } = database
    const job = {
      base_url: 'x',
      base_model: 'b',
      data_sha256: 's',
      training_rows: 1,
      status: 'succeeded',
      created_at: NOON,
    }
    await store
      .insertInto('jobs')
      .values([
        { ...job, id: 'job_1', model: 'ft:1' },
        { ...job, id: 'job_2', model: 'ft:2' },
      ])
      .execute()
    const [first, gone, later] = [
      await addCorrection(store),
      await addCorrection(store, { status: 'withdrawn' }),
      await addCorrection(store),
    ]
    await store
      .insertInto('correction_supporters')
      .values({ correction_id: first.id, supporter: 'UBEN', supporter_team: 'T1', answer_id: '', at: NOON })
      .execute()
    await recordAttribution(store, 'job_1', [first.id, first.id, gone.id])
    await recordAttribution(store, 'job_2', [first.id, later.id])
    const heard = async (model: string, now: number) =>
      (await takeAuthorNotices(store, model, now)).map(({ correction, people }) => [
        correction.id,
        people.map(({ user }) => user),
      ])
    expect(await heard('ft:1', NOON)).toEqual([[first.id, ['UAUTHOR', 'UBEN']]])
    expect(await heard('ft:1', NOON + 1)).toEqual([])
    // The next model knows it still, which is no news; what it learnt beside is.
    expect(await heard('ft:2', NOON + 2)).toEqual([[later.id, ['UAUTHOR']]])
    expect(await listModelsWith(store, first.id)).toEqual(['ft:1', 'ft:2'])
    expect(await heard('ft:3', NOON + 3)).toEqual([])
  })
})
