import { createWriteStream } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { FileUnreadableError, readLines } from '../../src/lib/lines.ts'
import { temporaryFolder } from '../support/folder.ts'
import { heldBytes } from '../support/memory.ts'
import fc from '../support/properties.ts'

async function newFile(name: string): Promise<string> {
  const folder = await temporaryFolder()
  onTestFinished(() => folder[Symbol.asyncDispose]())
  return join(folder.path, name)
}

describe('a file read line by line', () => {
  const write = async (content: string) => {
    const file = await newFile('rows.jsonl')
    await writeFile(file, content)
    return file
  }

  it('is read in the memory of a few lines, whatever its size', async () => {
    const file = await newFile('large.jsonl')
    const out = createWriteStream(file)
    const block = `${JSON.stringify({ text: 'x'.repeat(900) })}\n`.repeat(1_000)
    for (let i = 0; i < 60; i += 1) out.write(block)
    out.end()
    await finished(out)
    const before = heldBytes()
    let most = 0
    let rows = 0
    for await (const _ of readLines(file)) {
      rows += 1
      if (rows % 10_000 === 0) most = Math.max(most, heldBytes() - before)
    }
    expect(rows).toBe(60_000)
    expect(most).toBeLessThan(10 * 1024 * 1024)
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

  it.each([
    ['is not there', '/no/such/file.jsonl', /no such file/],
    ['is a folder', '/', /a folder/],
  ])('that %s is told as such', async (_, path, words) => {
    const read = async () => {
      for await (const _ of readLines(path));
    }
    const error: unknown = await read().catch((thrown) => thrown)
    expect(error).toBeInstanceOf(FileUnreadableError)
    expect((error as FileUnreadableError).remedy).toMatch(words)
  })
})
