import * as Plot from '@observablehq/plot'
import { parseHTML } from 'linkedom'

const WIDTH = 800
const LINE = 26
/** The widest system fonts take so many pixels a letter at this size; long names are cut in the middle. */
const CHAR_WIDTH = 7.4
const MAX_NAME_CHARS = 34

/** A share of one model with its interval. */
export type ModelInterval = { group: string; name: string; value: number; low: number; high: number }

/** Dots with their intervals, a block for each group; the same name has the same colour in all of them. */
export function intervalChart(rows: readonly ModelInterval[], names: readonly string[]): string {
  const shown = rows.map((row) => ({ ...row, name: truncateMiddle(row.name) }))
  return draw(names, (common) => ({
    ...common,
    height: rows.length * LINE + new Set(rows.map(({ group }) => group)).size * 10 + 50,
    marginRight: widthOf(rows.map(({ group }) => group)),
    x: { domain: [0, 1], tickFormat: '%', grid: true, label: null },
    fy: { domain: [...new Set(rows.map(({ group }) => group))], label: null, axis: 'right', padding: 0.15 },
    y: { domain: names.map(truncateMiddle), label: null, tickSize: 0 },
    marks: [
      Plot.ruleY(shown, {
        fy: 'group',
        y: 'name',
        x1: 'low',
        x2: 'high',
        stroke: 'name',
        strokeWidth: 5,
        strokeOpacity: 0.35,
      }),
      Plot.dot(shown, { fy: 'group', y: 'name', x: 'value', fill: 'name', r: 5 }),
    ],
  }))
}

export type LatencySpan = { name: string; from: number; to: number }

/** From the median to the slow end, in milliseconds. */
export function latencyChart(spans: readonly LatencySpan[], names: readonly string[]): string {
  const shown = spans.map((span) => ({ ...span, name: truncateMiddle(span.name) }))
  return draw(names, (common) => ({
    ...common,
    height: spans.length * LINE + 50,
    x: { zero: true, grid: true, label: 'milliseconds', labelOffset: 40, nice: true },
    y: { domain: names.map(truncateMiddle), label: null, tickSize: 0 },
    marks: [
      Plot.ruleY(shown, { y: 'name', x1: 'from', x2: 'to', stroke: 'name', strokeWidth: 5, strokeOpacity: 0.35 }),
      Plot.dot(shown, { y: 'name', x: 'from', fill: 'name', r: 5 }),
      Plot.tickX(shown, { y: 'name', x: 'to', stroke: 'name', strokeWidth: 3 }),
    ],
  }))
}

export type StackSegment = { group: string; kind: string; count: number }

/** Counts side by side in one bar a group, in the order of the kinds, each with its colour. */
export function stackedBarChart(segments: readonly StackSegment[], kinds: Readonly<Record<string, string>>): string {
  const groups = [...new Set(segments.map(({ group }) => group))]
  const names = Object.keys(kinds)
  return draw(names, (common) => ({
    ...common,
    color: { domain: names, range: Object.values(kinds) },
    height: groups.length * LINE + 50,
    marginLeft: widthOf(groups),
    x: { label: 'questions', labelOffset: 40, grid: true },
    y: { domain: groups, label: null, tickSize: 0 },
    marks: [Plot.barX(segments, { y: 'group', x: 'count', fill: 'kind', order: names, insetTop: 3, insetBottom: 3 })],
  }))
}

/** The colours are the page's own, so that they follow its light and dark. */
export function colourOf(at: number): string {
  return `var(--series-${(at % COLOURS) + 1})`
}
const COLOURS = 6

function draw(names: readonly string[], build: (common: Plot.PlotOptions) => Plot.PlotOptions): string {
  const { document } = parseHTML('<html><body></body></html>')
  const svg = Plot.plot(
    build({
      document,
      width: WIDTH,
      marginLeft: widthOf(names),
      marginBottom: 44,
      color: { domain: names.map(truncateMiddle), range: names.map((_, at) => colourOf(at)) },
      style: { fontSize: '12px', background: 'transparent' },
    }),
  )
  // The page names the chart: what stands in an attribute here is escaped less well than there.
  svg.setAttribute('aria-hidden', 'true')
  return svg.outerHTML
}

function widthOf(names: readonly string[]): number {
  return Math.ceil(Math.max(...names.map((name) => truncateMiddle(name).length), 4) * CHAR_WIDTH) + 16
}

function truncateMiddle(name: string): string {
  if (name.length <= MAX_NAME_CHARS) return name
  const half = Math.floor((MAX_NAME_CHARS - 1) / 2)
  return `${name.slice(0, half)}…${name.slice(-half)}`
}
