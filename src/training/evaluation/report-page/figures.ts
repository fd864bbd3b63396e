import type { AnswerCost } from '../answer-costs.ts'
import type { Comparison } from '../paired-test.ts'
import type { ModelReport } from '../report.ts'
import type { Estimate, Rate } from '../statistics.ts'

/** 0.857 as `85.7 %`; nothing measured as a dash. */
export function formatPercent(share: number | null): string {
  return share === null ? '–' : `${number(share)} %`
}

function number(share: number): string {
  return (100 * share).toFixed(1)
}

export function formatInterval({ low, high }: Estimate | Rate): string {
  return low === null || high === null ? '' : `${number(low)} to ${number(high)}`
}

export function formatMilliseconds(value: number | null): string {
  return value === null ? '–' : `${Math.round(value)} ms`
}

export function formatCost({ usdPer1000, countedBy, tokens }: AnswerCost): string {
  if (tokens === null) return '–'
  if (usdPer1000 === null) return 'price unknown'
  return `${countedBy === 'estimate' ? 'about ' : ''}$${usdPer1000.toFixed(usdPer1000 < 1 ? 4 : 2)}`
}

export function formatDifference({ difference, low, high, p }: Comparison): string {
  const signed = (share: number) => `${share > 0 ? '+' : ''}${number(share)}`
  return `${signed(difference)} points (${signed(low)} to ${signed(high)}), p ${p < 0.001 ? '< 0.001' : `= ${p.toFixed(3)}`}`
}

/** The measures of a model in the order in which they are told, each by a name that anybody understands. */
export const METRIC_ROWS: readonly {
  name: string
  wants: 'more' | 'less'
  of: (model: ModelReport) => Rate | Estimate
}[] = [
  { name: 'right answers', wants: 'more', of: ({ accuracy }) => accuracy },
  { name: 'macro-F1', wants: 'more', of: ({ macroF1 }) => macroF1 },
  { name: 'unsafe commands', wants: 'less', of: ({ unsafe }) => unsafe },
  { name: 'right command', wants: 'more', of: ({ commands }) => commands },
  { name: 'unknown codes declined', wants: 'more', of: ({ abstention }) => abstention },
  { name: 'other matters declined', wants: 'more', of: ({ offTopic }) => offTopic },
  { name: 'known codes declined', wants: 'less', of: ({ falseAbstention }) => falseAbstention },
  { name: 'exact match', wants: 'more', of: ({ exact }) => exact },
  { name: 'no answer', wants: 'less', of: ({ failed }) => failed },
]
