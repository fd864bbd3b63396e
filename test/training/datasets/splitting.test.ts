import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadCatalog } from '../../../src/catalog/loading.ts'
import { validateFile } from '../../../src/formats/validating.ts'
import { sha256 } from '../../../src/lib/hash.ts'
import { buildDataset } from '../../../src/training/datasets/datasets.ts'
import { splitFile } from '../../../src/training/datasets/splitting.ts'
import fc from '../../support/properties.ts'
import { runTerminal } from '../../support/terminal.ts'
import { temporaryFolder } from '../temporary.ts'

const row = (question: string, answer: string) =>
  JSON.stringify({
    messages: [
      { role: 'user', content: question },
      { role: 'assistant', content: answer },
    ],
  })
const SUBJECTS = ['pump', 'valve', 'filter', 'sensor', 'modem', 'cable', 'battery', 'display', 'antenna', 'housing']

/** Ten ways of asking about each of three codes: the same words, another code and device. */
const ROWS = SUBJECTS.flatMap((subject, at) =>
  ['E-01', 'E-02', 'W-10'].map((code) =>
    row(
      `The ${subject} of HC5000-A-${1000 + at} tells me ${code}, what shall I do with the ${subject}?`,
      `Error Code ${code} indicates a 'Thing'. Recommended Action: Do it.`,
    ),
  ),
)

async function split(lines: readonly string[], over: { seed?: number; share?: number; end?: string } = {}) {
  const folder = await temporaryFolder()
  const file = join(folder, 'all.jsonl')
  const { seed = 1, share = 0.2, end = '\n' } = over
  await writeFile(file, lines.join(end))
  const made = await splitFile({ file, folder: join(folder, 'out'), seed, share })
  const read = async (path: string) => (await readFile(path, 'utf8')).split('\n').filter(Boolean)
  return { ...made, trained: await read(made.train), held: await read(made.heldOut) }
}

describe('a split file', () => {
  it('has every row on one side, as it was written', async () => {
    const { trained, held } = await split(ROWS)
    expect([...trained, ...held].sort()).toEqual([...ROWS].sort())
  })

  it('has the same words on one side only, whatever the code and the device, and each code on both', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 10_000 }), async (seed) => {
        const { trained, held, manifest, unmeasuredLabels } = await split(ROWS, { seed })
        const subjectsIn = (lines: readonly string[]) =>
          new Set(SUBJECTS.filter((subject) => lines.some((line) => line.includes(`the ${subject}?`))))
        expect(subjectsIn(trained).isDisjointFrom(subjectsIn(held))).toBe(true)
        expect(held).toHaveLength(6)
        expect(unmeasuredLabels).toEqual([])
        for (const { rows } of Object.values(manifest.files))
          expect(new Set(rows.map(({ label }) => label))).toEqual(new Set(['E-01', 'E-02', 'W-10']))
      }),
      { numRuns: 5 },
    )
  })

  it('is byte for byte the same for the same file and seed, and another for another', async () => {
    const [one, two, other] = [await split(ROWS), await split(ROWS), await split(ROWS, { seed: 2 })]
    for (const part of ['train', 'heldOut', 'manifestFile'] as const)
      expect(await readFile(one[part], 'utf8')).toBe(await readFile(two[part], 'utf8'))
    expect(other.held).not.toEqual(one.held)
  })

  it('has a manifest by which its files are known again', async () => {
    const { train, heldOut, manifest } = await split(ROWS)
    for (const [file, record] of [
      [train, manifest.files.train],
      [heldOut, manifest.files.heldOut],
    ] as const) {
      const { sha256, bytes, rows } = await validateFile(file, 'openai-sft', { fewest: 1 })
      expect(record).toMatchObject({ sha256, bytes })
      expect(record.rows).toHaveLength(rows)
    }
    expect(manifest.from?.name).toBe('all.jsonl')
  })

  it('teaches what is repeated once, and neither of two answers', async () => {
    const { trained, held, manifest } = await split([...ROWS, ROWS[0] ?? '', row('Why?', 'a'), row('why?', 'b')])
    expect([...trained, ...held]).toHaveLength(ROWS.length)
    expect(manifest.dropped.map(({ why, source }) => [why, source])).toEqual([
      ['repeated', 'line 31'],
      ['ambiguous', 'line 32'],
      ['ambiguous', 'line 33'],
    ])
  })

  it('follows the manifest beside it: its cases stay together', async () => {
    const folder = await temporaryFolder()
    const built = await buildDataset({ kind: 'assistant', catalog: await loadCatalog(), folder })
    const { manifest } = await splitFile({ file: built.train, folder: join(folder, 'again'), seed: 1, share: 0.2 })
    const cases = ({ rows }: typeof manifest.files.train) => new Set(rows.map((one) => one.case))
    expect(cases(manifest.files.train).isDisjointFrom(cases(manifest.files.heldOut))).toBe(true)
    expect(cases(manifest.files.train).union(cases(manifest.files.heldOut))).toEqual(cases(built.manifest.files.train))
  })

  it('keeps the mark of a file that has one, and takes Windows’ line ends off', async () => {
    const { train, heldOut } = await split([`\uFEFF${ROWS[0]}`, ...ROWS.slice(1)], { end: '\r\n' })
    for (const file of [train, heldOut]) {
      const text = await readFile(file, 'utf8')
      expect(text.startsWith('\uFEFF{')).toBe(true)
      expect(text.includes('\r')).toBe(false)
      expect(text.lastIndexOf('\uFEFF')).toBe(0)
    }
  })

  it.each([
    [[], 'it has no rows'],
    [[...ROWS, 'x'], 'line 31 is no row'],
    [ROWS.slice(0, 3), 'its rows all ask in the same words'],
  ])('cannot be made of anything else', async (lines, why) => {
    await expect(split(lines)).rejects.toMatchObject({ remedy: expect.stringContaining(why) })
  })
})

