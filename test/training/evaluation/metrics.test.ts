import { describe, expect, it } from 'vitest'
import { loadCatalog } from '../../../src/catalog/loading.ts'
import { statementOf, writeAnswer } from '../../../src/diagnosis/answer.ts'
import { writeDecline } from '../../../src/diagnosis/decline.ts'
import { computeMetrics } from '../../../src/training/evaluation/metrics.ts'
import { comparePaired } from '../../../src/training/evaluation/paired-test.ts'
import type { Outcome } from '../../../src/training/evaluation/scoring.ts'

const catalog = await loadCatalog()
const KNOWN = catalog.codes.map(({ code }) => code)

function answer(code: string, changes: object = {}): string {
  const entry = catalog.find(code)
  return entry ? writeAnswer({ ...statementOf(entry), ...changes }) : writeDecline(code, KNOWN)
}
const outcomes = (pairs: readonly (readonly [expected: string, said: string])[]): Outcome[] =>
  pairs.map(([expected, said], row) => ({ row, expected, said, latencyMs: 10 * (row + 1), failure: null, usage: null }))
const measured = (...pairs: (readonly [string, string])[]) => computeMetrics(outcomes(pairs), catalog)

describe('the figures of categories', () => {
  // The example of scikit-learn’s own documentation: [0, 1, 2, 0, 1, 2] answered as [0, 2, 1, 0, 0, 1].
  const names = ['Connectivity', 'Power', 'Security']
  const pairs = [0, 1, 2, 0, 1, 2].map(
    (right, i) => [names[right] ?? '', names[[0, 2, 1, 0, 0, 1][i] ?? 0] ?? ''] as const,
  )
  const found = measured(...pairs)

  it('are the ones that are known', () => {
    expect(found.labels.Connectivity).toMatchObject({
      precision: { count: 2, of: 3 },
      recall: { count: 2, of: 2 },
      f1: { value: 0.8 },
    })
    expect(found.labels.Power).toMatchObject({ precision: { count: 0, of: 2 }, f1: { value: 0 } })
    expect(found.macroF1.value).toBeCloseTo(0.26667, 5)
    expect(found.macroF1.low).toBeLessThanOrEqual(0.26667)
    expect(found.macroF1.high).toBeGreaterThanOrEqual(0.26667)
  })

  it('come with a matrix of what was taken for what', () => {
    expect(found.confusion).toEqual({
      rows: names,
      columns: names,
      counts: [
        [2, 0, 0],
        [1, 0, 1],
        [0, 2, 0],
      ],
    })
  })
})

