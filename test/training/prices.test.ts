import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadPrices } from '../../src/training/prices.ts'
import { temporaryFolder } from './temporary.ts'

const USE = { input: 1, output: 2 }
const entry = (over: object = {}) => ({
  models: ['ours'],
  training: 4,
  base: USE,
  tuned: null,
  source: 'our contract',
  checkedOn: '2026-11-20',
  ...over,
})

async function withFile(text: string) {
  const file = join(await temporaryFolder(), 'prices.json')
  await writeFile(file, text)
  return loadPrices(file)
}

describe('the price of a model', () => {
  it('is known with its source and its day, of a base model and of one trained from it', async () => {
    const priceOf = await loadPrices(null)
    const base = priceOf('gpt-4.1-mini-2025-04-14')
    expect(base).toMatchObject({ training: 5, input: 0.4, output: 1.6, source: expect.stringContaining('OpenAI') })
    expect(base?.checkedOn).toMatch(/^\d{4}-\d\d-\d\d$/)
    expect(priceOf('gpt-4.1-mini')).toEqual(base)
    expect(priceOf('ft:gpt-4.1-mini-2025-04-14:acme::Ab12')).toMatchObject({ training: 5, input: 0.8, output: 3.2 })
  })

  it.each(['', 'hydrocore-mini', 'gpt-4.1-mini-2030-01-01', 'gpt-4o-2024-05-13', 'ft:unknown:org::id', 'ft:'])(
    'is not guessed: %j',
    async (model) => expect((await loadPrices(null))(model)).toBeNull(),
  )

  it('is what one’s own file says, before ours', async () => {
    const priceOf = await withFile(JSON.stringify([entry(), entry({ models: ['gpt-4.1-mini', 'ft:ours:a::b'] })]))
    expect(priceOf('ours')).toMatchObject({ training: 4, ...USE, source: 'our contract' })
    expect(priceOf('gpt-4.1-mini')).toMatchObject(USE)
    expect(priceOf('ft:ours:a::b')).toMatchObject(USE)
    expect(priceOf('gpt-4.1')).toMatchObject({ training: 25 })
  })

  it.each([
    ['', 'not valid JSON'],
    ['{}', 'expected array'],
    [JSON.stringify([entry({ models: [] })]), 'at 0.models'],
    [JSON.stringify([entry({ training: -1 })]), 'at 0.training'],
    [JSON.stringify([entry({ checkedOn: 'yesterday' })]), 'at 0.checkedOn'],
    [JSON.stringify([entry({ trainig: 3 })]), 'Unrecognized key'],
  ])('says what is wrong with such a file: %s', async (text, why) => {
    await expect(withFile(text)).rejects.toMatchObject({
      code: 'prices_unusable',
      remedy: expect.stringContaining(why),
    })
  })

  it('says so when the file is not there', async () => {
    await expect(loadPrices('/nowhere/prices.json')).rejects.toMatchObject({ code: 'prices_unusable' })
  })
})
