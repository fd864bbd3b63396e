import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadCatalog } from '../../../src/catalog/loading.ts'
import { armOf, createChoice } from '../../../src/diagnosis/model/active-model.ts'
import { listModelHistory } from '../../../src/diagnosis/model/model-records.ts'
import { type Arm, countForbidden, readArms } from '../../../src/feedback/votes/canary-votes.ts'
import { listJobs } from '../../../src/outbox/outbox-records.ts'
import type { Store } from '../../../src/store/open.ts'
import { checkCanaries, startCanary, stopCanary } from '../../../src/training/models/canary.ts'
import { fisherPValue } from '../../../src/training/models/fisher.ts'
import { listCanaries } from '../../../src/training/models/model-history.ts'
import { promote } from '../../../src/training/models/promotion.ts'
import { listAnalyses } from '../../../src/training/models/sequential-looks.ts'
import { describeOnDatabases, type TestDatabase } from '../../support/databases.ts'
import fc from '../../support/properties.ts'
import { addAnswer, NOON } from '../../support/rows.ts'

describe('Fisher’s exact test', () => {
  it.each([
    // Fisher’s own lady tasting tea: three of four cups told rightly, then all four.
    [{ count: 3, of: 4 }, { count: 1, of: 4 }, 17 / 70],
    [{ count: 4, of: 4 }, { count: 0, of: 4 }, 1 / 70],
    // The textbook's table of dieting men (1 of 12) and women (9 of 12): 0.001379728.
    [{ count: 9, of: 12 }, { count: 1, of: 12 }, 0.001379728],
    [{ count: 0, of: 5 }, { count: 2, of: 5 }, 1],
    [{ count: 0, of: 0 }, { count: 0, of: 0 }, 1],
  ])('of %o against %o', (first, second, p) => {
    expect(fisherPValue(first, second)).toBeCloseTo(p, 8)
  })
})

describe('the arm of a thread', () => {
  it('is the same each time, and the share of all threads is what was asked for', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.uuid(), (share, id) => {
        const arms = Array.from({ length: 2_000 }, (_, i) => armOf({ id, share }, `T1/C1/${i}.0001`))
        expect(Array.from({ length: 50 }, (_, i) => armOf({ id, share }, `T1/C1/${i}.0001`))).toEqual(arms.slice(0, 50))
        const found = arms.filter((arm) => arm === 'canary').length / arms.length
        // Five standard deviations.
        const most = 5 * Math.sqrt(((share / 100) * (1 - share / 100)) / arms.length)
        expect(Math.abs(found - share / 100)).toBeLessThan(most)
      }),
      { numRuns: 40 },
    )
  })

  it('stays the tried model’s when the share grows', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 49 }), fc.string(), (share, thread) => {
        fc.pre(armOf({ id: 'can', share }, thread) === 'canary')
        expect(armOf({ id: 'can', share: share + 1 }, thread)).toBe('canary')
      }),
      { numRuns: 50 },
    )
  })
})

const catalog = await loadCatalog()

