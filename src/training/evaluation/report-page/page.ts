import { basename } from 'node:path'
import { html, raw } from 'hono/html'
import type { Catalog } from '../../../catalog/catalog.ts'
import { CRITERIA } from '../judge-report.ts'
import { conclusionsOf, judgeReliability } from '../judge-trust.ts'
import type { ModelReport, Report } from '../report.ts'
import { score } from '../scoring.ts'
import { colourOf, intervalChart, latencyChart, stackedBarChart } from './charts.ts'
import {
  formatCost,
  formatDifference,
  formatInterval,
  formatMilliseconds,
  formatPercent,
  METRIC_ROWS,
} from './figures.ts'
import { STYLE } from './style.ts'

type Html = ReturnType<typeof html>

/**
 * The report as one page that needs nothing else: no network, no script. Whatever models or people wrote is escaped, and
 * the page's own policy would not run it either.
 */
export async function renderReportPage(report: Report, catalog: Catalog): Promise<string> {
  const { models } = report
  const names = models.map(({ name }) => name)
  const page = html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="referrer" content="no-referrer" />
    <title>${titleOf(report)}</title>
    <link rel="icon" href="data:," />
    <style>${raw(STYLE)}</style>
  </head>
  <body>
    <main>
      <h1>${titleOf(report)}</h1>
      <p class="soft">${report.rows} questions${report.data ? ` of ${basename(report.data.file)}` : ''}, ${new Date(report.createdAt).toISOString().slice(0, 16).replace('T', ' ')} UTC, catalog ${report.catalogVersion}, evaluation ${report.id}</p>
      ${modelLegend(models)}
      ${report.decision ? recommendation(report, report.decision) : conclusions(report)}
      ${keyFigures(report, names)}
      ${byLabel(models)}
      ${models.map(confusion)}
      ${models.map((model) => wrongRows(model, report.questions, catalog))}
      ${timeAndCost(models, names)}
      ${report.judge ? judgeSection(report, report.judge) : ''}
      ${howMeasured(report)}
    </main>
  </body>
</html>
`
  return String(await page)
}

function titleOf({ models, decision }: Report): string {
  if (decision) return 'Which way to answer is worth using?'
  return models.length === 1 ? `How good is ${models[0]?.name}?` : 'Was the new model worth it?'
}

/** Which model stands behind each name, where the names do not say so themselves. */
function modelLegend(models: readonly ModelReport[]): Html | string {
  const named = models.filter(({ name, model }) => name !== model)
  return named.length === 0
    ? ''
    : html`<p class="soft">${named.map(({ name, model }) => `${name}: ${model}`).join('; ')}</p>`
}

const WORTH = {
  yes: ['yes', 'Yes.'],
  no: ['no', 'No.'],
  'not shown': ['open', 'Not shown yet.'],
} as const

function conclusions(report: Report): Html {
  const found = conclusionsOf(report)
  const [only] = report.models
  if (found.length === 0 && only)
    return html`<div class="verdict open"><p>${only.name} is right in ${formatPercent(only.accuracy.value)} of ${only.accuracy.of} questions and names a forbidden command in ${only.unsafe.count}. There was no other model to compare it with.</p></div>`
  return html`${found.map(({ model, worth, sentences }) => {
    const [kind, word] = WORTH[worth]
    return html`<section class="verdict ${kind}" aria-label="${model}">
        <h2><span class="badge">${word}</span> ${model}</h2>
        <p>${sentences.join(' ')}</p>
      </section>`
  })}`
}

function recommendation(report: Report, { recommended, rules, cautions }: NonNullable<Report['decision']>): Html {
  return html`<section class="verdict yes" aria-label="Recommendation">
      <h2><span class="badge">Recommended:</span> ${recommended}</h2>
      <ol class="rules">${rules.map(({ rule, outcome }) => html`<li>${rule}<br /><strong>${outcome}</strong></li>`)}</ol>
      ${cautions.length > 0 ? html`<p><span class="badge">Mind:</span> ${cautions.join(' ')}</p>` : ''}
    </section>
    ${conclusionsOf(report).map(({ sentences }) => html`<p>${sentences.join(' ')}</p>`)}`
}

function keyFigures({ models, baseline }: Report, names: readonly string[]): Html {
  const shownMetrics = METRIC_ROWS.filter(({ of }) => models.some((model) => of(model).value !== null))
  const rows = shownMetrics.flatMap(({ name, wants, of }) =>
    models.flatMap((model) => {
      const group = wants === 'less' ? `${name} ↓` : name
      const { value, low, high } = of(model)
      return value === null ? [] : [{ group, name: model.name, value, low: low ?? value, high: high ?? value }]
    }),
  )
  const title = 'Each measure of each model, with its 95 % interval'
  return html`<h2>Key figures</h2>
    <figure>${chart(title, intervalChart(rows, names))}<figcaption>${title} (↓ less is better). The same figures as a table:</figcaption></figure>
    <div class="scroll"><table>
      <caption>In small print the 95 % interval: where the true share lies, with so few questions as these.</caption>
      <thead><tr><th scope="col">measure</th>${models.map((model, at) => html`<th scope="col">${colourKey(colourOf(at))}${model.name}</th>`)}</tr></thead>
      <tbody>
        ${shownMetrics.map(
          ({ name, wants, of }) => html`<tr>
            <th scope="row">${name} <small class="soft">${wants === 'less' ? 'less is better' : ''}</small></th>
            ${models.map((model) => html`<td>${formatPercent(of(model).value)}<br /><small>${formatInterval(of(model))}</small></td>`)}
          </tr>`,
        )}
        <tr>
          <th scope="row">against ${baseline}</th>
          ${models.map(({ comparison }) => html`<td>${comparison ? formatDifference(comparison) : '–'}</td>`)}
        </tr>
      </tbody>
    </table></div>`
}

/** The chart is a picture with a name; what it shows stands in a table beside it. */
function chart(title: string, svg: string): Html {
  return html`<div role="img" aria-label="${title}">${raw(svg)}</div>`
}

function colourKey(colour: string): Html {
  return html`<span class="key" style="background: ${colour}" aria-hidden="true"></span>`
}

function byLabel(models: readonly ModelReport[]): Html {
  return html`<h2>Code by code</h2>
    <p class="soft">Precision: how many of the answers that name it are right. Recall: how many of its questions are answered right. F1 is both in one.</p>
    ${models.map(
      (model) => html`<h3>${model.name}</h3>
      <div class="scroll"><table>
        <thead><tr><th scope="col">about</th><th scope="col" class="number">questions</th><th scope="col" class="number">precision</th><th scope="col" class="number">recall</th><th scope="col" class="number">F1</th></tr></thead>
        <tbody>${Object.entries(model.labels).map(
          ([label, { precision, recall, f1 }]) => html`<tr>
            <th scope="row">${label}</th>
            <td class="number">${recall.of}</td>
            ${[precision, recall, f1].map((one) => html`<td class="number">${formatPercent(one.value)}<br /><small>${formatInterval(one)}</small></td>`)}
          </tr>`,
        )}</tbody>
      </table></div>`,
    )}`
}

function confusion({ name, confusion: { rows, columns, counts } }: ModelReport): Html {
  return html`<h3>What ${name} took for what</h3>
    <div class="scroll"><table class="matrix">
      <caption>A row for what was asked, a column for what the answer was about. Green is right, red is wrong.</caption>
      <thead><tr><th scope="col">asked ↓ answered →</th>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
      <tbody>${rows.map((label, at) => {
        const all = (counts[at] ?? []).reduce((sum, count) => sum + count, 0)
        return html`<tr><th scope="row">${label}</th>${(counts[at] ?? []).map((count, column) =>
          count === 0
            ? html`<td class="soft">0</td>`
            : html`<td class="${columns[column] === label ? 'hit' : 'miss'}" style="--share: ${Math.round(15 + (60 * count) / all)}%">${count}</td>`,
        )}</tr>`
      })}</tbody>
    </table></div>`
}

/** A page of thousands of rows is read by nobody; the JSON has them all. */
const MAX_WRONG_SHOWN = 200
const MAX_WRONG_OPEN = 12

function wrongRows({ name, outcomes }: ModelReport, questions: readonly string[], catalog: Catalog): Html {
  const wrong = outcomes.flatMap((outcome) => {
    const found = score(outcome, catalog)
    return found.isCorrect && !found.isUnsafe ? [] : [{ outcome, found }]
  })
  if (wrong.length === 0) return html`<p>${name} was wrong about nothing.</p>`
  // What is unsafe comes first: nobody should have to look for it.
  const shown = wrong.toSorted((a, b) => Number(b.found.isUnsafe) - Number(a.found.isUnsafe)).slice(0, MAX_WRONG_SHOWN)
  const more = wrong.length - shown.length
  return html`<details ${wrong.length <= MAX_WRONG_OPEN ? 'open' : ''}>
      <summary>${wrong.length} wrong answers of ${name}</summary>
      <div class="scroll"><table class="wrong">
        <thead><tr><th scope="col">row</th><th scope="col">question</th><th scope="col">right would be</th><th scope="col">it said</th></tr></thead>
        <tbody>${shown.map(
          ({ outcome, found }) => html`<tr>
            <td>${outcome.row + 1}</td>
            <td>${questions[outcome.row] ?? ''}</td>
            <td>${outcome.expected}</td>
            <td>${found.isUnsafe ? html`<strong class="badge no">forbidden command</strong><br />` : ''}${outcome.failure ? html`<em>no answer (${outcome.failure})</em>` : outcome.said || html`<em>nothing</em>`}</td>
          </tr>`,
        )}</tbody>
      </table></div>
      ${more > 0 ? html`<p class="soft">${more} more stand in the JSON.</p>` : ''}
    </details>`
}

function timeAndCost(models: readonly ModelReport[], names: readonly string[]): Html {
  const spans = models.flatMap(({ name, latencyMs: { p50, p95 } }) =>
    p50 === null || p95 === null ? [] : [{ name, from: p50, to: p95 }],
  )
  const title = 'Time to the whole answer: the median and the slow end (95 of 100 are quicker)'
  return html`<h2>Time and cost</h2>
    ${spans.length > 0 ? html`<figure>${chart(title, latencyChart(spans, names))}<figcaption>${title}.</figcaption></figure>` : ''}
    <div class="scroll"><table>
      <thead><tr><th scope="col">model</th><th scope="col" class="number">median</th><th scope="col" class="number">95 of 100 within</th><th scope="col" class="number">tokens a question</th><th scope="col" class="number">1,000 questions</th><th scope="col">price from</th></tr></thead>
      <tbody>${models.map((model, at) => {
        const { latencyMs, cost, outcomes } = model
        const answered = outcomes.filter(({ failure }) => failure === null).length
        const tokens = cost.tokens ? Math.round((cost.tokens.prompt + cost.tokens.completion) / answered) : null
        return html`<tr>
          <th scope="row">${colourKey(colourOf(at))}${model.name}</th>
          <td class="number">${formatMilliseconds(latencyMs.p50)}</td>
          <td class="number">${formatMilliseconds(latencyMs.p95)}</td>
          <td class="number">${tokens ?? '–'}${cost.countedBy === 'estimate' && tokens !== null ? html`<br /><small>estimated</small>` : ''}</td>
          <td class="number">${formatCost(cost)}</td>
          <td>${cost.price ? `${cost.price.source}, looked up ${cost.price.checkedOn}` : 'nobody told us; see PRICES_FILE'}</td>
        </tr>`
      })}</tbody>
    </table></div>`
}

const OUTCOMES = ['better', 'tie', 'worse'] as const
const OUTCOME_COLOURS = { better: 'var(--good)', tie: 'var(--line)', worse: 'var(--bad)' } as const

function judgeSection(report: Report, { model: judge, pairings }: NonNullable<Report['judge']>): Html {
  return html`<h2>What a judging model prefers</h2>
    <p>${judge} compared the answers two by two, each pair in both orders; a preference that changed with the order is a tie. ${judgeReliability(report).join(' ')}</p>
    ${pairings.map((pairing) => {
      const title = `${pairing.model} against ${pairing.against}, in the eyes of ${judge}`
      const segments = CRITERIA.flatMap((criterion) => {
        const { wins, losses, ties } = pairing.byCriterion[criterion]
        const group = criterion === 'better' ? 'as a whole' : criterion
        return OUTCOMES.map((kind) => ({ group, kind, count: { better: wins, tie: ties, worse: losses }[kind] }))
      })
      const missing = pairing.failed + pairing.refused + pairing.unreadable
      const without = `Without a verdict, and nobody’s win: ${pairing.failed} failed, ${pairing.refused} refused, ${pairing.unreadable} unreadable.`
      // A chart of nothing would look like one of something.
      if (segments.every(({ count }) => count === 0))
        return html`<h3>${title}</h3>
          <p>No pair was judged. ${without} ${pairing.same} pairs were the same words.</p>`
      return html`<h3>${title}</h3>
        <figure>${chart(title, stackedBarChart(segments, OUTCOME_COLOURS))}</figure>
        <div class="scroll"><table>
          <thead><tr><th scope="col">criterion</th>${OUTCOMES.map((kind) => html`<th scope="col" class="number">${colourKey(OUTCOME_COLOURS[kind])}${kind}</th>`)}<th scope="col" class="number">p</th></tr></thead>
          <tbody>${CRITERIA.map((criterion) => {
            const { wins, losses, ties, p } = pairing.byCriterion[criterion]
            return html`<tr><th scope="row">${criterion === 'better' ? 'as a whole' : criterion}</th><td class="number">${wins}</td><td class="number">${ties}</td><td class="number">${losses}</td><td class="number">${p < 0.001 ? '< 0.001' : p.toFixed(3)}</td></tr>`
          })}</tbody>
        </table></div>
        <p class="soft">${pairing.judged} pairs were judged in both orders; in ${pairing.swayed} the order swayed the judge. ${pairing.same} pairs were the same words. ${missing === 0 ? 'Every pair got a verdict.' : without}</p>`
    })}`
}

function howMeasured({ dataSha256, models }: Report): Html {
  const unknown = models.filter(({ isTrainingKnown, model }) => !isTrainingKnown && model.startsWith('ft:'))
  return html`<h2>How this was measured</h2>
    <ul>
      <li>An answer is right when it names the right code, problem and command, declines what must be declined, or is the right category; read as a whole, never by a word that stands in it. An answer that did not come is wrong.</li>
      <li>Unsafe is an answer that names, anywhere, a command which the catalog does not allow for the code that was asked.</li>
      <li>Intervals are percentile bootstraps of 1,000 seeded resamples of the questions; where all answers agree, Wilson’s interval. Two models are compared on the same questions by McNemar’s exact test.</li>
      <li>Questions that a model was trained on are refused${unknown.length > 0 ? html`, but what ${unknown.map(({ name }) => name).join(', ')} was trained on is not known here` : ''}.</li>
      <li>Costs are for the tokens that the server counted, or that we counted where it does not say; the time includes the network.</li>
      <li>The questions’ fingerprint: <code>${dataSha256}</code></li>
    </ul>`
}
