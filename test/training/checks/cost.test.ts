import { describe, expect, it } from 'vitest'
import { autoEpochs, trainingCost } from '../../../src/training/checks/cost.ts'

const PRICE = { training: 5, input: 1, output: 2, source: 'test', checkedOn: '2026-11-22' }

describe('what training costs', () => {
  it.each([
    [0, 0],
    [1, 25],
    [10, 10],
    [33, 3],
    [34, 3],
    [200, 3],
    [8_333, 3],
    [8_334, 2],
    [25_000, 1],
    [1_000_000, 1],
  ])('hangs on how often a trainer goes through %i rows: %i times', (rows, epochs) => {
    expect(autoEpochs(rows)).toBe(epochs)
  })

  it('is tokens by epochs by price', () => {
    expect(trainingCost({ rows: 200, tokens: 1_000_000, price: PRICE })).toEqual({
      epochs: 3,
      tokens: 3_000_000,
      dollars: 15,
      price: PRICE,
    })
    expect(trainingCost({ rows: 200, tokens: 1_000_000, price: PRICE, epochs: 1 }).dollars).toBe(5)
  })

  it('is not known where no price is', () => {
    expect(trainingCost({ rows: 10, tokens: 10, price: null }).dollars).toBeNull()
    expect(trainingCost({ rows: 10, tokens: 10, price: { ...PRICE, training: null } }).dollars).toBeNull()
  })
})
