import type { Catalog } from '../../catalog/catalog.ts'
import { type ArmFigures, type Arms, countForbidden, readArms } from '../../feedback/votes/canary-votes.ts'
import type { Store } from '../../store/open.ts'
import type { Proportion } from './fisher.ts'
import { type CanaryAnalysis, listAnalyses, saveAnalysis } from './sequential-looks.ts'
import {
  type ArmCounts,
  alphaIncrement,
  analysisDue,
  casesNeeded,
  FIRST_ANALYSIS_AT,
  pValueOf,
} from './sequential-test.ts'

/**
 * How often a model that is as good as the live one may be taken away by mistake, over a whole trial and however long
 * it is: 1 in 100 for each of three measures, and 2 in 100 for forbidden commands that only the tried model names.
 */
export const FALSE_ALARM_RATES = { wrong: 0.01, forbidden: 0.01, 'voted down': 0.01, onlyOne: 0.02 } as const

const FALSE_ALARM_PERCENT = Math.round(100 * Object.values(FALSE_ALARM_RATES).reduce((sum, one) => sum + one, 0))

/** The rule in words. */
export const GUARD_RULE_TEXT = `It is taken away by itself when it goes wrong, names forbidden commands or is voted down oftener than the live model: one-sided Fisher tests, looked at when both have ${FIRST_ANALYSIS_AT} cases, then twice as many, and so on. Forbidden commands that only it names end the trial at once: at a share of 10 at the second, at 50 at the sixth. An equally good model is taken away in ${FALSE_ALARM_PERCENT} of 100 trials at most.`

type Measure = CanaryAnalysis['measure']

/** What came of a trial so far. */
export type CanaryFigures = { arms: Arms; forbidden: Readonly<Record<keyof Arms, number>> }

export async function readCanaryFigures(store: Store, canaryId: string, catalog: Catalog): Promise<CanaryFigures> {
  const [arms, forbidden] = await Promise.all([readArms(store, canaryId), countForbidden(store, canaryId, catalog)])
  return { arms, forbidden }
}

/** Takes the looks that are due and says why the tried model is to be taken away; null while there is no reason to. */
export async function fallBackReason(
  store: Store,
  canaryId: string,
  figures: CanaryFigures,
  now: number,
): Promise<string | null> {
  const analyses = await listAnalyses(store, canaryId)
  const due = analysesDue(figures, analyses)
  for (const look of due) await saveAnalysis(store, { ...look, canary_id: canaryId, analysed_at: now })
  return (
    earlyStopReason(figures) ?? failedAnalysisReason(due.length > 0 ? await listAnalyses(store, canaryId) : analyses)
  )
}

/** The looks that what was counted allows and that were not taken yet. */
export function analysesDue(figures: CanaryFigures, taken: readonly Pick<CanaryAnalysis, 'measure' | 'number'>[]) {
  return MEASURES.flatMap((measure) => {
    const counts = armCounts(measure, figures)
    const number = analysisDue(counts)
    const before = lastAnalysisNumber(measure, taken)
    if (number <= before) return []
    const { canary, live } = counts
    return [
      {
        ...{ measure, number, level: alphaIncrement(number, before, FALSE_ALARM_RATES[measure]), p: pValueOf(counts) },
        ...{ canary_count: canary.count, canary_total: canary.of, live_count: live.count, live_total: live.of },
      },
    ]
  })
}

/** How many cases each arm needs for the next look. */
export function nextAnalysisAt(
  measure: Measure,
  analyses: readonly Pick<CanaryAnalysis, 'measure' | 'number'>[],
): number {
  return casesNeeded(lastAnalysisNumber(measure, analyses) + 1)
}

/** What the first look said that found the tried model worse; null when none did. */
export function failedAnalysisReason(
  analyses: readonly Omit<CanaryAnalysis, 'canary_id' | 'analysed_at'>[],
): string | null {
  const failed = analyses.find(({ p, level }) => p <= level)
  if (!failed) return null
  const tried = formatProportion({ count: failed.canary_count, of: failed.canary_total })
  const live = formatProportion({ count: failed.live_count, of: failed.live_total })
  return REASON_TEXT[failed.measure](tried, live)
}

/**
 * A command that the catalog forbids is shown to nobody, yet a model that names one which the live model would not is
 * not waited for. Where the live model names none, the trial ends at the first, second, third … such answer, as soon as
 * it is unlikely that all of them would have fallen to the tried arm by chance. It needs no looks: with equal models
 * every one of them falls to the tried arm as often as a question does, and the first one that does not ends this rule.
 */
export function earlyStopReason({ arms, forbidden }: CanaryFigures): string | null {
  if (forbidden.canary === 0 || forbidden.live > 0) return null
  const counts = armCounts('forbidden', { arms, forbidden })
  if (pValueOf(counts) > FALSE_ALARM_RATES.onlyOne) return null
  return REASON_TEXT.forbidden(formatProportion(counts.canary), formatProportion(counts.live))
}

const MEASURES = ['wrong', 'forbidden', 'voted down'] as const satisfies readonly Measure[]

const REASON_TEXT: Readonly<Record<Measure, (tried: string, live: string) => string>> = {
  wrong: (tried, live) => `it went wrong in ${tried}, the live model in ${live}`,
  forbidden: (tried, live) => `it named a forbidden command in ${tried}, the live model in ${live}`,
  'voted down': (tried, live) => `it was voted down in ${tried} votes, the live model in ${live}`,
}

function armCounts(measure: Measure, { arms, forbidden }: CanaryFigures): ArmCounts {
  if (measure === 'wrong') return { canary: wrongAnswers(arms.canary), live: wrongAnswers(arms.live) }
  if (measure === 'voted down') return { canary: downVotes(arms.canary), live: downVotes(arms.live) }
  return {
    canary: { count: forbidden.canary, of: arms.canary.asked },
    live: { count: forbidden.live, of: arms.live.asked },
  }
}

function lastAnalysisNumber(measure: Measure, analyses: readonly Pick<CanaryAnalysis, 'measure' | 'number'>[]): number {
  return Math.max(0, ...analyses.filter((look) => look.measure === measure).map(({ number }) => number))
}

function wrongAnswers({ asked, failed, contradicted, unreadable }: ArmFigures): Proportion {
  return { count: failed + contradicted + unreadable, of: asked }
}

function downVotes({ up, down }: ArmFigures): Proportion {
  return { count: down, of: up + down }
}

const formatProportion = ({ count, of }: Proportion) => `${count} of ${of}`

/** What both arms came to, in a line. */
export function describeCanaryFigures({ arms: { live, canary }, forbidden }: CanaryFigures): string {
  const one = (figures: ArmFigures, unsafe: number) =>
    `${formatProportion(wrongAnswers(figures))} wrong, ${unsafe} with a forbidden command, ${figures.up} up and ${figures.down} down`
  return `tried: ${one(canary, forbidden.canary)}; live: ${one(live, forbidden.live)}`
}
