const BARS = '▁▂▃▄▅▆▇█'

/** Figures as a line of bars, scaled from lowest to highest; with too many, neighbours share a bar. */
export function sparkline(figures: readonly number[], width = 24): string {
  const known = figures.filter(Number.isFinite)
  const bars = Math.min(width, known.length)
  const means = Array.from({ length: bars }, (_, i) => {
    const shared = known.slice(Math.floor((i * known.length) / bars), Math.floor(((i + 1) * known.length) / bars))
    return shared.reduce((sum, figure) => sum + figure, 0) / shared.length
  })
  const low = Math.min(...means)
  const span = Math.max(...means) - low
  return means.map((mean) => BARS[span === 0 ? 0 : Math.round(((mean - low) / span) * (BARS.length - 1))]).join('')
}
