import { readFile } from 'node:fs/promises'
import { findNodeAtLocation, getNodeValue, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser'
import type { z } from 'zod'
import { AppError } from '../lib/errors.ts'
import { type Catalog, createCatalog } from './catalog.ts'
import { CatalogFile } from './schema.ts'

/** The catalog we ship; `CATALOG_FILE` names another. */
export const OWN_CATALOG = new URL('./data/hydrocore-5000.json', import.meta.url)

export type CatalogFault = { line: number; path: string; message: string }

export class CatalogUnusableError extends AppError {
  readonly file: string
  readonly faults: readonly CatalogFault[]
  constructor(file: string, faults: readonly CatalogFault[], options?: ErrorOptions) {
    const list = faults.map(({ line, path, message }) => `  line ${line}${path ? `, ${path}` : ''}: ${message}`)
    super({
      code: 'catalog_unusable',
      message: `${file}: ${faults.length} faults`,
      remedy: `The catalog ${file} cannot be used. Mend these and try again:\n${list.join('\n')}`,
      ...options,
    })
    this.file = file
    this.faults = faults
  }
}

/** Reads a catalog file. Throws {@link CatalogUnusableError} with every fault, its line (from 1) and its key. */
export async function loadCatalog(file: string | URL = OWN_CATALOG): Promise<Catalog> {
  const name = file instanceof URL ? file.pathname : file
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    const message = cause.code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${cause.code ?? 'unknown'})`
    throw new CatalogUnusableError(name, [{ line: 1, path: '', message }], { cause })
  })
  return createCatalog(readCatalog(text, name))
}

/** Parses and checks a catalog's text; comments, trailing commas and a byte order mark are tolerated. */
export function readCatalog(written: string, name: string): CatalogFile {
  const text = written.replace(/^\ufeff/, '')
  const errors: ParseError[] = []
  const tree = parseTree(text, errors, { allowTrailingComma: true })
  const lineAt = (offset: number) => text.slice(0, offset).split('\n').length
  if (errors.length > 0 || !tree) {
    const faults = errors.map(({ error, offset }) => ({
      line: lineAt(offset),
      path: '',
      message: `not valid JSON: ${printParseErrorCode(error)}`,
    }))
    throw new CatalogUnusableError(name, faults.length > 0 ? faults : [{ line: 1, path: '', message: 'it is empty' }])
  }
  const read = CatalogFile.safeParse(getNodeValue(tree))
  if (read.success) return read.data
  const faults = read.error.issues.flatMap(faultsOf)
  throw new CatalogUnusableError(
    name,
    faults.map(({ keys, message }) => ({ line: lineAt(nearestOffset(tree, keys)), path: keys.join('.'), message })),
  )
}

/** An issue in our terms: its key and what's wrong. */
function faultsOf(issue: z.core.$ZodIssue): { keys: (string | number)[]; message: string }[] {
  const keys = issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key))
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ keys: [...keys, key], message: 'nobody reads this key; is it misspelt?' }))
  const [inner] = issue.code === 'invalid_key' ? issue.issues : []
  return [{ keys, message: inner?.message ?? issue.message }]
}

type Node = NonNullable<ReturnType<typeof parseTree>>

/** Where the value at `keys` starts, or the nearest enclosing value if it's missing. */
function nearestOffset(tree: Node, keys: (string | number)[]): number {
  for (let depth = keys.length; depth > 0; depth -= 1) {
    const found = findNodeAtLocation(tree, keys.slice(0, depth))
    if (found) return found.offset
  }
  return tree.offset
}
