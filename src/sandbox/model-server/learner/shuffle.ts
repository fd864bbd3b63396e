/** Shuffles row numbers, each time anew, in an order that only the seed decides (mulberry32 and Fisher-Yates). */
export function seededShuffle(seed: number): (count: number) => Int32Array {
  let state = seed | 0
  const random = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return (count) => {
    const rows = Int32Array.from({ length: count }, (_, i) => i)
    for (let i = count - 1; i > 0; i -= 1) {
      const j = Math.floor(random() * (i + 1))
      const kept = rows[i] as number
      rows[i] = rows[j] as number
      rows[j] = kept
    }
    return rows
  }
}
