import { writeFile } from 'node:fs/promises'
import { buildManifest } from './source.ts'

for (const transport of ['socket', 'http'] as const)
  await writeFile(
    new URL(`./${transport}.json`, import.meta.url),
    `${JSON.stringify(buildManifest(transport), null, 2)}\n`,
  )
