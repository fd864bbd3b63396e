import { readFile } from 'node:fs/promises'
import { buildManifest } from '../../manifest/source.ts'
import { commandDiagram } from './command-diagram.ts'

const ROOT = new URL('../../', import.meta.url)
const DIAGRAM = /(<!-- command-states -->\n)[\s\S]*?(<!-- \/command-states -->)/

/** Everything in the repository that is drawn from code: `npm run generate` writes it, a test holds it to that. */
export async function generatedFiles(): Promise<{ url: URL; text: string }[]> {
  const architecture = new URL('docs/architecture.md', ROOT)
  const text = await readFile(architecture, 'utf8')
  const diagram = `\`\`\`mermaid\n${commandDiagram().trim()}\n\`\`\`\n`
  return [
    { url: architecture, text: text.replace(DIAGRAM, (_, open: string, close: string) => `${open}${diagram}${close}`) },
    ...(['socket', 'http'] as const).map((transport) => ({
      url: new URL(`manifest/${transport}.json`, ROOT),
      text: `${JSON.stringify(buildManifest(transport), null, 2)}\n`,
    })),
  ]
}
