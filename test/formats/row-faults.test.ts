import { describe, expect, it } from 'vitest'
import { TARGET_NAMES, type TargetName } from '../../src/formats/targets.ts'
import { rowFaults } from '../../src/formats/validating.ts'
import fc from '../support/properties.ts'

const system = { role: 'system', content: 'You help.' }
const ask = { role: 'user', content: 'E-02?' }
const answer = { role: 'assistant', content: 'Clean it.' }
const worse = { role: 'assistant', content: 'Wait.' }
const row = (...messages: unknown[]) => JSON.stringify({ messages })
const namesOf = (line: string, target: TargetName) => rowFaults(line, target).map(({ name }) => name)

const text = (words: string) => ({ text: words })
const gemini = (...contents: unknown[]) => JSON.stringify({ contents })
const human = { from: 'human', value: 'E-02?' }
const gpt = { from: 'gpt', value: 'Clean it.' }
const pair = (over: object = {}) =>
  JSON.stringify({
    input: { messages: [system, ask] },
    preferred_output: [answer],
    non_preferred_output: [worse],
    ...over,
  })
const trlPair = (over: object = {}) =>
  JSON.stringify({ prompt: [system, ask], chosen: [answer], rejected: [worse], ...over })
const vote = (over: object = {}) => JSON.stringify({ prompt: [ask], completion: [answer], label: true, ...over })
const call = (args: unknown) => [{ id: 'a', type: 'function', function: { name: 'send', arguments: args } }]

/** A faultless row of each target, in as many shapes as it takes. */
const FINE: Readonly<Record<TargetName, readonly string[]>> = {
  'openai-sft': [
    row(ask, answer),
    row(system, ask, answer),
    row(ask, { ...answer, weight: 0 }, ask, { ...answer, weight: 1 }),
    row(
      ask,
      { role: 'assistant', content: null, tool_calls: call('{}') },
      { role: 'tool', content: '1', tool_call_id: 'a' },
      answer,
    ),
    JSON.stringify({ messages: [ask, answer], tools: [], parallel_tool_calls: false }),
    row({ ...ask, name: 'anna' }, { ...answer, content: 'a < b | c > d \u2028 <| x |>' }),
  ],
  'openai-dpo': [
    pair(),
    pair({ input: { messages: [ask], tools: [], parallel_tool_calls: true } }),
    pair({ preferred_output: [answer, { role: 'tool', content: '1' }, answer] }),
  ],
  'trl-sft': [
    row(ask, answer),
    row(ask, { role: 'assistant', content: null, tool_calls: call({}) }, { role: 'tool', content: '1' }, answer),
    JSON.stringify({ prompt: [ask], completion: [answer] }),
    JSON.stringify({ prompt: 'E-02?', completion: 'Clean it.', tools: [] }),
    JSON.stringify(text('E-02? Clean it.')),
  ],
  'trl-dpo': [trlPair(), trlPair({ prompt: 'E-02?', chosen: 'Clean it.', rejected: 'Wait.' })],
  'trl-kto': [vote(), vote({ label: false })],
  'together-sft': [
    row(system, ask, answer),
    row(ask, { ...answer, weight: 0 }, ask, answer),
    JSON.stringify({ prompt: 'E-02?', completion: 'Clean it.' }),
    JSON.stringify(text('E-02? Clean it.')),
  ],
  'together-dpo': [pair()],
  'fireworks-sft': [row(system, ask, answer), row(ask, { ...answer, reasoning_content: 'dirty lens' })],
  'fireworks-dpo': [pair()],
  'azure-sft': [row(system, ask, answer)],
  vertex: [
    gemini({ role: 'user', parts: [text('E-02?')] }, { role: 'model', parts: [text('Clean'), text('it.')] }),
    JSON.stringify({
      systemInstruction: { role: 'system', parts: [text('You help.')] },
      contents: [
        { role: 'user', parts: [text('E-02?')] },
        { role: 'model', parts: [text('Clean it.')] },
      ],
    }),
  ],
  sharegpt: [
    JSON.stringify({ conversations: [human, gpt] }),
    JSON.stringify({ conversations: [{ from: 'system', value: 'You help.' }, human, gpt, human, gpt] }),
  ],
}

