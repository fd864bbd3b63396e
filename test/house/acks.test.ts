import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const slack = join(import.meta.dirname, '../../src/slack')

/** The listeners behind `onClick`, `onForm` and the like can't ask Slack or a model for anything before their ack. */
it('Slack gets its acks in one place alone', () => {
  const files = globSync('**/*.ts', { cwd: slack }).filter((file) => !file.startsWith('connection/'))
  const acking = files.filter((file) =>
    /\back\b\??\.?\(|\{[^}]*\back\b[^}]*\}[^=]*=>|: \(\{[^}]*\back\b/.test(code(file)),
  )
  expect(acking).toEqual(['platform/listeners.ts'])
})

/** Without its comments, which may speak of acks. */
function code(file: string): string {
  return readFileSync(join(slack, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
}