it('a split that is stopped leaves what was there', async () => {
  const folder = await temporaryFolder()
  const file = join(folder, 'all.jsonl')
  await writeFile(file, ROWS.join('\n'))
  const out = join(folder, 'out')
  const before = await splitFile({ file, folder: out, seed: 1, share: 0.2 })
  const stopping = new AbortController()
  const again = splitFile({
    ...{ file, folder: out, seed: 2, share: 0.2, signal: stopping.signal },
    onProgress: () => stopping.abort(),
  })
  await expect(again).rejects.toMatchObject({ name: 'AbortError' })
  expect((await readdir(out)).sort()).toEqual(['heldout.jsonl', 'manifest.json', 'train.jsonl'])
  expect(sha256(await readFile(before.train, 'utf8'))).toBe(before.manifest.files.train.sha256)
})

describe('dataset build', () => {
  it('keeps a golden set, and what an earlier data set held out, out of training', async () => {
    const folder = await temporaryFolder()
    const build = async (name: string, ...options: string[]) => {
      const words = ['dataset', 'build', '--kind', 'classifier', '--json', '--out', join(folder, name), ...options]
      const { code, out } = await runTerminal(words, { DATABASE_URL: `sqlite:${join(folder, 'a.db')}` })
      expect(code).toBe(0)
      return JSON.parse(out)
        .files.heldOut.rows.map(({ question }: { question: string }) => question)
        .sort()
    }
    const first = await build('first', '--seed', '5')
    expect(await build('other', '--seed', '6')).not.toEqual(first)
    expect(await build('golden', '--seed', '6', '--golden', join(folder, 'first'))).toEqual(first)
    expect(await build('later', '--seed', '6', '--earlier', join(folder, 'first'))).toEqual(first)
  })
})

describe('dataset split', () => {
  it('is done in the terminal', async () => {
    const folder = await temporaryFolder()
    const file = join(folder, 'all.jsonl')
    await writeFile(file, ROWS.join('\n'))
    const run = (...options: string[]) =>
      runTerminal(['dataset', 'split', file, '--out', join(folder, 'out'), ...options])
    const { code, out } = await run()
    expect(code).toBe(0)
    expect(out).toContain('24 rows to train on')
    expect(out).toContain('6 rows held out')
    expect(await run('--share', '2')).toMatchObject({ code: 2 })
    expect(await run('--seed', 'x')).toMatchObject({ code: 2 })
    expect(await run('--golden', join(folder, 'no'))).toMatchObject({ code: 1 })
    expect(await run('--golden', file, '--json')).toMatchObject({
      code: 1,
      err: expect.stringContaining('nothing is left'),
    })
  })
})
