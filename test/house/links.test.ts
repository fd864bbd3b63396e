import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')
const documents = ['README.md', ...globSync('docs/**/*.md', { cwd: root })]

it.each(documents)('%s links to nothing that is not there', (document) => {
  const text = readFileSync(join(root, document), 'utf8')
  const targets = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, target]) => target ?? '')
  expect(targets.filter((target) => !existsSync(join(root, dirname(document), target)))).toEqual([])
})

it('the architecture names only rooms and files that are there', () => {
  const text = readFileSync(join(root, 'docs/architecture.md'), 'utf8')
  const named = [...text.matchAll(/`([\w-]+(?:\/[\w-]+)*\.ts)`/g)].map(([, file]) => file ?? '')
  const files = globSync('{src,test}/**/*.ts', { cwd: root }).map((file) => `/${file}`)
  expect(named.filter((file) => !files.some((known) => known.endsWith(`/${file}`)))).toEqual([])
})