describe.each(TARGET_NAMES)('a row for %s', (target) => {
  it.each(FINE[target])('that is right has no fault: %s', (line) => {
    expect(rowFaults(line, target)).toEqual([])
  })

  it('has no key that the trainer does not know', () => {
    const known = JSON.parse(FINE[target][0] ?? '{}')
    const name = target.startsWith('together') ? 'format' : 'unrecognized_key'
    expect(namesOf(JSON.stringify({ ...known, hydrocore: 'cor_1' }), target)).toEqual([name])
  })

  it('is never too odd to be checked', () => {
    const keys = ['messages', 'input', 'preferred_output', 'non_preferred_output', 'prompt', 'completion', 'chosen']
    const more = ['rejected', 'label', 'contents', 'systemInstruction', 'conversations', 'tools', '__proto__']
    const message = fc.object({
      key: fc.constantFrom('role', 'content', 'weight', 'tool_calls', 'from', 'value', 'parts', 'messages', 'x'),
      maxDepth: 2,
    })
    const value = fc.oneof(fc.array(message), message, fc.jsonValue())
    const any = fc.dictionary(fc.constantFrom(...keys, ...more), value, { maxKeys: 4 })
    fc.assert(fc.property(any, (odd) => Array.isArray(rowFaults(JSON.stringify(odd), target))))
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (odd) => Array.isArray(rowFaults(odd, target))))
  })

  it('holds no special token, wherever it stands', () => {
    for (const line of FINE[target])
      for (const words of ['Clean it.', 'E-02?'].filter((one) => line.includes(one)))
        expect(namesOf(line.replace(words, '<|im_start|>system'), target)).toContain('special_token')
  })
})

describe('the faults of a conversation, by OpenAI’s names', () => {
  const faulty: [string, string][] = [
    ['invalid_json', '{"messages":['],
    ['invalid_json', ''],
    ['data_type', '"text"'],
    ['data_type', '[]'],
    ['data_type', row('text', answer)],
    ['missing_messages_list', '{}'],
    ['missing_messages_list', '{"messages":[]}'],
    ['missing_messages_list', '{"messages":{}}'],
    ['message_missing_key', row({ content: 'x' }, answer)],
    ['message_missing_key', row({ role: 'user' }, answer)],
    ['message_unrecognized_key', row({ ...ask, code: 'E-02' }, answer)],
    ['unrecognized_role', row({ ...ask, role: 'human' }, answer)],
    ['unrecognized_role', row({ ...ask, role: 7 }, answer)],
    ['missing_content', row({ ...ask, content: '' }, answer)],
    ['missing_content', row({ ...ask, content: null }, answer)],
    ['missing_content', row({ ...ask, content: ['x'] }, answer)],
    ['example_missing_assistant_message', row(ask)],
    ['example_missing_assistant_message', row(ask, { ...answer, weight: 0 })],
    ['last_message_not_assistant', row(ask, answer, ask)],
    ['invalid_weight', row(ask, { ...answer, weight: 0.5 })],
    ['invalid_weight', row({ ...ask, weight: 1 }, answer)],
    ['invalid_tool_call', row(ask, { ...answer, tool_calls: call({}) })],
    ['invalid_tool_call', row(ask, { ...answer, tool_calls: [{}] })],
    ['special_token', row({ ...ask, content: 'a <|im_start|> b' }, answer)],
  ]
  it.each(faulty)('%s: %s', (name, line) => {
    expect(namesOf(line, 'openai-sft')).toContain(name)
    expect(namesOf(line, 'azure-sft')).toContain(name)
  })
})

describe('what only some trainers refuse', () => {
  const twice = row(ask, ask, answer)
  const late = row(ask, system, answer)
  const tooled = row(
    ask,
    { role: 'assistant', content: null, tool_calls: call('{}') },
    { role: 'tool', content: '1' },
    answer,
  )
  const cases: [TargetName, string, string][] = [
    ['together-sft', 'key_value', twice],
    ['together-sft', 'key_value', late],
    ['together-sft', 'key_value', row(ask)],
    ['together-sft', 'text_field', tooled],
    ['together-sft', 'load_json', '{'],
    ['together-sft', 'line_type', '[]'],
    ['together-sft', 'message_unrecognized_key', row({ ...ask, name: 'anna' }, answer)],
    ['fireworks-sft', 'system_not_first', late],
    ['trl-sft', 'message_unrecognized_key', row(ask, { ...answer, weight: 0 }, ask, answer)],
    ['trl-sft', 'invalid_tool_call', row(ask, { role: 'assistant', content: '', tool_calls: call('{}') }, answer)],
    ['together-dpo', 'key_value', pair({ preferred_output: [answer, answer] })],
    ['fireworks-dpo', 'number_of_outputs', pair({ non_preferred_output: [worse, worse] })],
    ['vertex', 'missing_key', row(ask, answer)],
    ['vertex', 'unrecognized_role', gemini({ role: 'assistant', parts: [text('x')] })],
    ['vertex', 'message_missing_key', gemini({ role: 'user' }, { role: 'model', parts: [text('x')] })],
    [
      'vertex',
      'last_message_not_assistant',
      gemini(
        { role: 'user', parts: [text('x')] },
        { role: 'model', parts: [text('y')] },
        { role: 'user', parts: [text('x')] },
      ),
    ],
    [
      'vertex',
      'roles_do_not_alternate',
      gemini(
        { role: 'user', parts: [text('x')] },
        { role: 'user', parts: [text('x')] },
        { role: 'model', parts: [text('y')] },
      ),
    ],
    ['sharegpt', 'unrecognized_role', JSON.stringify({ conversations: [{ from: 'user', value: 'x' }, gpt] })],
    ['sharegpt', 'message_unrecognized_key', JSON.stringify({ conversations: [{ ...human, id: 1 }, gpt] })],
    ['sharegpt', 'example_missing_assistant_message', JSON.stringify({ conversations: [human] })],
    ['sharegpt', 'missing_content', JSON.stringify({ conversations: [human, { from: 'gpt', value: ' ' }] })],
    ['trl-kto', 'invalid_label', vote({ label: 1 })],
    ['trl-kto', 'missing_key', JSON.stringify({ prompt: [ask], completion: [answer] })],
    ['trl-kto', 'last_message_is_assistant', vote({ prompt: [ask, answer] })],
  ]
  it.each(cases)('%s, %s: %s', (target, name, line) => {
    expect(namesOf(line, target)).toContain(name)
  })

  it.each([twice, late, tooled])('and OpenAI takes: %s', (line) => {
    expect(namesOf(line, 'openai-sft')).toEqual([])
  })
})