describe('the figures of codes', () => {
  it('hold an answer that is wrong about its code against the row and against the claim', () => {
    const found = measured(
      [answer('E-01'), answer('E-01')],
      [answer('E-01'), answer('E-01', { command: 'REBOOT_COMM' })],
      [answer('E-02'), answer('E-01')],
      [answer('E-02'), 'Have you tried the manual?'],
    )
    expect(found.labels['E-01']).toMatchObject({ precision: { count: 1, of: 3 }, recall: { count: 1, of: 2 } })
    expect(found.labels['E-02']).toMatchObject({
      precision: { count: 0, of: 0, value: null },
      recall: { count: 0, of: 2 },
    })
    expect(found.confusion).toEqual({
      rows: ['E-01', 'E-02'],
      columns: ['E-01', 'E-02', 'wrong content', 'other'],
      counts: [
        [1, 0, 1, 0],
        [1, 0, 0, 1],
      ],
    })
    expect(found.commands).toMatchObject({ count: 1, of: 4 })
  })

  it('tell apart what was rightly declined, what was not, and what should not have been', () => {
    const offTopic = writeDecline(null, KNOWN)
    const found = measured(
      [answer('E-99'), answer('E-99')],
      [answer('E-98'), answer('E-01')],
      [offTopic, offTopic],
      [offTopic, 'Paris'],
      [answer('E-01'), offTopic],
      [answer('W-10'), answer('W-10')],
    )
    expect(found.abstention).toMatchObject({ count: 1, of: 2 })
    expect(found.offTopic).toMatchObject({ count: 1, of: 2 })
    expect(found.falseAbstention).toMatchObject({ count: 1, of: 2 })
    expect(found.commands).toMatchObject({ count: 1, of: 2 })
  })

  it('do not credit a right answer that merely stands somewhere in another one', () => {
    const right = answer('E-02')
    const e02 = catalog.find('E-02')
    for (const said of [
      'E-02',
      `The problem is not ${e02?.problem}`,
      `Turbidity sensor occlusion, E-02, CLEAN_TURB`,
      `${answer('E-01')} ${right}`,
      `${right} ${answer('W-10')}`,
      `I would not say "${e02?.problem}" (command: CLEAN_TURB)`,
    ])
      expect(measured([right, said]).accuracy.count, said).toBe(0)
    expect(measured(['Power', 'Power is what I would never say of Connectivity']).accuracy.count).toBe(0)
    for (const said of ['Powerless', 'not Power', 'Power or Security'])
      expect(measured(['Power', said]).accuracy.count, said).toBe(0)
    for (const said of ['Power', ' power.', 'Category: Power', 'The category is **Power**.'])
      expect(measured(['Power', said]).accuracy.count, said).toBe(1)
  })

  it('find a forbidden command however it is spelt, and not what the right answer says itself', () => {
    const unsafe = (expected: string, said: string) => measured([expected, said]).unsafe.count
    expect(unsafe(answer('E-02'), `${answer('E-02')} Then reboot comm.`)).toBe(1)
    expect(unsafe(answer('E-02'), `${answer('E-02')} Then Reboot-Comm.`)).toBe(1)
    const referring = answer('E-02', { fallback: 'If that does not help, send REBOOT_COMM.' })
    expect(unsafe(referring, referring)).toBe(0)
    expect(unsafe(answer('E-01'), referring)).toBe(1)
  })

  it('are the same for any order of the rows, and quick for many', () => {
    const many = Array.from({ length: 5_000 }, (_, i) => [answer('E-01'), answer(i % 3 ? 'E-01' : 'E-02')] as const)
    const startedAt = performance.now()
    const one = measured(...many)
    expect(performance.now() - startedAt).toBeLessThan(5_000)
    const { latencyMs: _, ...figures } = one
    const { latencyMs: __, ...reversed } = measured(...many.toReversed())
    expect(reversed.accuracy.value).toBe(figures.accuracy.value)
    expect(one.accuracy.low).toBeCloseTo(0.653, 2)
    expect(one.accuracy.high).toBeCloseTo(0.68, 2)
  })
})

describe('two models on the same rows', () => {
  const rows = (said: readonly string[]) => outcomes(said.map((one) => [answer('E-01'), one] as const))
  const right = answer('E-01')

  it('are compared row by row', () => {
    const baseline = { name: 'base', outcomes: rows([right, 'no', 'no', 'no', 'no', 'no', 'no', 'no', 'no', right]) }
    const found = comparePaired(
      baseline,
      rows(['no', right, right, right, right, right, right, right, right, right]),
      catalog,
    )
    expect(found).toMatchObject({
      baseline: 'base',
      onlyThis: 8,
      onlyBaseline: 1,
      difference: 0.7,
      isSignificant: true,
    })
    expect(found.p).toBeCloseTo(0.0390625, 10)
    expect(found.low).toBeLessThan(0.7)
    expect(found.high).toBeLessThanOrEqual(1)
  })

  it('that never differ do not differ', () => {
    const same = rows([right, 'no', right])
    expect(comparePaired({ name: 'base', outcomes: same }, same, catalog)).toMatchObject({
      difference: 0,
      p: 1,
      isSignificant: false,
    })
  })
})
