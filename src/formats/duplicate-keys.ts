import { visit } from 'jsonc-parser'

/**
 * A key that stands twice in one object of a line that is valid JSON, null where none does. Parsers keep the last of
 * them and say nothing, so half a row would be lost unseen.
 */
export function duplicateKeyIn(line: string, parsed: unknown): string | null {
  return keysWritten(line) === keysIn(parsed) ? null : nameDuplicate(line)
}

const QUOTE = 0x22
const COLON = 0x3a
const BACKSLASH = 0x5c
const SPACE = 0x20

/** Strings that a colon follows, counted without reading what they say: it is done for every row. */
function keysWritten(line: string): number {
  let keys = 0
  for (let start = line.indexOf('"'); start >= 0; ) {
    const end = endOfString(line, start)
    let next = end + 1
    // White space of JSON is the space and what is below it.
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
    // Nested deeper than the stack goes: then it cannot be told which key it is.
    if (!(error instanceof RangeError)) throw error
    found ??= '…'
  }
  return found
}
