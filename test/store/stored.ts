import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Databases of landed schemas, one file for each migration and kind of database. */
export const STORED = new URL('./stored/', import.meta.url)

export type StoredDatabase = {
  /** All that its migrations ran, and a row in every table. */
  statements: { sql: string; parameters: (string | number | null)[] }[]
}

/** The stored databases of one kind, by the migration that was their newest. */
export function listStored(kind: 'sqlite' | 'postgres'): { migration: string; database: StoredDatabase }[] {
  const ending = `.${kind}.json`
  return globSync(`*${ending}`, { cwd: fileURLToPath(STORED) })
    .toSorted()
    .map((file) => ({
      migration: file.slice(0, -ending.length),
      database: JSON.parse(readFileSync(new URL(file, STORED), 'utf8')) as StoredDatabase,
    }))
}
