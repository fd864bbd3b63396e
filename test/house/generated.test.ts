import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { generatedFiles } from './generated.ts'

const files = await generatedFiles()

describe('what is drawn from code', () => {
  it.each(files.map(({ url, text }) => ({ name: url.pathname.split('/').at(-1), url, text })))(
    '$name is current (npm run generate writes it)',
    async ({ url, text }) => {
      const written = await readFile(url, 'utf8')
      // Formatting is the linter's matter.
      const plain = (one: string) => (url.pathname.endsWith('.json') ? JSON.stringify(JSON.parse(one)) : one)
      expect(plain(written)).toBe(plain(text))
    },
  )
})
