import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readLines } from '../../src/training/lines.ts'
import { type FaultName, rowFaults, validateOpenaiSft, writeRow } from '../../src/training/openai-format.ts'
import { temporaryFolder } from './temporary.ts'

const ask = { role: 'user', content: 'E-02?' }
const answer = { role: 'assistant', content: 'Clean it.' }
const row = (...messages: unknown[]) => JSON.stringify({ messages })
const good = row(ask, answer)

describe('a row', () => {
  const faulty: [FaultName, string][] = [
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
    ['special_token', row({ ...ask, content: 'a <|im_start|> b' }, answer)],
    ['special_token', row({ ...ask, content: '<|endoftext|>' }, answer)],
  ]
  it.each(faulty)('with the fault %s is told by that name: %s', (name, line) => {
    expect(rowFaults(line).map((fault) => fault.name)).toContain(name)
  })

  const fine = [
    good,
    row({ role: 'system', content: 'x' }, ask, answer),
    row(ask, { ...answer, weight: 0 }, ask, { ...answer, weight: 1 }),
    row(
      ask,
      { role: 'assistant', content: null, tool_calls: [] },
      { role: 'tool', content: '1', tool_call_id: 'a' },
      answer,
    ),
    JSON.stringify({ messages: [ask, answer], tools: [], parallel_tool_calls: false }),
    row({ ...ask, name: 'anna' }, { ...answer, content: 'a < b | c > d \u2028 <| x |>' }),
  ]
  it.each(fine)('that is right has no fault: %s', (line) => {
    expect(rowFaults(line)).toEqual([])
  })

  it('is never too odd to be checked', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (line) => Array.isArray(rowFaults(line))))
    const message = fc.object({ key: fc.constantFrom('role', 'content', 'weight', 'tool_calls', 'x'), maxDepth: 1 })
    fc.assert(fc.property(fc.array(message), (messages) => Array.isArray(rowFaults(JSON.stringify({ messages })))))
  })

  it('as we write it has no fault, and says what was given', () => {
    const content = fc
      .string({ unit: 'binary', minLength: 1 })
      .filter((text) => text.trim() !== '' && !text.includes('<|'))
    fc.assert(
      fc.property(content, content, (asked, said) => {
        const messages = [
          { role: 'user' as const, content: asked },
          { role: 'assistant' as const, content: said },
        ]
        expect(rowFaults(writeRow(messages))).toEqual([])
        expect(JSON.parse(writeRow(messages))).toEqual({ messages })
        expect(writeRow(messages)).not.toContain('\n')
      }),
    )
  })
})

describe('a file', () => {
  const write = async (content: string | Buffer) => {
    const file = join(await temporaryFolder(), 'rows.jsonl')
    await writeFile(file, content)
    return file
  }
  const tenGood = Array(10).fill(good)

  it('that is right passes with its totals', async () => {
    const text = `${tenGood.join('\n')}\n`
    expect(await validateOpenaiSft(await write(text))).toEqual({
      rows: 10,
      bytes: text.length,
      sha256: createHash('sha256').update(text).digest('hex'),
      faults: [],
      faultCount: 0,
    })
  })

  it('needs no line feed at its end', async () => {
    expect(await validateOpenaiSft(await write(tenGood.join('\n')))).toMatchObject({ rows: 10, faultCount: 0 })
  })

  it('has its faults told by their line', async () => {
    const lines = [...tenGood, row(ask), good, '', 'x']
    const { faults } = await validateOpenaiSft(await write(lines.join('\n')))
    expect(faults.map(({ line, name }) => [line, name])).toEqual([
      [11, 'example_missing_assistant_message'],
      [13, 'invalid_json'],
      [14, 'invalid_json'],
    ])
  })

  it('of fewer than ten examples, empty, with a byte order mark or not in UTF-8 is refused', async () => {
    const names = async (content: string | Buffer) =>
      (await validateOpenaiSft(await write(content))).faults.map(({ line, name }) => [line, name])
    expect(await names(`${good}\n`)).toEqual([[null, 'too_few_examples']])
    expect(await names('')).toEqual([[null, 'too_few_examples']])
    expect(await names(`\uFEFF${tenGood.join('\n')}`)).toEqual([[1, 'invalid_text']])
    expect(
      await names(Buffer.concat([Buffer.from(`${tenGood.join('\n')}\n`), Buffer.from([0x22, 0xff, 0x22])])),
    ).toEqual([[11, 'invalid_text']])
  })

  it('with a line longer than any row is refused at that line, and read on after it', async () => {
    const { faults, rows } = await validateOpenaiSft(
      await write([...tenGood, row(ask, { ...answer, content: 'x'.repeat(9_000_000) }), 'x'].join('\n')),
    )
    expect(faults.map(({ line, name }) => [line, name])).toEqual([
      [11, 'invalid_text'],
      [12, 'invalid_json'],
    ])
    expect(rows).toBe(12)
  })

  it('that is not there is told as such', async () => {
    await expect(validateOpenaiSft('/no/such/file.jsonl')).rejects.toMatchObject({ code: 'dataset_unusable' })
  })

  it('with countless faults lists the first hundred and counts all', async () => {
    const check = await validateOpenaiSft(await write('x\n'.repeat(5_000)))
    expect(check.faults).toHaveLength(100)
    expect(check.faultCount).toBe(5_000)
  })

  it('is read in the memory of a few lines, whatever its size', async () => {
    const file = join(await temporaryFolder(), 'large.jsonl')
    const out = createWriteStream(file)
    const block = `${row({ ...ask, content: 'x'.repeat(900) }, answer)}\n`.repeat(1_000)
    for (let i = 0; i < 60; i += 1) out.write(block)
    out.end()
    await finished(out)
    const before = process.memoryUsage().arrayBuffers
    let most = 0
    let rows = 0
    for await (const _ of readLines(file)) {
      rows += 1
      if (rows % 1_000 === 0) most = Math.max(most, process.memoryUsage().arrayBuffers - before)
    }
    expect(rows).toBe(60_000)
    expect(most).toBeLessThan(40 * 1024 * 1024)
  })

  it('splits at line feeds only, wherever the chunks end', async () => {
    const text = fc.string({ unit: fc.constantFrom('a', '\n', '\r', '\u2028', '€', '"'), maxLength: 80 })
    await fc.assert(
      fc.asyncProperty(text, async (content) => {
        const file = await write(content)
        const lines: string[] = []
        for await (const { bytes } of readLines(file)) lines.push(bytes?.toString() ?? '')
        expect(lines).toEqual(
          (content.endsWith('\n') ? content.slice(0, -1) : content).split('\n').slice(content ? 0 : 1),
        )
      }),
      { numRuns: 40 },
    )
  })
})
