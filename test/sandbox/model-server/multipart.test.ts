import { expect, it } from 'vitest'
import { linesOf } from '../../../src/sandbox/model-server/lines.ts'
import { boundaryOf, readMultipart } from '../../../src/sandbox/model-server/multipart.ts'
import fc from '../../support/properties.ts'

/** Cuts bytes into chunks of the given sizes, over and over. */
async function* chunked(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0
  for (let i = 0; at < bytes.length; i += 1) {
    const size = sizes[i % sizes.length] ?? 1
    yield bytes.subarray(at, at + size)
    at += size
  }
}

const BOUNDARY = 'b0undary'
const content = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc
    .array(fc.constantFrom('\r\n', '--', BOUNDARY, `\r\n--${BOUNDARY.slice(0, 5)}`, '\r', 'x', '-'), { maxLength: 20 })
    .map((parts) => Buffer.from(parts.join('')))
    .filter((bytes) => !Buffer.concat([Buffer.from('\r\n'), bytes]).includes(`\r\n--${BOUNDARY}`)),
)
const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 })

function encode(parts: readonly { name: string; filename: string | null; bytes: Uint8Array }[]): Buffer {
  const pieces = parts.flatMap(({ name, filename, bytes }) => [
    Buffer.from(
      `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${filename === null ? '' : `; filename="${filename}"`}\r\n\r\n`,
    ),
    bytes,
    Buffer.from('\r\n'),
  ])
  return Buffer.concat([...pieces, Buffer.from(`--${BOUNDARY}--\r\n`)])
}

it('gives back every part, however the body is cut into chunks', async () => {
  const parts = fc.array(
    fc.record({
      name: fc.constantFrom('file', 'purpose', 'x'),
      filename: fc.constantFrom(null, 'a.jsonl', 'ü b.jsonl'),
      bytes: content,
    }),
    { maxLength: 4 },
  )
  await fc.assert(
    fc.asyncProperty(parts, sizes, fc.boolean(), async (sent, chunkSizes, skips) => {
      const found = []
      for await (const { name, filename, body } of readMultipart(chunked(encode(sent), chunkSizes), BOUNDARY)) {
        const bytes = []
        if (!skips) for await (const chunk of body) bytes.push(Buffer.from(chunk))
        found.push({ name, filename, bytes: [...Buffer.concat(bytes)] })
      }
      expect(found).toEqual(sent.map((part) => ({ ...part, bytes: skips ? [] : [...part.bytes] })))
    }),
  )
})

it('tells a body that ends early or holds no form', async () => {
  const whole = encode([{ name: 'file', filename: 'a', bytes: Buffer.from('abc') }])
  for (const end of [0, 5, 30, whole.length - 6]) {
    const read = async () => {
      for await (const part of readMultipart(chunked(whole.subarray(0, end), [7]), BOUNDARY)) {
        for await (const _ of part.body);
      }
    }
    await expect(read()).rejects.toMatchObject({ status: 400 })
  }
})

it('finds the boundary of a form and of nothing else', () => {
  expect(boundaryOf('multipart/form-data; boundary=abc')).toBe('abc')
  expect(boundaryOf('multipart/form-data; charset=utf-8; boundary="a b"')).toBe('a b')
  expect(boundaryOf('application/json')).toBeNull()
  expect(boundaryOf(undefined)).toBeNull()
})

it('numbers lines as an editor does, however they are cut into chunks', async () => {
  const lines = fc.array(fc.string({ unit: 'grapheme', maxLength: 30 }).map((text) => text.replaceAll(/[\r\n]/g, '')))
  await fc.assert(
    fc.asyncProperty(lines, sizes, fc.constantFrom('\n', '\r\n'), async (texts, chunkSizes, end) => {
      const bytes = Buffer.from(texts.map((text) => text + end).join(''))
      const found = []
      for await (const line of linesOf(chunked(bytes, chunkSizes))) found.push(line)
      expect(found.map((line) => line.number)).toEqual(texts.map((_, i) => i + 1))
      expect(found.map((line) => line.text)).toEqual(texts.map((text) => text.replace(/^\uFEFF/, '')))
    }),
  )
})
