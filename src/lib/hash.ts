import { createHash, hash } from 'node:crypto'

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** A number evenly spread over keys and stable for each. */
export function hashRank(key: string): number {
  return hash('sha256', key, 'buffer').readUIntBE(0, 6)
}
