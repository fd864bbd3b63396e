import { createReadStream } from 'node:fs'
import { AppError, isAbort } from './errors.ts'

export class FileUnreadableError extends AppError {
  constructor(file: string, why: string, options?: ErrorOptions) {
    super({
      code: 'file_unreadable',
      message: `${file}: ${why}`,
      remedy: `${file} cannot be read: ${why}.`,
      ...options,
    })
  }
}

export type Line = {
  /** From 1. */
  number: number
  /** Without the line feed; null when it's longer than the reader holds. */
  bytes: Buffer | null
}

const LINE_FEED = 0x0a
const CHUNK_BYTES = 256 * 1024
/** Far above any row a trainer takes (the largest context is some 500 KB of text). */
const MAX_LINE_BYTES = 8 * 1024 * 1024

type Reading = { signal?: AbortSignal | undefined; onBytes?: (chunk: Buffer) => void }

/**
 * A file line by line in constant memory. Only a line feed ends a line: Node's own reader also splits at U+2028, which
 * may be inside JSON text. The last line needs no line feed. Throws {@link FileUnreadableError}.
 */
export async function* readLines(file: string, reading: Reading = {}): AsyncGenerator<Line> {
  for await (const lines of readLineBlocks(file, reading)) yield* lines
}

/** The same, some hundred lines at a time: awaiting every line costs more than reading it. */
export async function* readLineBlocks(
  file: string,
  { signal, onBytes }: Reading = {},
): AsyncGenerator<readonly Line[]> {
  let number = 1
  let held: Buffer[] = []
  let heldBytes = 0
  const take = (end: Buffer): Line => {
    const length = heldBytes + end.length
    const bytes = length > MAX_LINE_BYTES ? null : held.length === 0 ? end : Buffer.concat([...held, end], length)
    held = []
    heldBytes = 0
    return { number: number++, bytes }
  }
  for await (const chunk of chunksOf(file, signal)) {
    onBytes?.(chunk)
    const lines: Line[] = []
    let start = 0
    for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, start)) {
      lines.push(take(chunk.subarray(start, at)))
      start = at + 1
    }
    const rest = chunk.subarray(start)
    heldBytes += rest.length
    if (heldBytes <= MAX_LINE_BYTES) held.push(rest)
    else held = []
    if (lines.length > 0) yield lines
  }
  if (heldBytes > 0) yield [take(Buffer.alloc(0))]
}

async function* chunksOf(file: string, signal: AbortSignal | undefined): AsyncIterable<Buffer> {
  try {
    yield* createReadStream(file, { signal, highWaterMark: CHUNK_BYTES }) as AsyncIterable<Buffer>
  } catch (cause) {
    if (isAbort(cause)) throw cause
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
    throw new FileUnreadableError(file, WHY[code] ?? `the system says ${code || 'no more'}`, { cause })
  }
}

const WHY: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'we may not read it',
  EPERM: 'we may not read it',
}
