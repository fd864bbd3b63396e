import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { sizeFaults } from '../../src/formats/faults.ts'
import { TARGET_NAMES, TARGETS, type Target, type TargetName } from '../../src/formats/targets.ts'
import { validateFile } from '../../src/formats/validating.ts'
import { temporaryFolder } from '../support/folder.ts'

const ask = { role: 'user', content: 'E-02?' }
const answer = { role: 'assistant', content: 'Clean it.' }
const good = JSON.stringify({ messages: [ask, answer] })
const bad = JSON.stringify({ messages: [ask] })
const tenGood = Array<string>(10).fill(good)
const MARK = '\uFEFF'

async function write(content: string | Buffer): Promise<string> {
  const folder = await temporaryFolder()
  onTestFinished(() => folder[Symbol.asyncDispose]())
  const file = join(folder.path, 'rows.jsonl')
  await writeFile(file, content)
  return file
}
const told = async (content: string | Buffer, target: TargetName = 'openai-sft') =>
  (await validateFile(await write(content), target)).faults.map(({ line, name }) => [line, name])

describe('a training file', () => {
  it('that is right passes with its totals', async () => {
    const text = `${tenGood.join('\n')}\n`
    expect(await validateFile(await write(text), 'openai-sft')).toEqual({
      rows: 10,
      bytes: text.length,
      sha256: createHash('sha256').update(text).digest('hex'),
      faults: [],
      faultCount: 0,
    })
  })

  it('needs no line feed at its end', async () => {
    expect(await told(tenGood.join('\n'))).toEqual([])
  })

  it('has its faults told by their line', async () => {
    expect(await told([...tenGood, bad, good, '', 'x'].join('\n'))).toEqual([
      [11, 'example_missing_assistant_message'],
      [13, 'invalid_json'],
      [14, 'invalid_json'],
    ])
  })

  it('that is not UTF-8, or has a line longer than any row, is refused at that line and read on after it', async () => {
    const broken = Buffer.concat([Buffer.from(`${tenGood.join('\n')}\n`), Buffer.from([0x22, 0xff, 0x22, 0x0a])])
    expect(await told(Buffer.concat([broken, Buffer.from('x')]))).toEqual([
      [11, 'invalid_text'],
      [12, 'invalid_json'],
    ])
    expect(await told(broken, 'together-sft')).toEqual([[11, 'utf8']])
    const long = JSON.stringify({ messages: [ask, { ...answer, content: 'x'.repeat(9_000_000) }] })
    expect(await told([...tenGood, long, 'x'].join('\n'))).toEqual([
      [11, 'invalid_text'],
      [12, 'invalid_json'],
    ])
  })

  it('with countless faults lists the first hundred and counts all', async () => {
    const check = await validateFile(await write('x\n'.repeat(5_000)), 'openai-sft')
    expect(check.faults).toHaveLength(100)
    expect(check.faultCount).toBe(5_000)
  })

  it('has lines of one shape only', async () => {
    const other = JSON.stringify({ prompt: 'E-02?', completion: 'Clean it.' })
    expect(await told([good, other, good].join('\n'), 'together-sft')).toEqual([[2, 'format']])
    expect(await told([other, other].join('\n'), 'trl-sft')).toEqual([])
  })

  it('that is not there is told as such', async () => {
    await expect(validateFile('/no/such/file.jsonl', 'vertex')).rejects.toMatchObject({ code: 'file_unreadable' })
  })

  it('may be shorter where it is only measured on', async () => {
    expect((await validateFile(await write(good), 'openai-sft', { fewest: 1 })).faults).toEqual([])
    expect((await validateFile(await write(''), 'openai-sft', { fewest: 1 })).faultCount).toBe(1)
  })
})

describe('a byte order mark', () => {
  it('is what Azure asks for', async () => {
    expect(await told(`${MARK}${tenGood.join('\n')}`, 'azure-sft')).toEqual([])
    expect(await told(tenGood.join('\n'), 'azure-sft')).toEqual([[1, 'byte_order_mark']])
  })

  it.each(['openai-sft', 'trl-sft', 'together-sft', 'fireworks-sft'] as const)('is refused by %s', async (target) => {
    expect(await told(`${MARK}${tenGood.join('\n')}`, target)).toEqual([[1, 'byte_order_mark']])
  })
})

describe.each(TARGET_NAMES)('the size of a file for %s', (name) => {
  const target: Target = TARGETS[name]
  const faultsOf = (rows: number, bytes: number) => sizeFaults(name, { rows, bytes }).map((fault) => fault.name)
  const few = target.names.too_few_examples ?? 'too_few_examples'

  it('has a least number of rows', () => {
    expect(faultsOf(target.fewestRows, 1)).toEqual([])
    expect(faultsOf(target.fewestRows - 1, 1)).toEqual([few])
  })

  it('has a most where the trainer names one', () => {
    if (Number.isFinite(target.mostRows)) expect(faultsOf(target.mostRows + 1, 1)).toEqual(['too_many_examples'])
    const large = target.names.file_too_large ?? 'file_too_large'
    expect(faultsOf(target.fewestRows, 1e13)).toEqual(Number.isFinite(target.mostBytes) ? [large] : [])
  })
})

it('counts what the reference says', () => {
  const fewest = Object.fromEntries(TARGET_NAMES.map((name) => [name, TARGETS[name].fewestRows]))
  expect(fewest).toMatchObject({
    'openai-sft': 10,
    'openai-dpo': 10,
    'azure-sft': 10,
    'fireworks-sft': 3,
    'fireworks-dpo': 3,
    'together-sft': 1,
  })
  expect(TARGETS['fireworks-sft'].mostRows).toBe(3_000_000)
})
