import { distance } from 'fastest-levenshtein'
import type { CatalogFile, CodeEntry, CommandEntry } from './schema.ts'

/** What a device can report and do: the facts that answers are checked against. */
export type Catalog = {
  readonly version: string
  readonly product: string
  readonly codes: readonly CodeEntry[]
  readonly commands: Readonly<Record<string, CommandEntry>>
  /** The code's entry; null when the catalog doesn't have it. */
  find(code: string): CodeEntry | null
  command(name: string): CommandEntry | null
  /** Whether the catalog recommends this command for this code. */
  allows(code: string, command: string): boolean
  /** The known codes that look most similar, the closest first. */
  nearest(code: string, most: number): readonly string[]
  isDeviceId(text: string): boolean
}

export function createCatalog(file: CatalogFile): Catalog {
  const byCode = new Map(file.codes.map((entry) => [entry.code, entry]))
  const devicePattern = new RegExp(file.devicePattern)
  return {
    version: file.version,
    product: file.product,
    codes: file.codes,
    commands: file.commands,
    find: (code) => byCode.get(code) ?? null,
    command: (name) => (Object.hasOwn(file.commands, name) ? (file.commands[name] ?? null) : null),
    allows: (code, command) => byCode.get(code)?.command === command,
    nearest: (code, most) =>
      file.codes
        .map((entry) => ({ code: entry.code, away: distance(code.toUpperCase(), entry.code) }))
        .sort((a, b) => a.away - b.away || a.code.localeCompare(b.code))
        .slice(0, most)
        .map((entry) => entry.code),
    isDeviceId: (text) => devicePattern.test(text),
  }
}
