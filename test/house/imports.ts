import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

export type Import = { file: string; target: string; isTypeOnly: boolean }

const root = join(import.meta.dirname, '../../src')

/** All source files, relative to `src/`, with `/` between folders. */
export const files: readonly string[] = globSync('**/*.ts', { cwd: root }).map(slashes).toSorted()

const STATEMENT =
  /^(?:import|export)\s+(type\s)?[^'"]*?from\s+'([^']+)'|^import\s+'([^']+)'|import\('([^']+)'\)|^declare module '([^']+)'/gm

/** What each file imports: ours by its path in `src/`, a package by its name. */
export const imports: readonly Import[] = files.flatMap((file) =>
  [...readFileSync(join(root, file), 'utf8').matchAll(STATEMENT)].map(([, type, from, bare, dynamic, merged]) => {
    const target = from ?? bare ?? dynamic ?? merged ?? ''
    return {
      file,
      target: target.startsWith('.') ? slashes(relative(root, join(root, dirname(file), target))) : target,
      isTypeOnly: type !== undefined,
    }
  }),
)

const known = new Set(files)
export const isOurs = (target: string): boolean => known.has(target) || /^\w+\/.*\.(ts|json)$/.test(target)

/** The folders that hold a file, from the outermost on, then the file's own name without its ending. */
export const roomsOf = (path: string): readonly string[] => path.replace(/\.\w+$/, '').split('/')

/** Groups of files that import each other in a circle. */
export function circles(): string[][] {
  const arrows = new Map(files.map((file) => [file, [] as string[]]))
  for (const { file, target } of imports) if (known.has(target)) arrows.get(file)?.push(target)
  const found: string[][] = []
  const indexes = new Map<string, number>()
  const lowest = new Map<string, number>()
  const stack: string[] = []
  const visit = (file: string): number => {
    const index = indexes.size
    indexes.set(file, index)
    let low = index
    stack.push(file)
    for (const target of arrows.get(file) ?? []) {
      if (!indexes.has(target)) low = Math.min(low, visit(target))
      else if (stack.includes(target)) low = Math.min(low, indexes.get(target) ?? low)
    }
    lowest.set(file, low)
    if (low === index) {
      const circle = stack.splice(stack.indexOf(file))
      if (circle.length > 1) found.push(circle.toSorted())
    }
    return low
  }
  for (const file of files) if (!indexes.has(file)) visit(file)
  return found
}

function slashes(path: string): string {
  return path.replaceAll('\\', '/')
}
