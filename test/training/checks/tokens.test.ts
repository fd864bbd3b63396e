import { describe, expect, it } from 'vitest'
import { countTokens, openTokenizer } from '../../../src/training/checks/tokens.ts'
import fc from '../../support/properties.ts'

const GPT = 'gpt-4.1-mini-2025-04-14'

describe('tokens', () => {
  it('are counted with the vocabulary of the model, trained or not', async () => {
    expect(await countTokens('hello world', GPT)).toEqual({ tokens: 2, isEstimate: false })
    expect(await countTokens('hello world', `ft:${GPT}:acme::Ab12`)).toEqual({ tokens: 2, isEstimate: false })
    expect((await openTokenizer('gpt-3.5-turbo-0125')).name).toBe('cl100k_base')
    expect((await openTokenizer('gpt-4o-2024-08-06')).name).toBe('o200k_base')
    expect((await openTokenizer('openai/gpt-oss-20b')).name).toBe('o200k_harmony')
  })

  it.each(['', 'hydrocore-mini', 'meta-llama/Llama-3.1-8B-Instruct', 'ft:mine:org::id'])(
    'of another model are estimated, and it is said: %j',
    async (model) => expect(await countTokens('What does E-02 mean?', model)).toEqual({ tokens: 5, isEstimate: true }),
  )

  it('of messages count what stands around them', async () => {
    const { count } = await openTokenizer(GPT)
    const messages = [
      { role: 'system', content: 'hello world' },
      { role: 'user', content: 'hello world', name: 'ann' },
    ]
    expect(count(messages)).toBe(3 + (3 + 1 + 2) + (3 + 1 + 2 + 1 + count('ann')))
    expect(count([])).toBe(3)
  })

  it('of any text are counted, special tokens as what they look like', async () => {
    const { count } = await openTokenizer(GPT)
    expect(count('<|endoftext|>')).toBeGreaterThan(1)
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const tokens = count(text)
        expect(tokens).toBeLessThanOrEqual(Buffer.byteLength(text))
        expect(tokens > 0).toBe(text.length > 0)
      }),
      { numRuns: 50 },
    )
  })

  it('of a word without an end are counted in time', async () => {
    const { count } = await openTokenizer(GPT)
    expect(count('日本'.repeat(50_000))).toBeGreaterThanOrEqual(50_000)
    expect(count(' '.repeat(100_000))).toBeGreaterThan(100)
  })
})
