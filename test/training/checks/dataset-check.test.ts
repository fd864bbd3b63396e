import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type CheckRequest, checkDataset } from '../../../src/training/checks/dataset-check.ts'
import { openTokenizer } from '../../../src/training/checks/tokens.ts'
import { temporaryFolder } from '../temporary.ts'

const row = (question: string, answer: string, system = 'You help.') =>
  JSON.stringify({
    messages: [
      { role: 'system', content: system },
      { role: 'user', content: question },
      { role: 'assistant', content: answer },
    ],
  })
const QUESTION = 'Since this morning the unit in the north basin shows E-02 again and again. What shall we do now?'

async function write(name: string, lines: readonly string[]): Promise<string> {
  const file = join(await temporaryFolder(), name)
  await writeFile(file, lines.map((line) => `${line}\n`).join(''))
  return file
}

async function check(lines: readonly string[], over: Partial<CheckRequest> = {}) {
  return checkDataset({
    files: [await write('train.jsonl', lines)],
    targets: 'fitting',
    model: { tokenizer: await openTokenizer(''), context: null, price: null },
    ...over,
  })
}
const at = (line: number) => ({ file: 0, line })

describe('the content of training data', () => {
  it('has its duplicates, near-duplicates and conflicts told by their lines', async () => {
    const { content } = await check([
      row(QUESTION, 'Clean it.'),
      row('What does E-01 mean?', 'Drift.'),
      row(QUESTION.toUpperCase(), 'Clean it.'),
      row(`Hello! ${QUESTION}`, 'Clean it.'),
      row('What does  E-01 mean?', 'Something else.'),
      row(`Hi! ${QUESTION}`, 'Another answer: so it is another case.'),
    ])
    expect(content?.duplicates).toEqual({ count: 1, first: [{ at: at(3), of: at(1) }] })
    expect(content?.nearDuplicates).toEqual({ count: 1, first: [{ at: at(4), of: at(1) }] })
    expect(content?.conflicts).toEqual({ count: 1, first: [{ at: at(5), of: at(2) }] })
  })

  it('may answer one question differently under other instructions, or after other turns', async () => {
    const turns = (first: string, answer: string) =>
      JSON.stringify({
        messages: [
          { role: 'user', content: first },
          { role: 'assistant', content: 'Yes.' },
          { role: 'user', content: 'And then?' },
          { role: 'assistant', content: answer },
        ],
      })
    const { content } = await check([
      row(QUESTION, 'Clean it.'),
      row(QUESTION, 'Sensor_Fault', 'You classify.'),
      turns('E-01?', 'One.'),
      turns('E-02?', 'Two.'),
    ])
    expect(content?.conflicts.count).toBe(0)
  })

  it('of pairs contradicts itself where one prefers what the other refuses, of votes where both are cast', async () => {
    const pair = (good: string, bad: string) =>
      JSON.stringify({
        input: { messages: [{ role: 'user', content: 'E-02?' }] },
        preferred_output: [{ role: 'assistant', content: good }],
        non_preferred_output: [{ role: 'assistant', content: bad }],
      })
    const pairs = await check([pair('a', 'b'), pair('c', 'b'), pair('b', 'a')])
    expect(pairs.content?.conflicts).toEqual({ count: 1, first: [{ at: at(3), of: at(1) }] })
    const vote = (label: boolean) =>
      JSON.stringify({
        prompt: [{ role: 'user', content: 'E-02?' }],
        completion: [{ role: 'assistant', content: 'Clean it.' }],
        label,
      })
    expect((await check([vote(true), vote(false)])).content?.conflicts.count).toBe(1)
    expect((await check([vote(true), vote(true)])).content?.duplicates.count).toBe(1)
  })

  it('is weighed by what the rows are about', async () => {
    const answers = [...Array<string>(30).fill('Power'), 'Security', 'Security', 'Security']
    const { content } = await check(answers.map((answer, i) => row(`Log: ${i}`, answer)))
    expect(content?.labels).toEqual([
      { label: 'Power', rows: 30 },
      { label: 'Security', rows: 3 },
    ])
    expect(content?.imbalance).toBe(10)
  })

  it('is measured in tokens, cut at the context, and priced', async () => {
    const tokenizer = await openTokenizer('gpt-4.1-mini')
    const price = { training: 1_000_000, input: 1, output: 1, source: 'test', checkedOn: '2026-11-22' }
    const rows = [row('one', 'a', 'b'), row('one two three', 'a', 'b'), row('word '.repeat(100), 'a', 'b')]
    const { content } = await check(rows, { model: { tokenizer, context: 50, price, epochs: 2 } })
    const [min, median, max] = rows.map((line) => tokenizer.count(JSON.parse(line).messages))
    expect(content?.tokens).toMatchObject({
      ...{ isEstimate: false, min, median, max },
      overContext: { rows: 1, first: [{ file: 0, line: 3, tokens: max }] },
    })
    expect(content?.cost).toMatchObject({ epochs: 2, dollars: 2 * (content?.tokens?.trained ?? 0) })
    expect(content?.tokens?.trained).toBe((content?.tokens?.min ?? 0) + (content?.tokens?.median ?? 0) + 50)
  })

  it('of several files is that of one data set', async () => {
    const files = [await write('a.jsonl', [row(QUESTION, 'a')]), await write('b.jsonl', [row(QUESTION, 'a')])]
    const { content, rows } = await check([], { files })
    expect(rows).toBe(2)
    expect(content?.duplicates.first).toEqual([{ at: { file: 1, line: 1 }, of: at(1) }])
  })
})

describe('a leak', () => {
  it('is a question that stands in the other data, whatever its answer and its instructions', async () => {
    const against = [await write('heldout.jsonl', [row('other', 'b'), row(QUESTION, 'Clean it.')])]
    const { leaks } = await check(
      [row('mine', 'a'), row(QUESTION.toLowerCase(), 'x', 'Otherwise.'), row(`Hello! ${QUESTION}`, 'Clean it.')],
      { against },
    )
    expect(leaks?.leaks).toEqual({ count: 1, first: [{ at: at(2), of: at(2) }] })
    expect(leaks?.nearLeaks).toEqual({ count: 1, first: [{ at: at(3), of: at(2) }] })
  })

  it('is looked for even where only the rules are asked for', async () => {
    const against = [await write('heldout.jsonl', [row(QUESTION, 'a')])]
    const { leaks, content } = await check([row(QUESTION, 'a')], { against, model: null })
    expect(leaks?.leaks.count).toBe(1)
    expect(content).toBeNull()
  })
})

describe('all targets', () => {
  it('are those that take rows of this shape', async () => {
    const fitting = async (line: object) =>
      Object.keys((await check([JSON.stringify(line)])).files[0]?.checks ?? {}).sort()
    const [user, assistant] = [
      { role: 'user', content: 'a' },
      { role: 'assistant', content: 'b' },
    ]
    expect(await fitting({ messages: [user, assistant] })).toEqual([
      'azure-sft',
      'fireworks-sft',
      'openai-sft',
      'together-sft',
      'trl-sft',
    ])
    expect(await fitting({ prompt: [user], completion: [assistant], label: true })).toEqual(['trl-kto'])
    expect(await fitting({ text: 'a' })).toEqual(['together-sft', 'trl-sft'])
    expect(await fitting({ conversations: [] })).toEqual(['sharegpt'])
    expect(await fitting({ unknown: 1 })).toHaveLength(12)
  })
})
