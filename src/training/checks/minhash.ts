/**
 * Finds texts that are nearly the same among very many, by MinHash: each text is a set of four-letter pieces, its
 * signature keeps the smallest of each of 24 hashes over them, and two signatures agree in as many places as their sets
 * have in common. Only texts that share one of six bands of a signature are compared, so the work grows with the
 * number of texts and not with its square.
 */
const HASHES = 24
const BANDS = 6
const ROWS_PER_BAND = HASHES / BANDS
const BUCKETS = 2 ** 17
/** Candidates looked at in one bucket: where everything is built alike, the newest stand for the others. */
const MAX_CANDIDATES = 8
/** Of pairs with nine tenths of their pieces in common some 92 in 100 are found, with four fifths two in five. */
const MAX_MISMATCHES = Math.floor(0.2 * HASHES)
const SHINGLE_CHARS = 4
/** Of a longer text a part of the pieces is taken, the same part of each text. */
const SAMPLED_SHINGLES = 512

/** Beyond these, texts are compared with the first ones only, so that memory stays bounded (some 25 MB). */
export const MAX_INDEXED_ROWS = 2 ** 18

export type MinHashIndex = {
  /** An earlier text that is nearly the same and that `isMeant`, by its number; null where there is none. */
  find: (signature: Uint32Array, matches: (id: number) => boolean) => number | null
  /** Remembers a text under the next number, from 0; null when there is no more room. */
  add: (signature: Uint32Array) => number | null
}

export function createMinHashIndex(): MinHashIndex {
  // The system gives memory to what is written, so that few texts take little of it. Numbers are kept as the next one,
  // and 0 says that there is none.
  const heads = new Int32Array(BANDS * BUCKETS)
  const next = new Int32Array(MAX_INDEXED_ROWS * BANDS)
  const signatures = new Uint16Array(MAX_INDEXED_ROWS * HASHES)
  let size = 0
  const isNearDuplicate = (signature: Uint32Array, id: number) => {
    let others = 0
    for (let i = 0; i < HASHES && others <= MAX_MISMATCHES; i += 1)
      if (signatures[id * HASHES + i] !== ((signature[i] ?? 0) & 0xffff)) others += 1
    return others <= MAX_MISMATCHES
  }
  return {
    find(signature, isMeant) {
      for (let band = 0; band < BANDS; band += 1) {
        let id = (heads[slotOf(signature, band)] ?? 0) - 1
        for (let seen = 0; id >= 0 && seen < MAX_CANDIDATES; seen += 1) {
          if (isMeant(id) && isNearDuplicate(signature, id)) return id
          id = (next[id * BANDS + band] ?? 0) - 1
        }
      }
      return null
    },
    add(signature) {
      if (size >= MAX_INDEXED_ROWS) return null
      const id = size++
      for (let i = 0; i < HASHES; i += 1) signatures[id * HASHES + i] = (signature[i] ?? 0) & 0xffff
      for (let band = 0; band < BANDS; band += 1) {
        const slot = slotOf(signature, band)
        next[id * BANDS + band] = heads[slot] ?? 0
        heads[slot] = id + 1
      }
      return id
    },
  }
}

/** Where the newest text stands that has this band of its signature in common. */
function slotOf(signature: Uint32Array, band: number): number {
  let hash = band
  for (let i = 0; i < ROWS_PER_BAND; i += 1) hash = mix(hash ^ (signature[band * ROWS_PER_BAND + i] ?? 0))
  return band * BUCKETS + ((hash >>> 0) % BUCKETS)
}

/** Odd, so that each only puts the numbers into another order. */
const SEEDS = Int32Array.from({ length: HASHES }, (_, i) => mix(i + 1) | 1)

/** What a text is known by here; case, spacing and punctuation do not count. The same array is used for every text. */
export function createMinHasher(): (text: string) => Uint32Array {
  const signature = new Uint32Array(HASHES)
  return (text) => {
    signature.fill(0xffffffff)
    const plain = ` ${normalizeText(text)} `
    const stride = Math.max(1, Math.floor(plain.length / SAMPLED_SHINGLES))
    for (let at = 0; at + SHINGLE_CHARS <= plain.length; at += 1) {
      let shingle = 0
      for (let i = 0; i < SHINGLE_CHARS; i += 1) shingle = Math.imul(shingle, 0x01000193) ^ plain.charCodeAt(at + i)
      shingle = mix(shingle)
      if (stride > 1 && (shingle >>> 0) % stride !== 0) continue
      for (let i = 0; i < HASHES; i += 1) {
        const value = Math.imul(shingle, SEEDS[i] ?? 1) >>> 0
        if (value < (signature[i] ?? 0)) signature[i] = value
      }
    }
    return signature
  }
}

/** Every bit of the result hangs on every bit given. */
function mix(value: number): number {
  let hash = Math.imul(value ^ (value >>> 16), 0x45d9f3b)
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b)
  return hash ^ (hash >>> 16)
}

/** Letters and digits in small letters; the text itself where it has none. */
function normalizeText(text: string): string {
  const plain = text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
  return plain || text
}
