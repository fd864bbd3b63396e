import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runTerminal } from '../../support/terminal.ts'
import { temporaryFolder } from '../temporary.ts'

const row = (question: string, answer = 'Clean it.') =>
  JSON.stringify({
    messages: [
      { role: 'user', content: question },
      { role: 'assistant', content: answer },
    ],
  })
const GOOD = Array.from({ length: 12 }, (_, i) => row(`What does code ${i} mean?`, `It is number ${i}.`))

async function write(content: string | Buffer, name = 'rows.jsonl'): Promise<string> {
  const file = join(await temporaryFolder(), name)
  await writeFile(file, content)
  return file
}
const validate = async (content: string | Buffer, ...options: string[]) =>
  runTerminal(['dataset', 'validate', await write(content), ...options])

describe('dataset validate', () => {
  it('says that good data is fine, what it holds and what it costs', async () => {
    const { code, out } = await validate(GOOD.join('\n'), '--model', 'gpt-4.1-mini')
    expect(code).toBe(0)
    expect(out).toContain('openai-sft: fine')
    expect(out).toContain('conflicts (the same question, another answer): 0')
    expect(out).toMatch(/tokens a row: \d+ to \d+.*counted with o200k_base/)
    expect(out).toMatch(/training: about \$0\.\d\d for [\d,]+ tokens in 8 epochs at \$5 a million \(.*checked on 2026/)
  })

  it('tells faults by their lines, the same ones together, and ends with 1', async () => {
    const { code, out, err } = await validate([...GOOD, 'x', '{"messages":[]}', 'y'].join('\n'))
    expect(code).toBe(1)
    expect(out).toContain('lines 13, 15: invalid_json: the line is not valid JSON')
    expect(out).toContain('line 14: missing_messages_list')
    expect(err).toBe('3 faults. Mend them before training.')
  })

  it('ends with 1 on a conflict and on a leak', async () => {
    expect(await validate([...GOOD, row('What does code 1 mean?', 'Else.')].join('\n'))).toMatchObject({
      code: 1,
      err: '1 conflict. Mend them before training.',
    })
    const heldOut = await write(GOOD.slice(0, 2).join('\n'))
    expect(await validate(GOOD.join('\n'), '--against', heldOut)).toMatchObject({
      code: 1,
      err: '2 leaks. Mend them before training.',
    })
  })

  it('asked about all trainers says who takes the data', async () => {
    const { code, out } = await validate(GOOD.join('\n'), '--target', 'all')
    expect(code).toBe(0)
    expect(out).toContain('fireworks-sft: fine')
    expect(out).toContain('azure-sft: 1 fault')
    expect(out).toContain('take rows of another shape: openai-dpo')
  })

  it('gives the same as JSON', async () => {
    const { out } = await validate(GOOD.join('\n'), '--json')
    expect(JSON.parse(out)).toMatchObject({ rows: 12, content: { duplicates: { count: 0 } }, leaks: null })
  })

  it.each([
    ['an empty file', '', 'the file has 0 examples'],
    ['a file of empty lines', '\n\n', 'the line is empty'],
    ['a list', `[\n${GOOD.join(',\n')}\n]`, 'each row stands on a line of its own'],
    ['UTF-16', Buffer.from(`\uFEFF${GOOD.join('\n')}`, 'utf16le'), 'the file is UTF-16; save it as UTF-8'],
    ['a picture', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0xff]), 'the line is no text'],
    ['a mark', `\uFEFF${GOOD.join('\n')}`, 'starts with a byte order mark'],
    ['deep nesting', `{"messages":${'['.repeat(50_000)}${']'.repeat(50_000)}}`, 'messages[0] is not an object'],
    [
      'a deep role',
      `{"messages":[{"role":${'['.repeat(50_000)}${']'.repeat(50_000)},"content":"a"}]}`,
      'the role too deep to be shown',
    ],
    [
      'a key that stands twice',
      '{"messages":[],"messages":[{"role":"user","content":"\\"a\\": 1"},{"role":"assistant","content":"b"}]}',
      'the key "messages" stands twice',
    ],
    ['numbers', '1\n2', 'the line is not a JSON object'],
  ])('is told what is wrong with %s', async (_, content, told) => {
    const { code, out } = await validate(content)
    expect(code).toBe(1)
    expect(out).toContain(told)
  })

  it('reads lines that end as on Windows, and a last one without an end', async () => {
    expect((await validate(GOOD.join('\r\n'))).code).toBe(0)
    expect((await validate(`${GOOD.join('\r\n')}\r\n`)).code).toBe(0)
  })

  it('says what is wrong with a place where no rows are', async () => {
    const folder = await temporaryFolder()
    expect(await runTerminal(['dataset', 'validate', folder])).toMatchObject({
      code: 1,
      err: expect.stringContaining('it is a folder'),
    })
    expect(await runTerminal(['dataset', 'validate', join(folder, 'no')])).toMatchObject({
      code: 1,
      err: expect.stringContaining('no such file'),
    })
  })

  it('says when it may not read a file', async ({ skip }) => {
    skip(process.getuid?.() === 0, 'the user who runs this may read every file')
    const file = await write('x')
    await chmod(file, 0)
    expect(await runTerminal(['dataset', 'validate', file])).toMatchObject({
      err: expect.stringContaining('may not read'),
    })
  })

  it('takes prices and a context of one’s own', async () => {
    const prices = await write(
      JSON.stringify([
        {
          models: ['ours'],
          training: 1000,
          base: { input: 1, output: 1 },
          tuned: null,
          source: 'us',
          checkedOn: '2026-11-01',
        },
      ]),
    )
    const file = await write(GOOD.join('\n'))
    const { out } = await runTerminal(['dataset', 'validate', file, '--context', '10', '--epochs', '1'], {
      BASE_MODEL: 'ours',
      PRICES_FILE: prices,
    })
    expect(out).toContain('12 rows beyond the 10 tokens that are trained on')
    expect(out).toContain(
      'training: about $0.12 for 120 tokens in one epoch at $1000 a million (us, checked on 2026-11-01)',
    )
    expect(await runTerminal(['dataset', 'validate', file, '--epochs', 'x'])).toMatchObject({ code: 2 })
  })

  it('makes nothing of a folder on its way', async () => {
    const folder = join(await temporaryFolder(), 'a')
    await mkdir(folder)
    expect(await runTerminal(['dataset', 'validate', await write(GOOD.join('\n')), '--against', folder])).toMatchObject(
      {
        code: 1,
        err: expect.stringContaining('it is a folder'),
      },
    )
  })
})
