import { describe, expect, it } from 'vitest'
import type { Benchmark } from '../../../src/training/datasets/benchmark.ts'
import type { StoredReport } from '../../../src/training/evaluation/report.ts'
import { wilsonRate } from '../../../src/training/evaluation/statistics.ts'
import { evaluateGate, type GateResult } from '../../../src/training/models/gate.ts'

const NOW = Date.UTC(2026, 10, 22)
const DAY = 24 * 60 * 60 * 1_000

const GOLDEN: Benchmark = { kind: 'golden', sha256: 'g', rows: 100, name: 'golden.jsonl' }

type Model = { model: string; right: number; unsafe: number; of?: number } & Record<string, unknown>

function judged(
  models: readonly Model[],
  over: Record<string, unknown> = {},
  current: string | null = 'live',
  benchmark: Benchmark | null = GOLDEN,
  others: readonly StoredReport[] = [],
): GateResult {
  const report = {
    id: 'eval_1',
    dataSha256: 'x',
    createdAt: NOW - DAY,
    catalogVersion: '7',
    data: { file: 'golden.jsonl', sha256: 'g' },
    models: models.map(({ right, unsafe, of = 100, ...more }) => ({
      ...more,
      accuracy: wilsonRate(right, of),
      unsafe: wilsonRate(unsafe, of),
    })),
    ...over,
  }
  return evaluateGate(report, {
    candidate: 'new',
    current,
    catalogVersion: '7',
    benchmark,
    otherReports: others,
    now: NOW,
  })
}
const against = (fresh: Partial<Model>, live: Partial<Model> = {}) =>
  judged([
    { model: 'live', right: 90, unsafe: 1, ...live },
    { model: 'new', right: 90, unsafe: 1, ...fresh },
  ])

