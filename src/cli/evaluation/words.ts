import { CRITERIA, type Pairing } from '../../training/evaluation/judge-report.ts'
import { conclusionsOf, judgeReliability } from '../../training/evaluation/judge-trust.ts'
import type { ModelReport, Report } from '../../training/evaluation/report.ts'
import {
  formatCost,
  formatDifference,
  formatInterval,
  formatMilliseconds,
  METRIC_ROWS,
} from '../../training/evaluation/report-page/figures.ts'
import type { Estimate, Rate } from '../../training/evaluation/statistics.ts'
import { counted, percent, printable, printRows } from '../printing.ts'
import type { Terminal } from '../program.ts'

const [RIGHT, ...OTHERS] = METRIC_ROWS

/** The report as a table, with a line per measure and a column per model, followed by its conclusions. */
export function printReport(report: Report, terminal: Terminal): void {
  const { id, rows, models, data } = report
  const labels = [...new Set(models.flatMap(({ byLabel }) => Object.keys(byLabel)))].sort()
  const line = (measure: string, of: (model: ModelReport) => string) => ({
    measure,
    ...Object.fromEntries(models.map((model) => [model.name, of(model)])),
  })
  const lines = [
    ...(RIGHT ? [line(RIGHT.name, (model) => between(RIGHT.of(model)))] : []),
    ...labels.map((label) =>
      line(`  ${label}`, ({ byLabel }) => {
        const share = byLabel[label]
        return share ? `${percent(share.value)} (${share.count} of ${share.of})` : '–'
      }),
    ),
    ...OTHERS.map(({ name, of }) => line(name, (model) => between(of(model)))),
    line(
      'latency p50 / p95',
      ({ latencyMs: { p50, p95 } }) => `${formatMilliseconds(p50)} / ${formatMilliseconds(p95)}`,
    ),
    line('cost of 1,000 questions', ({ cost }) => formatCost(cost)),
    line(`against ${report.baseline}`, ({ comparison }) => (comparison ? formatDifference(comparison) : '–')),
  ]
  // Measures that no row tests are left out.
  const told = lines.filter(({ measure: _, ...values }) => Object.values(values).some((value) => value !== '–'))
  printRows(terminal, told, { empty: '' })
  const named = models.filter(({ name, model }) => name !== model)
  if (named.length > 0) terminal.out(printable(named.map(({ name, model }) => `${name}: ${model}`).join('; ')))
  for (const sentence of inWords(report)) terminal.out(printable(sentence))
  const unknown = models.filter(({ model, isTrainingKnown }) => model.startsWith('ft:') && !isTrainingKnown)
  for (const { model } of unknown)
    terminal.err(
      printable(
        `What ${model} was trained on is not known here, so rows it has seen could not be refused (--trained-on).`,
      ),
    )
  terminal.out(
    `evaluation ${id}, ${counted(rows, 'row')}${data ? ` of ${printable(data.file)}` : ''}; in brackets the 95 % interval`,
  )
}

function between(one: Rate | Estimate): string {
  return one.low === null ? percent(one.value) : `${percent(one.value)} (${formatInterval(one)})`
}

const WORTH = { yes: 'Worth it', no: 'Not worth it', 'not shown': 'Not shown yet' } as const

function inWords(report: Report): string[] {
  const { decision, judge } = report
  return [
    ...(decision
      ? [
          `Recommended: ${decision.recommended}`,
          ...decision.rules.map(({ rule, outcome }) => `- ${rule} ${outcome}`),
          ...decision.cautions.map((caution) => `- Mind: ${caution}`),
        ]
      : conclusionsOf(report).map(({ worth, sentences }) => `${WORTH[worth]}: ${sentences.join(' ')}`)),
    ...(judge ? [...judge.pairings.map(judgement), ...judgeReliability(report)] : []),
  ]
}

function judgement(pairing: Pairing): string {
  const { model, against, byCriterion, same, judged, swayed, failed, refused, unreadable } = pairing
  const criteria = CRITERIA.map((criterion) => {
    const { wins, losses, ties } = byCriterion[criterion]
    return `${criterion} ${wins}:${losses} (${ties} ties)`
  })
  const without =
    failed + refused + unreadable > 0
      ? `; without a verdict: ${failed} failed, ${refused} refused, ${unreadable} unreadable`
      : ''
  return `The judge on ${model} : ${against}: ${criteria.join(', ')}; ${judged} judged in both orders, swayed by the order ${swayed}, same words ${same}${without}`
}
