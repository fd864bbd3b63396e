import { visit } from 'jsonc-parser'

/**
 * A key that occurs twice in one object of a valid JSON line; null where none does. Parsers silently keep the last one,
 * so half a row would be lost.
 */
export function duplicateKeyIn(line: string, parsed: unknown): string | null {
  return keysWritten(line) === keysIn(parsed) ? null : nameDuplicate(line)
}

const QUOTE = 0x22
const COLON = 0x3a
const BACKSLASH = 0x5c
const SPACE = 0x20

/** Strings followed by a colon, counted without parsing them: this runs for every row. */
function keysWritten(line: string): number {
  let keys = 0
  for (let start = line.indexOf('"'); start >= 0; ) {
    const end = endOfString(line, start)
    let next = end + 1
    // JSON's white space is the space and what's below it.
    while (line.charCodeAt(next) <= SPACE) next += 1
    if (line.charCodeAt(next) === COLON) keys += 1
    start = line.indexOf('"', line.charCodeAt(next) === QUOTE ? next : next + 1)
  }
  return keys
}

function endOfString(line: string, start: number): number {
  for (let end = line.indexOf('"', start + 1); end >= 0; end = line.indexOf('"', end + 1)) {
    let slashes = 0
    while (line.charCodeAt(end - 1 - slashes) === BACKSLASH) slashes += 1
    if (slashes % 2 === 0) return end
  }
  return line.length
}

function keysIn(parsed: unknown): number {
  let keys = 0
  const open: unknown[] = [parsed]
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (typeof value !== 'object' || value === null) continue
    if (Array.isArray(value)) for (const one of value) open.push(one)
    else
      for (const one of Object.values(value)) {
        keys += 1
        open.push(one)
      }
  }
  return keys
}

function nameDuplicate(line: string): string | null {
  const open: Set<string>[] = []
  let found: string | null = null
  try {
    visit(line, {
      onObjectBegin: () => void open.push(new Set()),
      onObjectEnd: () => void open.pop(),
      onObjectProperty: (key) => {
        const keys = open.at(-1)
        if (keys?.has(key)) found ??= key
        keys?.add(key)
      },
    })
  } catch (error) {
    // Nested deeper than the stack allows: the key can't be named.
    if (!(error instanceof RangeError)) throw error
    found ??= '…'
  }
  return found
}
