import { afterEach, beforeEach, expect, it } from 'vitest'
import { createActiveModel } from '../../../src/diagnosis/model/active-model.ts'
import { readModelNews } from '../../../src/diagnosis/model/model-news.ts'
import { listModelHistory } from '../../../src/diagnosis/model/model-records.ts'
import { listJobs } from '../../../src/outbox/outbox-records.ts'
import { wilsonRate } from '../../../src/training/evaluation/statistics.ts'
import { listAliases } from '../../../src/training/models/alias-records.ts'
import { listFormerModels, type PromotionRequest, promote, rollback } from '../../../src/training/models/promotion.ts'
import { describeOnDatabases, type TestDatabase } from '../../support/databases.ts'
import { NOON } from '../../support/rows.ts'

describeOnDatabases('an alias', (kind) => {
  let database: TestDatabase
  beforeEach(async () => {
    database = await kind.create()
  })
  afterEach(() => database[Symbol.asyncDispose]())

  const now = () => NOON
  const request = (changes: Partial<PromotionRequest> = {}): PromotionRequest => ({
    alias: 'assistant',
    model: 'ft:new',
    by: 'anna',
    reason: 'better',
    ...changes,
  })
  const first = () => promote(database.store, request({ model: 'ft:old', override: true }), now)
  /** An evaluation in which models were right and unsafe so often, of ten rows. */
  async function evaluated(
    id: string,
    counts: Record<string, [right: number, unsafe: number]>,
    data: object | null = null,
    rows: string = id,
  ): Promise<string> {
    const models = Object.entries(counts).map(([model, [right, unsafe]]) => ({
      model,
      accuracy: wilsonRate(right, 10),
      unsafe: wilsonRate(unsafe, 10),
    }))
    const report = JSON.stringify({ id, dataSha256: rows, createdAt: NOON, data, models })
    await database.store.insertInto('evaluations').values({ id, data_sha256: 'x', created_at: NOON, report }).execute()
    return id
  }
  const stands = async () => (await listAliases(database.store)).map(({ alias, model }) => [alias, model])

  it('does not move without an evaluation, nor without a reason', async () => {
    await expect(promote(database.store, request(), now)).rejects.toMatchObject({ code: 'promotion_refused' })
    await expect(promote(database.store, request({ reason: ' ', override: true }), now)).rejects.toMatchObject({
      remedy: expect.stringContaining('reason'),
    })
    expect(await stands()).toEqual([])
  })

  it('moves past the gate only by an override, which the record shows', async () => {
    const moved = await first()
    expect(moved).toMatchObject({ model: 'ft:old', previousModel: null })
    const [row] = await listAliases(database.store)
    expect(row).toMatchObject({
      changed_by: 'anna',
      changed_at: NOON,
      reason: expect.stringContaining('past the gate'),
    })
  })

  it('moves to a model that is at least as often right and not oftener unsafe', async () => {
    await first()
    const evaluationId = await evaluated('eval_1', { 'ft:old': [8, 1], 'ft:new': [8, 1] })
    expect(await promote(database.store, request({ evaluationId }), now)).toMatchObject({
      model: 'ft:new',
      previousModel: 'ft:old',
      reason:
        'better; evaluation eval_1: right in 8 of 10 (8 before), unsafe in 1 (1 before); nothing tells which rows it was to be measured on, so any would do; it was measured on 10 rows only',
      headline: 'right in 8 of 10 (8 before), unsafe in 1 (1 before)',
    })
  })

  it('does not move to a model that is less often right, or oftener unsafe, or was not compared', async () => {
    await first()
    const refused = async (evaluationId: string) =>
      expect(promote(database.store, request({ evaluationId }), now)).rejects.toMatchObject({
        code: 'promotion_refused',
      })
    await refused(await evaluated('eval_worse', { 'ft:old': [9, 0], 'ft:new': [8, 0] }))
    await refused(await evaluated('eval_unsafe', { 'ft:old': [5, 0], 'ft:new': [10, 1] }))
    await refused(await evaluated('eval_alone', { 'ft:new': [10, 0] }))
    await refused(await evaluated('eval_other', { 'ft:old': [1, 0], 'ft:other': [10, 0] }))
    await expect(promote(database.store, request({ evaluationId: 'eval_none' }), now)).rejects.toMatchObject({
      code: 'unknown_evaluation',
    })
    expect(await stands()).toEqual([['assistant', 'ft:old']])
  })

  it('moves to a model from another server by what was measured of the live one before, on the same rows', async () => {
    await first()
    await evaluated('eval_there', { 'ft:old': [8, 0] }, null, 'the same')
    const evaluationId = await evaluated('eval_here', { 'ft:new': [9, 0] }, null, 'the same')
    const { warnings } = await promote(database.store, request({ evaluationId }), now)
    expect(warnings).toContain('ft:old was measured on the same rows in eval_there, and not beside it')
  })

  it('keeps what stood against a model that was put to work all the same', async () => {
    await first()
    const evaluationId = await evaluated('eval_worse', { 'ft:old': [9, 0], 'ft:new': [8, 0] })
    const { reason } = await promote(database.store, request({ evaluationId, override: true }), now)
    expect(reason).toContain('less often right than ft:old (80.0 % against 90.0 %)')
  })

  it('moves to a model on the rows that its training data named, and on no others', async () => {
    const { store } = database
    await first()
    const benchmark = { kind: 'golden', sha256: 'g'.repeat(64), rows: 10, name: 'golden.jsonl' }
    const data = (data_sha256: string) => ({ data_sha256, questions: '[]' })
    await store
      .insertInto('training_fingerprints')
      .values([
        { ...data('older'), benchmark: JSON.stringify({ ...benchmark, sha256: 'o'.repeat(64) }) },
        { ...data('newer'), benchmark: JSON.stringify(benchmark) },
        { ...data('pairs'), benchmark: null },
      ])
      .execute()
    const job = { base_url: 'x', suffix: null, training_rows: 1, status: 'succeeded', fault: null, finished_at: 2 }
    await store
      .insertInto('jobs')
      .values([
        { ...job, id: 'j1', base_model: 'base', data_sha256: 'older', model: 'ft:old', created_at: 1 },
        { ...job, id: 'j2', base_model: 'base', data_sha256: 'newer', model: 'ft:first', created_at: 2 },
        // What is trained further on other data is still measured as before.
        { ...job, id: 'j3', base_model: 'ft:first', data_sha256: 'pairs', model: 'ft:new', created_at: 3 },
      ])
      .execute()
    const on = async (id: string, sha256: string | null, model = 'ft:new') => {
      const counts = { 'ft:old': [8, 0], [model]: [10, 0] } as Record<string, [number, number]>
      return evaluated(id, counts, sha256 === null ? null : { file: 'rows.jsonl', sha256 })
    }
    for (const evaluationId of [
      await on('eval_mine', 'm'),
      await on('eval_old', 'o'.repeat(64)),
      await on('eval_no', null),
    ])
      await expect(promote(store, request({ evaluationId }), now)).rejects.toMatchObject({
        remedy: expect.stringContaining('not on the golden set of its training data (golden.jsonl, 10 rows'),
      })
    const evaluationId = await on('eval_elsewhere', 'm', 'ft:elsewhere')
    // Of a model from elsewhere nothing is known: it is held against what the live one was to be measured on.
    await expect(promote(store, request({ model: 'ft:elsewhere', evaluationId }), now)).rejects.toMatchObject({
      code: 'promotion_refused',
    })
    const golden = await on('eval_golden', benchmark.sha256)
    expect(await promote(store, request({ evaluationId: golden }), now)).toMatchObject({ model: 'ft:new' })
  })

  it('goes back to the model before, and forth again', async () => {
    await expect(rollback(database.store, { alias: 'assistant', by: 'anna' }, now)).rejects.toMatchObject({
      code: 'rollback_refused',
      remedy: 'Nothing was put back: assistant stood for no other model before.',
    })
    await first()
    await promote(database.store, request({ override: true }), now)
    await rollback(database.store, { alias: 'assistant', by: 'anna' }, now)
    expect(await stands()).toEqual([['assistant', 'ft:old']])
    await rollback(database.store, { alias: 'assistant', by: 'anna' }, now)
    expect(await stands()).toEqual([['assistant', 'ft:new']])
  })

  it('goes back further than one step, to what was live before and nothing else', async () => {
    await first()
    let time = NOON
    for (const model of ['ft:second', 'ft:third'])
      await promote(database.store, request({ model, override: true }), () => (time += 1))
    expect(await listFormerModels(database.store, 'assistant')).toEqual(['ft:second', 'ft:old'])
    await rollback(database.store, { alias: 'assistant', by: 'anna', to: 'ft:old' }, now)
    expect(await stands()).toEqual([['assistant', 'ft:old']])
    await expect(
      rollback(database.store, { alias: 'assistant', by: 'anna', to: 'ft:never' }, now),
    ).rejects.toMatchObject({
      remedy: expect.stringContaining('never stood for ft:never'),
    })
    await rollback(database.store, { alias: 'assistant', by: 'anna' }, now)
    expect(await stands()).toEqual([['assistant', 'ft:third']])
  })

  it('is compared with, and goes back to, the model of the settings', async () => {
    const evaluationId = await evaluated('eval_1', { configured: [9, 0], 'ft:new': [8, 0] })
    const wish = request({ evaluationId, configured: 'configured' })
    await expect(promote(database.store, wish, now)).rejects.toMatchObject({
      remedy: expect.stringContaining('less often right than configured'),
    })
    await promote(database.store, { ...wish, override: true }, now)
    await rollback(database.store, { alias: 'assistant', by: 'anna' }, now)
    expect(await stands()).toEqual([['assistant', 'configured']])
  })

  it('leaves a record of every move, and word of it to the administrators', async () => {
    await first()
    const evaluationId = await evaluated('eval_1', { 'ft:old': [8, 1], 'ft:new': [8, 1] })
    await promote(database.store, request({ evaluationId, catalogVersion: '7' }), () => NOON + 1)
    await rollback(database.store, { alias: 'assistant', by: 'ruth', reason: 'too slow' }, () => NOON + 2)
    expect(await listModelHistory(database.store, { alias: 'assistant' })).toEqual([
      expect.objectContaining({
        kind: 'rolled_back',
        model: 'ft:old',
        previous_model: 'ft:new',
        changed_by: 'ruth',
        reason: 'too slow',
      }),
      expect.objectContaining({
        kind: 'promoted',
        model: 'ft:new',
        previous_model: 'ft:old',
        evaluation_id: 'eval_1',
        is_override: 0,
      }),
      expect.objectContaining({
        kind: 'promoted',
        model: 'ft:old',
        previous_model: null,
        changed_by: 'anna',
        is_override: 1,
      }),
    ])
    const news = await listJobs(database.store, 'model_news', 10)
    expect(news.map(({ payload }) => readModelNews(payload))).toMatchObject([
      { kind: 'moved', move: 'promoted', model: 'ft:old' },
      { kind: 'moved', move: 'promoted', model: 'ft:new', evaluation: 'eval_1' },
      { kind: 'moved', move: 'rolled_back', model: 'ft:old', by: 'ruth' },
    ])
  })

  it('is one of those that somebody follows', async () => {
    await expect(promote(database.store, request({ alias: 'asistant', override: true }), now)).rejects.toMatchObject({
      remedy: expect.stringContaining('only assistant and classifier'),
    })
    expect(await stands()).toEqual([])
  })

  it('does not move to where it stands', async () => {
    await first()
    await expect(first()).rejects.toMatchObject({ code: 'promotion_refused' })
  })

  it('is moved by one of many who decide at once', async () => {
    await first()
    // Within one process, a second handle on SQLite's file would wait for the first one, which waits for it.
    const isSqlite = kind.name === 'SQLite'
    const handles = isSqlite ? [database.store] : [await database.open(), await database.open(), database.store]
    const moves = Array.from({ length: 20 }, (_, i) =>
      promote(handles[i % handles.length] ?? database.store, request({ model: `ft:${i}`, override: true }), now),
    )
    const ends = await Promise.allSettled(moves)
    const moved = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value.model] : []))
    const before = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value.previousModel] : []))
    // Those who saw an earlier move may go on from it; nobody overwrites a move unseen.
    expect(new Set(before).size).toBe(before.length)
    expect(await stands()).toEqual([['assistant', moved.find((model) => !before.includes(model))]])
    for (const end of ends) if (end.status === 'rejected') expect(end.reason).toMatchObject({ code: 'alias_moved' })
  })

  it('is what a running bot follows', async () => {
    let time = NOON
    const active = createActiveModel(database.store, 'assistant', 'configured', () => time)
    expect(await active()).toBe('configured')
    await first()
    time += 2_000
    expect(await active()).toBe('ft:old')
  })
})
