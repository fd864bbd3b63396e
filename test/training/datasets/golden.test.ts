import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Catalog } from '../../../src/catalog/catalog.ts'
import { loadCatalog } from '../../../src/catalog/loading.ts'
import { writeRow } from '../../../src/formats/writing.ts'
import { questionSha256 } from '../../../src/training/checks/question-key.ts'
import { benchmarkIn } from '../../../src/training/datasets/benchmark.ts'
import type { ApprovedCorrection } from '../../../src/training/datasets/correction-examples.ts'
import { buildDataset, splitExamples } from '../../../src/training/datasets/datasets.ts'
import { assistantExamples, type Example } from '../../../src/training/datasets/examples.ts'
import { readGoldenSet } from '../../../src/training/datasets/golden.ts'
import { splitFile } from '../../../src/training/datasets/splitting.ts'
import fc from '../../support/properties.ts'
import { temporaryFolder } from '../temporary.ts'

let catalog: Catalog
let examples: readonly Example[]
beforeAll(async () => {
  catalog = await loadCatalog()
  examples = assistantExamples(catalog).examples
})

async function goldenOf(rows: readonly Pick<Example, 'messages'>[]) {
  const file = join(await temporaryFolder(), 'golden.jsonl')
  await writeFile(file, rows.map(({ messages }) => `${writeRow(messages)}\n`).join(''))
  return readGoldenSet(file)
}

const questions = (rows: readonly Pick<Example, 'messages'>[]) =>
  new Set(rows.map(({ messages }) => questionSha256(messages)))
const lastQuestion = ({ messages }: Example) => messages.at(-2)?.content ?? ''
const some = () => fc.uniqueArray(fc.nat({ max: 200 }), { minLength: 1, maxLength: 12 })
const seeds = fc.integer({ min: 0, max: 2 ** 31 })

describe('a golden row', () => {
  it('is never built into training, whatever the seed and the share, nor by a correction of the same question', async () => {
    await fc.assert(
      fc.asyncProperty(some(), seeds, fc.double({ min: 0.05, max: 0.6, noNaN: true }), async (picked, seed, share) => {
        const rows = picked.flatMap((at) => examples[at] ?? [])
        const golden = await goldenOf(rows)
        const corrections = rows.flatMap((row, at): ApprovedCorrection[] =>
          row.stratum === 'code' && row.label !== 'declined'
            ? [{ id: `cor_${at}`, question: lastQuestion(row), statement: statementOf(row.label), weight: 5 }]
            : [],
        )
        const later = assistantExamples(catalog, corrections).examples
        const { train } = splitExamples(later, { seed, share, golden })
        expect(questions(train).isDisjointFrom(questions(rows))).toBe(true)
        expect(train.filter((row) => golden.hasQuestion(row.messages))).toEqual([])
      }),
      { numRuns: 6 },
    )
  })

  it('is never split into training, however the file grew and its order changed', async () => {
    await fc.assert(
      fc.asyncProperty(some(), seeds, fc.nat({ max: 260 }), async (picked, seed, from) => {
        const rows = picked.flatMap((at) => examples[at] ?? [])
        const golden = await goldenOf(rows)
        const folder = await temporaryFolder()
        const file = join(folder, 'all.jsonl')
        const grown = [...examples.slice(from), ...examples.slice(0, from), ...rows]
        await writeFile(file, grown.map(({ messages }) => `${writeRow(messages)}\n`).join(''))
        const { manifest } = await splitFile({ file, folder: join(folder, 'out'), seed, share: 0.2, golden })
        const trained = new Set(manifest.files.train.rows.map(({ question }) => question))
        expect(trained.isDisjointFrom(questions(rows))).toBe(true)
        expect(manifest.golden).toEqual({ sha256: golden.sha256, rows: golden.rows, name: 'golden.jsonl' })
      }),
      { numRuns: 5 },
    )
  })

  it('of an earlier data set’s folder is one that was held out there', async () => {
    const folder = await temporaryFolder()
    const earlier = await buildDataset({ kind: 'classifier', catalog, folder: join(folder, 'a'), seed: 1 })
    const golden = await readGoldenSet(join(folder, 'a'))
    expect(golden.sha256).toBe(earlier.manifest.files.heldOut.sha256)
    const later = await buildDataset({ kind: 'classifier', catalog, folder: join(folder, 'b'), seed: 2, golden })
    const { sha256, rows } = earlier.manifest.files.heldOut
    expect(benchmarkIn(earlier.manifest)).toMatchObject({ kind: 'held out', sha256, name: 'heldout.jsonl' })
    expect(benchmarkIn(later.manifest)).toEqual({
      ...{ kind: 'golden', sha256, rows: rows.length, name: 'heldout.jsonl' },
      alsoSha256: later.manifest.files.heldOut.sha256,
    })
    const held = rows.map(({ question }) => question)
    expect(new Set(later.manifest.files.heldOut.rows.map(({ question }) => question))).toEqual(new Set(held))
  })

  it('is not overwritten', async () => {
    const folder = await temporaryFolder()
    const { heldOut } = await buildDataset({ kind: 'classifier', catalog, folder })
    const before = await readFile(heldOut, 'utf8')
    const again = buildDataset({ kind: 'classifier', catalog, folder, seed: 3, golden: await readGoldenSet(folder) })
    await expect(again).rejects.toMatchObject({ remedy: expect.stringContaining('it would be overwritten') })
    expect(await readFile(heldOut, 'utf8')).toBe(before)
  })

  it.each([
    ['', 'it has no rows'],
    ['x\n', '1 of its lines are no rows'],
  ])('cannot be kept out of training when it cannot be read: %j', async (text, why) => {
    const file = join(await temporaryFolder(), 'golden.jsonl')
    await writeFile(file, text)
    await expect(readGoldenSet(file)).rejects.toMatchObject({ remedy: expect.stringContaining(why) })
  })
})

function statementOf(code: string) {
  const entry = catalog.find(code)
  if (!entry) throw new Error(`there is no ${code}`)
  const { problem, action, command, fallback } = entry
  return { code, problem, action: `${action} with care`, command, fallback: fallback?.text ?? null }
}
