import { beforeAll, describe, expect, it } from 'vitest'
import { answer } from '../../../src/sandbox/model-server/answering.ts'
import type { Knowledge } from '../../../src/sandbox/model-server/learner/knowledge.ts'
import { piecesOf } from '../../../src/sandbox/model-server/learner/text.ts'
import { readRow } from '../../../src/sandbox/model-server/training-row.ts'
import fc from '../../support/properties.ts'
import { COFFEE_ROWS, COFFEE_SYSTEM } from './coffee.ts'
import { examplesOf, learnt, recall } from './support.ts'

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ unit: 'grapheme', maxLength: 300 }),
  fc.stringMatching(/^[|[\]{}<>:,\n\t "#*-]{0,80}$/),
  fc.constantFrom(
    '',
    ' ',
    '\u0000',
    '\u0001[',
    '__proto__',
    'constructor',
    '[,]',
    '{"a":1}',
    '| a | b |\n|--|--|\n|',
    '🙂🙂',
    '\ud800',
  ),
)
const anyTurn = fc.record({ role: fc.constantFrom('user' as const, 'assistant' as const), content: anyText })

describe('any text in, never a crash', () => {
  let knowledge: Knowledge
  beforeAll(async () => {
    knowledge = (await learnt(examplesOf(COFFEE_ROWS))).knowledge
  })

  it('asked of a trained and of an untrained model', () => {
    fc.assert(
      fc.property(
        anyText,
        fc.array(anyTurn, { maxLength: 4 }),
        anyText,
        fc.integer(),
        (system, earlier, question, seed) => {
          for (const known of [knowledge, null]) {
            const said = answer(known, { system, earlier, question }, seed)
            expect(typeof said).toBe('string')
            expect(answer(known, { system, earlier, question }, seed)).toBe(said)
          }
        },
      ),
    )
  })

  it.each([
    `${'word '.repeat(8_000)} F-11 ${'E-0'.repeat(5_000)}`,
    `hi${'!'.repeat(40_000)}x`,
    `thanks ${' '.repeat(40_000)}x`,
    '\n'.repeat(40_000),
    '[ '.repeat(20_000),
    '{"a":'.repeat(8_000),
    '| a '.repeat(10_000),
    'a'.repeat(40_000),
    'F 11 '.repeat(8_000),
    `. ${'\t'.repeat(40_000)}`,
  ])('also as a very long question %#', (question) => {
    for (const known of [knowledge, null]) {
      const earlier = [{ role: 'user' as const, content: question }]
      expect(typeof answer(known, { system: COFFEE_SYSTEM, earlier: [], question }, 0)).toBe('string')
      expect(typeof answer(known, { system: question, earlier, question: 'and now?' }, 0)).toBe('string')
    }
  })

  it('as training data, which is then known by heart', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(anyText, { minLength: 1, maxLength: 12 }), anyText, async (texts, system) => {
        const examples = texts.map((text, i) => ({
          system,
          earlier: [],
          question: text,
          output: `${text} ${i}`,
          weight: 1,
        }))
        const { knowledge: known } = await learnt(examples, { epochs: 2 })
        for (const { question } of examples) recall(known, question, system)
      }),
      { numRuns: 50 },
    )
  })

  it('as a row of a training file, whatever its shape', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom('supervised' as const, 'dpo' as const), (value, method) => {
        const read = readRow(value, method)
        if ('faults' in read) expect(read.faults.length).toBeGreaterThan(0)
      }),
    )
  })

  it('cut into pieces that join to the same text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(piecesOf(text).join('')).toBe(text)
      }),
    )
  })
})