describeOnDatabases('a model that is tried', (kind) => {
  let database: TestDatabase
  let time = NOON
  /** Later each time, so that moves have an order. */
  const now = () => {
    time += 1
    return time
  }
  /** Within one process, a second handle on SQLite's file would wait for the first one, which waits for it. */
  const another = async () => (kind.name === 'SQLite' ? database.store : database.open())
  beforeEach(async () => {
    time = NOON
    database = await kind.create()
    await promote(
      database.store,
      { alias: 'assistant', model: 'ft:live', by: 'anna', reason: 'first', override: true },
      now,
    )
  })
  afterEach(() => database[Symbol.asyncDispose]())

  const request = { alias: 'assistant', model: 'ft:new', share: 20, by: 'anna', configured: 'base' }
  const kinds = async (store: Store = database.store) => (await listModelHistory(store)).map((move) => move.kind)

  /** Answers of one arm, with the verdict of their one finding. */
  async function answered(
    canaryId: string,
    arm: Arm,
    count: number,
    verdict: 'grounded' | 'contradicted',
    source: 'model' | 'cache' | 'catalog' = 'model',
  ) {
    const ids: string[] = []
    for (let i = 0; i < count; i += 1) {
      const { id } = await addAnswer(database.store, { canary_id: canaryId, canary_arm: arm, source })
      if (verdict === 'grounded') await database.store.deleteFrom('findings').where('answer_id', '=', id).execute()
      ids.push(id)
    }
    return ids
  }

  it('answers in its share of the threads on every instance, and is followed within two seconds', async () => {
    const other = await another()
    const choices = [
      createChoice(database.store, 'assistant', 'base', now),
      createChoice(other, 'assistant', 'base', now),
    ]
    const threads = Array.from({ length: 200 }, (_, i) => `T1/C1/${i}`)
    const chosen = (thread: string | null) => Promise.all(choices.map((choose) => choose(thread)))
    for (const found of await chosen('T1/C1/1')) expect(found).toEqual({ model: 'ft:live', trial: null })

    const { id } = await startCanary(database.store, request, now)
    time += 1_900
    let tried = 0
    for (const thread of threads) {
      const [one, two] = await chosen(thread)
      expect(two).toEqual(one)
      const arm = one?.trial?.arm
      expect(one).toEqual({ model: arm === 'canary' ? 'ft:new' : 'ft:live', trial: { canary: id, arm } })
      if (arm === 'canary') tried += 1
    }
    expect(tried).toBeGreaterThan(15)
    expect(tried).toBeLessThan(70)
    expect(await chosen(null)).toEqual(choices.map(() => ({ model: 'ft:live', trial: null })))

    await stopCanary(other, catalog, { alias: 'assistant', by: 'anna', reason: 'seen enough' }, now)
    time += 1_900
    for (const found of await chosen(threads[0] ?? '')) expect(found).toEqual({ model: 'ft:live', trial: null })
    expect(await kinds()).toEqual(['canary_ended', 'canary_started', 'promoted'])
  })

  it('is counted in both arms: what was asked, what went wrong, one vote a person', async () => {
    const { store } = database
    const { id } = await startCanary(store, request, now)
    const [first = '', second = ''] = await answered(id, 'canary', 2, 'grounded')
    await answered(id, 'canary', 1, 'contradicted')
    await answered(id, 'canary', 1, 'grounded', 'cache')
    await answered(id, 'canary', 1, 'grounded', 'catalog')
    await answered(id, 'live', 3, 'grounded')
    await answered('can_other', 'live', 3, 'contradicted')
    const vote = (
      answer_id: string,
      voter: string,
      origin: string,
      value: 1 | -1,
      event_ts: string,
      is_set: 0 | 1 = 1,
    ) =>
      store
        .insertInto('vote_events')
        .values({ answer_id, voter, voter_team: 'T1', origin, value, event_ts, is_set })
        .execute()
    await vote(first, 'U1', 'button', 1, '1')
    await vote(first, 'U1', 'reaction', -1, '2')
    await vote(first, 'U2', 'button', 1, '1')
    await vote(second, 'U1', 'button', -1, '1', 0)
    expect(await readArms(store, id)).toEqual({
      canary: { answers: 5, asked: 4, failed: 1, contradicted: 1, unreadable: 0, up: 1, down: 1 },
      live: { answers: 3, asked: 3, failed: 0, contradicted: 0, unreadable: 0, up: 0, down: 0 },
    })
  })

  it('is told apart where it named a command that the catalog forbids', async () => {
    const { store } = database
    const { id } = await startCanary(store, request, now)
    const say = (model_text: string) => addAnswer(store, { canary_id: id, canary_arm: 'canary', model_text })
    await say("Error Code E-02 indicates a 'x'. Recommended Action: Restart it (command: REBOOT_COMM).")
    await say("Error Code E-02 indicates a 'x'. Recommended Action: Clean it (command: CLEAN_TURB).")
    await say("Error Code E-02 indicates a 'x'. Recommended Action: Wait.")
    await say("Error Code E-02 indicates a 'x'. Recommended Action: Reboot it (reboot comm).")
    expect(await countForbidden(store, id, catalog)).toEqual({ live: 0, canary: 2 })
    expect(await readArms(store, id)).toMatchObject({ canary: { contradicted: 4 } })
  })

  it('names no forbidden command where another of the codes that were asked allows it', async () => {
    const { store } = database
    const { id } = await startCanary(store, request, now)
    const both = "Error Code E-02 indicates a 'x'. Recommended Action: Clean (command: CLEAN_TURB).\nRECALIB_PH"
    const answer = await addAnswer(store, { canary_id: id, canary_arm: 'canary', model_text: both })
    const second = { answer_id: answer.id, position: 1, code: 'E-01', verdict: 'grounded' as const }
    await store
      .insertInto('findings')
      .values({ ...second, problem: null, action: null, command: null, fallback: null })
      .execute()
    expect(await countForbidden(store, id, catalog)).toEqual({ live: 0, canary: 0 })
  })

  it('is taken away when only it names forbidden commands, though it is wrong no oftener', async () => {
    const { store } = database
    const { id } = await startCanary(store, request, now)
    await answered(id, 'live', 15, 'grounded')
    await answered(id, 'live', 15, 'contradicted')
    await answered(id, 'canary', 2, 'grounded')
    const forbidden = "Error Code E-02 indicates a 'x'. Recommended Action: Restart it (command: REBOOT_COMM)."
    const say = () => addAnswer(store, { canary_id: id, canary_arm: 'canary', model_text: forbidden })
    await say()
    await checkCanaries(store, catalog, NOON + 5_000)
    expect(await kinds()).toEqual(['canary_started', 'promoted'])
    await say()
    await checkCanaries(store, catalog, NOON + 10_000)
    expect((await listModelHistory(store))[0]).toMatchObject({
      kind: 'canary_fell_back',
      reason: 'it named a forbidden command in 2 of 4, the live model in 0 of 30',
    })
  })

  it('is judged at each look once, whoever looks: newer figures wait for the next one', async () => {
    const { store } = database
    const { id } = await startCanary(store, request, now)
    await answered(id, 'live', 30, 'grounded')
    await answered(id, 'canary', 5, 'grounded')
    const handles = [store, await another(), await another()]
    const look = (at: number) => Promise.all(handles.map((handle) => checkCanaries(handle, catalog, at)))
    await look(NOON + 5_000)
    await answered(id, 'canary', 4, 'contradicted')
    await look(NOON + 10_000)
    expect(await kinds()).toEqual(['canary_started', 'promoted'])
    const wrong = (await listAnalyses(store, id)).filter(({ measure }) => measure === 'wrong')
    expect(wrong).toMatchObject([
      { number: 1, canary_count: 0, canary_total: 5, live_total: 30, analysed_at: NOON + 5_000 },
    ])
    await answered(id, 'canary', 1, 'contradicted')
    await look(NOON + 15_000)
    expect((await listModelHistory(store))[0]).toMatchObject({
      kind: 'canary_fell_back',
      reason: 'it went wrong in 5 of 10, the live model in 0 of 30',
    })
  })

  it('that does worse is taken away once, whoever looks, and the administrators hear why', async () => {
    const { store } = database
    const { id } = await startCanary(store, request, now)
    await answered(id, 'live', 30, 'grounded')
    await answered(id, 'canary', 10, 'contradicted')
    const handles = [store, await another(), await another()]
    await Promise.all([...handles, ...handles].map((handle) => checkCanaries(handle, catalog, NOON + 5_000)))
    const [move, ...more] = await listModelHistory(store)
    expect(move).toMatchObject({
      kind: 'canary_fell_back',
      model: 'ft:new',
      previous_model: 'ft:live',
      reason: 'it went wrong in 10 of 10, the live model in 0 of 30',
    })
    expect(more.map((one) => one.kind)).toEqual(['canary_started', 'promoted'])
    expect((await listJobs(store, 'model_news', 10)).map(({ payload }) => JSON.parse(payload ?? '').move)).toEqual([
      'promoted',
      'canary_started',
      'canary_fell_back',
    ])
    expect(await listCanaries(store, 'assistant', 5)).toMatchObject([
      { outcome: 'fell_back', ended_at: NOON + 5_000, running_alias: null },
    ])
  })

  it('goes on while there is nothing against it, and ends when its time is up', async () => {
    const { store } = database
    const { id } = await startCanary(store, { ...request, durationMs: 60_000 }, now)
    await answered(id, 'live', 12, 'grounded')
    await answered(id, 'canary', 12, 'grounded')
    await checkCanaries(store, catalog, NOON + 59_000)
    expect(await kinds()).toEqual(['canary_started', 'promoted'])
    await checkCanaries(store, catalog, NOON + 61_000)
    await checkCanaries(store, catalog, NOON + 61_000)
    expect(await kinds()).toEqual(['canary_ended', 'canary_started', 'promoted'])
  })

  it('ends as promoted when it is made live, and as overtaken when another model is', async () => {
    const { store } = database
    await startCanary(store, request, now)
    await promote(store, { alias: 'assistant', model: 'ft:new', by: 'anna', reason: 'good', override: true }, now)
    await startCanary(store, { ...request, model: 'ft:third' }, now)
    await promote(store, { alias: 'assistant', model: 'ft:other', by: 'anna', reason: 'good', override: true }, now)
    expect((await listCanaries(store, 'assistant', 5)).map(({ outcome }) => outcome)).toEqual(['overtaken', 'promoted'])
    expect(await createChoice(store, 'assistant', 'base', now)('T1/C1/1')).toEqual({ model: 'ft:other', trial: null })
  })

  it.each([
    ['the live model', { model: 'ft:live' }, 'live already'],
    ['the classifier', { alias: 'classifier' }, 'only the assistant'],
    ['no share', { share: 0 }, 'from 1 to 50'],
    ['more than half', { share: 51 }, 'from 1 to 50'],
    ['half a thread', { share: 2.5 }, 'from 1 to 50'],
  ])('is not tried: %s', async (_, over, why) => {
    await expect(startCanary(database.store, { ...request, ...over }, now)).rejects.toMatchObject({
      remedy: expect.stringContaining(why),
    })
    expect(await kinds()).toEqual(['promoted'])
  })

  it('is one at a time', async () => {
    const starts = await Promise.allSettled(
      ['ft:a', 'ft:b', 'ft:c'].map((model) => startCanary(database.store, { ...request, model }, now)),
    )
    expect(starts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    const stops = await Promise.allSettled(
      [1, 2].map(() => stopCanary(database.store, catalog, { alias: 'assistant', by: 'x' }, now)),
    )
    expect(stops.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })
})