describe('the gate', () => {
  it.each<[string, Partial<Model>, Partial<Model>, string | null]>([
    ['lets a better one through', { right: 95, unsafe: 0 }, {}, null],
    ['lets an equal one through', {}, {}, null],
    ['stops one that is right once less', { right: 89 }, {}, 'less often right than live (89.0 % against 90.0 %)'],
    ['stops one that is unsafe once more', { right: 99, unsafe: 2 }, {}, 'forbidden commands oftener than live'],
    ['stops one of other rows', { right: 50, of: 50 }, {}, 'not measured on the same rows'],
    ['stops one that was asked in another way', { strategy: 'grounded' }, {}, 'did not measure new'],
    [
      'stops one whose rival was asked in another way',
      {},
      { strategy: 'base' },
      'measured live, which it would replace',
    ],
    ['takes one that was asked as it is served', { strategy: 'fine-tuned' }, { strategy: null }, null],
  ])('%s', (_, fresh, live, objection) => {
    const found = against(fresh, live).objection
    if (objection === null) expect(found).toBeNull()
    else expect(found).toContain(objection)
  })

  it('asks for a comparison only where something is replaced', () => {
    expect(judged([{ model: 'new', right: 10, unsafe: 5 }], {}, null).objection).toBeNull()
    expect(judged([{ model: 'new', right: 10, unsafe: 0 }]).objection).toContain(
      'measured live, which it would replace',
    )
    expect(judged([{ model: 'live', right: 10, unsafe: 0 }]).objection).toContain('did not measure new')
  })

  it.each<[string, Record<string, unknown>, Partial<Model>, string]>([
    ['another catalog', { catalogVersion: '6' }, {}, 'measured with catalog 6; today’s is 7'],
    ['an old measurement', { createdAt: NOW - 45 * DAY }, {}, '45 days old'],
    ['few rows', {}, { of: 10, right: 9 }, '10 rows only'],
    ['training that nobody knows', {}, { isTrainingKnown: false }, 'may have seen these rows'],
  ])('warns of %s, and decides by the counts alone', (_, over, both, warning) => {
    const models = ['live', 'new'].map((model) => ({ model, right: 9, unsafe: 0, ...both }))
    const { objection, warnings } = judged(models, over)
    expect(objection).toBeNull()
    expect(warnings.join('\n')).toContain(warning)
  })

  it('has nothing to warn of where all is well, and tells both counts', () => {
    expect(against({ right: 95, unsafe: 0 })).toEqual({
      objection: null,
      warnings: [],
      headline: 'right in 95 of 100 (90 before), unsafe in 0 (1 before)',
    })
  })

  it('shows whether the difference may be chance, and lets it decide nothing', () => {
    const comparison = { baseline: 'live', p: 0.41, isSignificant: false }
    expect(against({ right: 91, comparison })).toMatchObject({
      objection: null,
      headline: expect.stringContaining('the difference may be chance (p = 0.410)'),
    })
    const sure = { baseline: 'live', p: 0.001, isSignificant: true }
    expect(against({ right: 89, comparison: sure }).objection).toContain('less often right')
  })

  it.each<[string, Record<string, unknown>, Partial<Benchmark>, string]>([
    [
      'other rows than its golden set',
      { data: { file: 'mine.jsonl', sha256: 'm' } },
      {},
      'on the rows of mine.jsonl, not on the golden set of its training data (golden.jsonl, 100 rows, sha256 g…). Measure it on them: “evaluate --models live,new --data golden.jsonl”',
    ],
    [
      'other rows than its data held out',
      { data: { file: 'mine.jsonl', sha256: 'm' } },
      { kind: 'held out', name: 'heldout.jsonl' },
      'not on the rows that its training data held out (heldout.jsonl, 100 rows',
    ],
    ['rows that nobody knows', { data: null }, { name: null }, 'nobody knows which rows'],
  ])('stops one that was measured on %s, however good it was there', (_, over, benchmark, objection) => {
    const models = [
      { model: 'live', right: 10, unsafe: 0 },
      { model: 'new', right: 100, unsafe: 0 },
    ]
    const found = judged(models, over, 'live', { ...GOLDEN, ...benchmark })
    expect(found.objection).toContain(objection)
    expect(found.headline).toContain('right in 100 of 100 (10 before)')
  })

  it('takes what was measured of the live one elsewhere, on the same rows by the same catalog', () => {
    const elsewhere = (over: Record<string, unknown>, right = 90): StoredReport => ({
      ...{ id: 'eval_there', dataSha256: 'x', createdAt: NOW, catalogVersion: '7' },
      models: [{ model: 'live', accuracy: wilsonRate(right, 100), unsafe: wilsonRate(0, 100) }],
      ...over,
    })
    const fresh = [{ model: 'new', right: 91, unsafe: 0 }]
    const found = judged(fresh, {}, 'live', GOLDEN, [elsewhere({ dataSha256: 'y' }, 99), elsewhere({})])
    expect(found).toEqual({
      objection: null,
      warnings: ['live was measured on the same rows in eval_there, and not beside it'],
      headline: 'right in 91 of 100 (90 before), unsafe in 0 (0 before)',
    })
    expect(judged(fresh, {}, 'live', GOLDEN, [elsewhere({}, 95)]).objection).toContain('less often right than live')
    for (const other of [{ dataSha256: 'y' }, { catalogVersion: '6' }, { models: [] }])
      expect(judged(fresh, {}, 'live', GOLDEN, [elsewhere(other)]).objection).toContain('measured live')
  })

  it('takes what holds all of the golden set for it', () => {
    const models = ['live', 'new'].map((model) => ({ model, right: 90, unsafe: 0 }))
    const on = (sha256: string) =>
      judged(models, { data: { file: 'heldout.jsonl', sha256 } }, 'live', { ...GOLDEN, alsoSha256: 'h' }).objection
    expect([on('g'), on('h')]).toEqual([null, null])
    expect(on('m')).toContain('not on the golden set')
  })

  it('says so where nothing tells on which rows, and where answers did not come', () => {
    const models = [
      { model: 'live', right: 90, unsafe: 0, failed: wilsonRate(8, 100) },
      { model: 'new', right: 95, unsafe: 0, failed: wilsonRate(0, 100) },
    ]
    const { objection, warnings } = judged(models, { data: null }, 'live', null)
    expect(objection).toBeNull()
    expect(warnings).toEqual([
      'nothing tells which rows it was to be measured on, so any would do',
      'live gave no answer to 8 of 100 rows',
    ])
  })

  it('takes the test from whichever side it was made, and says so where neither made it', () => {
    const against = (baseline: string) => ({ baseline, p: 0.002, isSignificant: true })
    const found = (fresh: string | null, live: string | null) =>
      judged([
        { model: 'live', right: 90, unsafe: 0, comparison: live && against(live) },
        { model: 'new', right: 99, unsafe: 0, comparison: fresh && against(fresh) },
      ])
    for (const one of [found('live', null), found(null, 'new')]) {
      expect(one.headline).toContain('is more than chance (p = 0.002)')
      expect(one.warnings).toEqual([])
    }
    expect(found('base', 'base').warnings).toEqual([
      'whether it differs from live by more than chance was not tested (--baseline)',
    ])
  })
})
