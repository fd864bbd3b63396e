import { writeFile } from 'node:fs/promises'
import { generatedFiles } from './generated.ts'

for (const { url, text } of await generatedFiles()) await writeFile(url, text)
