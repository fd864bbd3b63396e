import { createHash } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Catalog } from '../../../src/catalog/catalog.ts'
import { loadCatalog } from '../../../src/catalog/loading.ts'
import { validateFile } from '../../../src/formats/validating.ts'
import { buildDataset, splitExamples } from '../../../src/training/datasets/datasets.ts'
import { assistantExamples, classifierExamples, type Example } from '../../../src/training/datasets/examples.ts'
import { readManifest } from '../../../src/training/datasets/manifest.ts'
import fc from '../../support/properties.ts'
import { temporaryFolder } from '../temporary.ts'

let catalog: Catalog
beforeAll(async () => {
  catalog = await loadCatalog()
})

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const casesOf = (examples: readonly Example[]) => new Set(examples.map((one) => one.case))
const questionsOf = (examples: readonly Example[]) =>
  examples.map(({ messages }) => JSON.stringify(messages.slice(1, -1)))

const seeds = fc.integer({ min: 0, max: 2 ** 31 })

describe('a split', () => {
  it('has no way of asking, and no question, on both sides, whatever the seed', () => {
    for (const { examples } of [assistantExamples(catalog), classifierExamples()])
      fc.assert(
        fc.property(seeds, (seed) => {
          const { train, heldOut, dropped } = splitExamples(examples, { seed })
          expect(casesOf(train).isDisjointFrom(casesOf(heldOut))).toBe(true)
          const both = [...questionsOf(train), ...questionsOf(heldOut)]
          expect(new Set(both).size).toBe(both.length)
          expect(both.length + dropped.length).toBe(examples.length)
        }),
        { numRuns: 15 },
      )
  })

  it('holds every code and every kind on both sides', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { train, heldOut } = splitExamples(assistantExamples(catalog).examples, { seed })
        for (const side of [train, heldOut]) {
          expect(new Set(side.map(({ label }) => label))).toEqual(new Set(['E-01', 'E-02', 'E-05', 'W-10', 'declined']))
          expect(new Set(side.map(({ stratum }) => stratum))).toEqual(
            new Set(['code', 'symptom', 'again', 'next', 'switch', 'off-topic']),
          )
        }
        const perCode = catalog.codes.map(({ code }) => heldOut.filter(({ label }) => label === code).length)
        expect(Math.max(...perCode) - Math.min(...perCode)).toBe(0)
      }),
      { numRuns: 15 },
    )
  })

  it('keeps about a fifth for measuring and is small enough to train quickly', () => {
    const { train, heldOut } = splitExamples(assistantExamples(catalog).examples, { seed: 2026 })
    expect(heldOut.length / (train.length + heldOut.length)).toBeGreaterThan(0.15)
    expect(heldOut.length / (train.length + heldOut.length)).toBeLessThan(0.3)
    expect(train.length).toBeGreaterThan(100)
    expect(train.length).toBeLessThan(300)
  })

  it('differs with the seed and not without', () => {
    const { examples } = classifierExamples()
    expect(splitExamples(examples, { seed: 1 })).toEqual(splitExamples(examples, { seed: 1 }))
    expect(casesOf(splitExamples(examples, { seed: 1 }).heldOut)).not.toEqual(
      casesOf(splitExamples(examples, { seed: 2 }).heldOut),
    )
  })

  it('teaches neither answer where one question has two', () => {
    const [first, second] = classifierExamples().examples
    if (!first || !second) throw new Error('no examples')
    const answered = (content: string): Example => ({
      ...first,
      messages: [...first.messages.slice(0, -1), { role: 'assistant', content }],
    })
    const { train, heldOut, dropped } = splitExamples([answered('Power'), answered('Security'), second], { seed: 1 })
    expect([...train, ...heldOut]).toHaveLength(1)
    expect(dropped.map(({ why }) => why)).toEqual(['ambiguous', 'ambiguous'])
  })
})