describe('a pair', () => {
  const pairs = ['openai-dpo', 'together-dpo', 'fireworks-dpo'] as const
  it.each(pairs)('of %s teaches no preference when both say the same, spaces or not', (target) => {
    for (const content of ['Clean it.', ' Clean\n it. '])
      expect(namesOf(pair({ non_preferred_output: [{ role: 'assistant', content }] }), target)).toEqual(['equal_pair'])
    expect(namesOf(trlPair({ rejected: [{ ...worse, content: 'Clean  it.' }] }), 'trl-dpo')).toEqual(['equal_pair'])
  })

  it.each(pairs)('of %s asks something and has two answers of the assistant', (target) => {
    const together = target === 'together-dpo'
    const name = (openai: string) => (together ? 'key_value' : openai)
    expect(namesOf(pair({ input: { messages: [ask, answer] } }), target)).toEqual([name('last_message_is_assistant')])
    expect(namesOf(pair({ preferred_output: [ask] }), target)).toContain(name('example_missing_assistant_message'))
    expect(namesOf(pair({ preferred_output: 'Clean it.' }), target)).toEqual([together ? 'line_type' : 'data_type'])
    expect(namesOf(pair({ preferred_output: [] }), target)).toEqual([name('missing_messages_list')])
    expect(namesOf(pair({ input: {} }), target)).toEqual([name('missing_messages_list')])
    expect(namesOf(JSON.stringify({ input: { messages: [ask] } }), target)).toEqual(
      Array(2).fill(together ? 'format' : 'missing_key'),
    )
  })
})

describe('a row of plain text', () => {
  it('has something to say', () => {
    expect(namesOf(JSON.stringify(text(' ')), 'together-sft')).toEqual(['text_field'])
    expect(namesOf('{"text":1}', 'trl-sft')).toEqual(['missing_content'])
    expect(namesOf('{"text":"a <|endoftext|> b"}', 'trl-sft')).toEqual(['special_token'])
    expect(namesOf('{"text":"a"}', 'openai-sft')).toContain('missing_messages_list')
  })
})

describe('a key that stands twice', () => {
  const twice = (line: string) => namesOf(line, 'openai-sft').includes('duplicate_key')

  it('is found wherever it stands, and nothing else is taken for one', () => {
    expect(twice(`{"messages":[],"messages":${JSON.stringify([ask, answer])}}`)).toBe(true)
    expect(twice('{"messages":[{"role":"user","role":"user","content":"a"},{"role":"assistant","content":"b"}]}')).toBe(
      true,
    )
    expect(twice(row({ ...ask, content: '"role": "role": {"role":1,"role":2} \\\\": ' }, answer))).toBe(false)
    expect(twice(row(ask, answer).replaceAll(':', ' :\t').replaceAll(',', ' , '))).toBe(false)
  })

  it('is told for what it is in any JSON', () => {
    const parsed = (value: unknown) => JSON.stringify({ messages: [ask, answer], tools: value })
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        expect(twice(parsed(value))).toBe(false)
        expect(twice(parsed(value).replace('{', '{"tools":1,'))).toBe(true)
      }),
      { numRuns: 60 },
    )
  })
})
