import { expect, it } from 'vitest'
import { sparkline } from '../../src/lib/sparkline.ts'
import fc from '../support/properties.ts'

it.each([
  [[], ''],
  [[1], '▁'],
  [[2, 2, 2], '▁▁▁'],
  [[8, 4, 2, 1], '█▄▂▁'],
  [[Number.NaN, 1, 2], '▁█'],
])('draws %j as %s', (figures, drawn) => {
  expect(sparkline(figures)).toBe(drawn)
})

it('is never wider than asked for, and shows a fall as one', () => {
  fc.assert(
    fc.property(
      fc.array(fc.float({ noNaN: true, min: -100, max: 100 }), { minLength: 1 }),
      fc.integer({ min: 1, max: 40 }),
      (figures, width) => {
        expect([...sparkline(figures, width)]).toHaveLength(Math.min(width, figures.length))
      },
    ),
    { numRuns: 50 },
  )
  expect(
    sparkline(
      Array.from({ length: 1_000 }, (_, i) => -i),
      8,
    ),
  ).toBe('█▇▆▅▄▃▂▁')
})