describe('a written data set', () => {
  it('is byte for byte the same for the same seed, and valid for its trainer', async () => {
    const [one, two] = [await temporaryFolder(), await temporaryFolder()]
    const first = await buildDataset({ kind: 'assistant', catalog, folder: one })
    await buildDataset({ kind: 'assistant', catalog, folder: two })
    for (const name of ['train.jsonl', 'heldout.jsonl', 'manifest.json'])
      expect(await readFile(join(one, name), 'utf8')).toBe(await readFile(join(two, name), 'utf8'))
    expect((await validateFile(first.train, 'openai-sft')).faults).toEqual([])
    expect((await validateFile(first.heldOut, 'openai-sft')).faults).toEqual([])
  })

  it('has a manifest that knows every line and where it comes from', async () => {
    const folder = await temporaryFolder()
    const correction = {
      id: 'cor_1',
      question: 'E-05 since the storm',
      weight: 1,
      statement: {
        code: 'E-05',
        problem: 'Communication module failure',
        action: 'Attempt remote reboot twice',
        command: 'REBOOT_COMM',
        fallback: null,
      },
    }
    const { manifestFile } = await buildDataset({ kind: 'assistant', catalog, corrections: [correction], folder })
    const manifest = await readManifest(manifestFile)
    for (const file of [manifest.files.train, manifest.files.heldOut]) {
      const text = await readFile(join(folder, file.name), 'utf8')
      const lines = text.split('\n').slice(0, -1)
      expect(file.sha256).toBe(sha256(text))
      expect(file.rows.map((row) => row.sha256)).toEqual(lines.map(sha256))
      for (const [i, row] of file.rows.entries())
        expect(row.source, lines[i]).toBe(lines[i]?.includes('reboot twice') ? 'cor_1' : 'catalog')
    }
    expect(manifest.catalogVersion).toBe(catalog.version)
  })

  it('carries nothing but messages in its lines', async () => {
    const { train } = await buildDataset({ kind: 'classifier', catalog, folder: await temporaryFolder() })
    for (const line of (await readFile(train, 'utf8')).split('\n').filter(Boolean)) {
      const row = JSON.parse(line)
      expect(Object.keys(row)).toEqual(['messages'])
      for (const message of row.messages) expect(Object.keys(message)).toEqual(['role', 'content'])
    }
  })

  it('keeps what an earlier one held out on that side, under another seed and with more corrections', async () => {
    const folder = await temporaryFolder()
    const { manifest: earlier } = await buildDataset({
      kind: 'classifier',
      catalog,
      folder: join(folder, 'a'),
      seed: 1,
    })
    const held = new Set(earlier.files.heldOut.rows.map(({ question }) => question))
    const { manifest: later } = await buildDataset({
      kind: 'classifier',
      catalog,
      folder: join(folder, 'b'),
      seed: 2,
      earlierManifest: earlier,
    })
    expect(later.files.train.rows.filter(({ question }) => held.has(question))).toEqual([])
    expect(new Set(later.files.heldOut.rows.map(({ question }) => question))).toEqual(held)
  })

  it('leaves no unfinished file behind and says what is wrong when it cannot be written', async () => {
    const folder = await temporaryFolder()
    await writeFile(join(folder, 'taken'), 'a file')
    const build = buildDataset({ kind: 'classifier', catalog, folder: join(folder, 'taken') })
    await expect(build).rejects.toMatchObject({ code: 'dataset_unusable', remedy: expect.stringContaining('a file') })
    expect(await readdir(folder)).toEqual(['taken'])
  })

  it('is not read from a file that is something else', async () => {
    const file = join(await temporaryFolder(), 'manifest.json')
    for (const text of ['', '{}', '[1]', '{"format":"other"}']) {
      await writeFile(file, text)
      await expect(readManifest(file)).rejects.toMatchObject({ code: 'dataset_unusable' })
    }
    await expect(readManifest(`${file}.no`)).rejects.toMatchObject({ code: 'dataset_unusable' })
  })
})
