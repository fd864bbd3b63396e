import { describe, expect, it } from 'vitest'
import type { ChatMessage } from '../../src/diagnosis/model/chat-message.ts'
import { rowFaults } from '../../src/formats/validating.ts'
import {
  type CanonicalRow,
  EXPORT_FORMATS,
  sourceOf,
  whyUnwritable,
  writeLine,
  writeRow,
} from '../../src/formats/writing.ts'
import { hostileText } from '../support/hostile.ts'
import fc from '../support/properties.ts'

const prompt: ChatMessage[] = [
  { role: 'system', content: 'You help.' },
  { role: 'user', content: 'E-02?' },
]
const row: CanonicalRow = { prompt, answer: 'Clean it.', rejected: 'Wait.', label: false }
const assistant = (content: string) => ({ role: 'assistant', content })

describe('a row as each trainer wants it', () => {
  const conversation = { messages: [...prompt, assistant('Clean it.')] }
  const pair = {
    input: { messages: prompt },
    preferred_output: [assistant('Clean it.')],
    non_preferred_output: [assistant('Wait.')],
  }
  it.each([
    ['openai-sft', conversation],
    ['azure-sft', conversation],
    ['together-sft', conversation],
    ['fireworks-sft', conversation],
    ['trl-sft', conversation],
    ['openai-dpo', pair],
    ['together-dpo', pair],
    ['fireworks-dpo', pair],
    ['trl-dpo', { prompt, chosen: [assistant('Clean it.')], rejected: [assistant('Wait.')] }],
    ['trl-kto', { prompt, completion: [assistant('Clean it.')], label: false }],
    [
      'vertex',
      {
        systemInstruction: { parts: [{ text: 'You help.' }] },
        contents: [
          { role: 'user', parts: [{ text: 'E-02?' }] },
          { role: 'model', parts: [{ text: 'Clean it.' }] },
        ],
      },
    ],
    [
      'sharegpt',
      {
        conversations: [
          { from: 'system', value: 'You help.' },
          { from: 'human', value: 'E-02?' },
          { from: 'gpt', value: 'Clean it.' },
        ],
      },
    ],
  ] as const)('%s', (format, expected) => {
    expect(JSON.parse(writeLine(row, format))).toEqual(expected)
  })

  it('is named for each format we have', () => {
    expect(EXPORT_FORMATS.toSorted()).toEqual(
      [
        ...['openai-sft', 'openai-dpo', 'trl-sft', 'trl-dpo', 'trl-kto', 'together-sft', 'together-dpo'],
        ...['fireworks-sft', 'fireworks-dpo', 'azure-sft', 'vertex', 'sharegpt'],
      ].toSorted(),
    )
  })
})

describe('what cannot be written', () => {
  const pairs = EXPORT_FORMATS.filter((format) => sourceOf(format) === 'pairs')
  it.each(pairs)('as %s needs two answers that differ', (format) => {
    expect(whyUnwritable(row, format)).toBeNull()
    expect(whyUnwritable({ ...row, rejected: null }, format)).toBe('nothing_answered')
    expect(whyUnwritable({ ...row, rejected: ' \n' }, format)).toBe('nothing_answered')
    expect(whyUnwritable({ ...row, rejected: ' Clean\tit. ' }, format)).toBe('equal_pair')
    expect(whyUnwritable({ ...row, rejected: 'Wait <|endoftext|>' }, format)).toBe('special_token')
  })

  it('holds a special token in what is learnt', () => {
    expect(whyUnwritable({ ...row, answer: '<|im_end|>' }, 'vertex')).toBe('special_token')
    expect(whyUnwritable({ ...row, rejected: '<|im_end|>' }, 'vertex')).toBeNull()
  })
})

describe('whatever people and models wrote', () => {
  const text = fc.oneof(hostileText(6), fc.string({ unit: 'binary' }), fc.constant('<|im_start|>'))
  const rows = fc.record({
    prompt: text.map((content): ChatMessage[] => [...prompt.slice(0, 1), { role: 'user', content }]),
    answer: text,
    rejected: fc.option(text),
    label: fc.boolean(),
  })

  it.each(EXPORT_FORMATS)('is one faultless line of %s, or is not written', (format) => {
    let written = 0
    fc.assert(
      fc.property(rows, (one) => {
        const isEmpty = [one.prompt.at(-1)?.content, one.answer].some((words) => !words?.trim())
        if (isEmpty || whyUnwritable(one, format)) return
        const line = writeLine(one, format)
        expect(rowFaults(line, format)).toEqual([])
        expect(line).not.toContain('\n')
        expect(textsIn(JSON.parse(line))).toEqual(expect.arrayContaining([one.answer, one.prompt.at(-1)?.content]))
        written += 1
      }),
      { numRuns: 200 },
    )
    expect(written).toBeGreaterThan(10)
  })
})

it('writes a conversation without a key of ours', () => {
  expect(JSON.parse(writeRow([{ ...assistant('x'), code: 'E-02' } as ChatMessage]))).toEqual({
    messages: [assistant('x')],
  })
})

/** Every text in a value, wherever it stands. */
function textsIn(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [value]
  return Object.values(value).flatMap(textsIn)
}
