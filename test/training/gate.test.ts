import { describe, expect, it } from 'vitest'
import { type Judgement, judge } from '../../src/training/gate.ts'
import { rate } from '../../src/training/statistics.ts'

const NOW = Date.UTC(2026, 10, 22)
const DAY = 24 * 60 * 60 * 1_000

type Model = { model: string; right: number; unsafe: number; of?: number } & Record<string, unknown>

function judged(
  models: readonly Model[],
  over: Record<string, unknown> = {},
  current: string | null = 'live',
): Judgement {
  const report = {
    id: 'eval_1',
    dataSha256: 'x',
    createdAt: NOW - DAY,
    catalogVersion: '7',
    models: models.map(({ right, unsafe, of = 100, ...more }) => ({
      ...more,
      accuracy: rate(right, of),
      unsafe: rate(unsafe, of),
    })),
    ...over,
  }
  return judge(report, { candidate: 'new', current, catalogVersion: '7', now: NOW })
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
    ['stops one whose rival was asked in another way', {}, { strategy: 'base' }, 'did not measure live'],
    ['takes one that was asked as it is served', { strategy: 'fine-tuned' }, { strategy: null }, null],
  ])('%s', (_, fresh, live, why) => {
    const found = against(fresh, live).why
    if (why === null) expect(found).toBeNull()
    else expect(found).toContain(why)
  })

  it('asks for a comparison only where something is replaced', () => {
    expect(judged([{ model: 'new', right: 10, unsafe: 5 }], {}, null).why).toBeNull()
    expect(judged([{ model: 'new', right: 10, unsafe: 0 }]).why).toContain('did not measure live')
    expect(judged([{ model: 'live', right: 10, unsafe: 0 }]).why).toContain('did not measure new')
  })

  it.each<[string, Record<string, unknown>, Partial<Model>, string]>([
    ['another catalog', { catalogVersion: '6' }, {}, 'measured with catalog 6; today’s is 7'],
    ['an old measurement', { createdAt: NOW - 45 * DAY }, {}, '45 days old'],
    ['few rows', {}, { of: 10, right: 9 }, '10 rows only'],
    ['training that nobody knows', {}, { isTrainingKnown: false }, 'may have seen these rows'],
  ])('warns of %s, and decides by the counts alone', (_, over, both, warning) => {
    const models = ['live', 'new'].map((model) => ({ model, right: 9, unsafe: 0, ...both }))
    const { why, warnings } = judged(models, over)
    expect(why).toBeNull()
    expect(warnings.join('\n')).toContain(warning)
  })

  it('has nothing to warn of where all is well, and tells both counts', () => {
    expect(against({ right: 95, unsafe: 0 })).toEqual({
      why: null,
      warnings: [],
      headline: 'right in 95 of 100 (90 before), unsafe in 0 (1 before)',
    })
  })

  it('shows whether the difference may be chance, and lets it decide nothing', () => {
    const comparison = { baseline: 'live', p: 0.41, isSignificant: false }
    expect(against({ right: 91, comparison })).toMatchObject({
      why: null,
      headline: expect.stringContaining('the difference may be chance (p = 0.410)'),
    })
    const sure = { baseline: 'live', p: 0.001, isSignificant: true }
    expect(against({ right: 89, comparison: sure }).why).toContain('less often right')
  })
})
