import type { Catalog } from '../../catalog/catalog.ts'
import { type ArmFigures, type Arms, countForbidden, readArms } from '../../feedback/votes/canary-votes.ts'
import type { Store } from '../../store/open.ts'
import type { Part } from './fisher.ts'
import { type CanaryAnalysis, listAnalyses, saveAnalysis } from './sequential-looks.ts'
import { analysisDue, casesFor, chanceOf, FIRST_ANALYSIS_AT, levelOf, type Parts } from './sequential-test.ts'

/**
 * How often a model that is as good as the live one may be taken away by mistake, over a whole trial and however long
 * it is: 1 in 100 for each of three measures, and 2 in 100 for forbidden commands that only the tried model names.
 */
export const FALSE_ALARMS = { wrong: 0.01, forbidden: 0.01, 'voted down': 0.01, onlyOne: 0.02 } as const

const SHARE_OF_TRIALS = Math.round(100 * Object.values(FALSE_ALARMS).reduce((sum, one) => sum + one, 0))

/** The rule in words. */
export const FALL_BACK_RULE = `It is taken away by itself when it goes wrong, names forbidden commands or is voted down oftener than the live model: one-sided Fisher tests, looked at when both have ${FIRST_ANALYSIS_AT} cases, then twice as many, and so on. Forbidden commands that only it names end the trial at once: at a share of 10 at the second, at 50 at the sixth. An equally good model is taken away in ${SHARE_OF_TRIALS} of 100 trials at most.`

type Measure = CanaryAnalysis['measure']

/** What came of a trial so far. */
export type CanaryStanding = { arms: Arms; forbidden: Readonly<Record<keyof Arms, number>> }

export async function readCanaryStanding(store: Store, canaryId: string, catalog: Catalog): Promise<CanaryStanding> {
  const [arms, forbidden] = await Promise.all([readArms(store, canaryId), countForbidden(store, canaryId, catalog)])
  return { arms, forbidden }
}

/** Takes the looks that are due and says why the tried model is to be taken away; null while there is no reason to. */
export async function fallBackReason(
  store: Store,
  canaryId: string,
  standing: CanaryStanding,
  now: number,
): Promise<string | null> {
  const looks = await listAnalyses(store, canaryId)
  const due = analysesDue(standing, looks)
  for (const look of due) await saveAnalysis(store, { ...look, canary_id: canaryId, analysed_at: now })
  return onlyItForbids(standing) ?? failedAnalysis(due.length > 0 ? await listAnalyses(store, canaryId) : looks)
}

/** The looks that what was counted allows and that were not taken yet. */
export function analysesDue(standing: CanaryStanding, taken: readonly Pick<CanaryAnalysis, 'measure' | 'number'>[]) {
  return MEASURES.flatMap((measure) => {
    const parts = partsOf(measure, standing)
    const number = analysisDue(parts)
    const before = lastOf(measure, taken)
    if (number <= before) return []
    const { tried, live } = parts
    return [
      {
        ...{ measure, number, level: levelOf(number, before, FALSE_ALARMS[measure]), p: chanceOf(parts) },
        ...{ canary_count: tried.count, canary_total: tried.of, live_count: live.count, live_total: live.of },
      },
    ]
  })
}

/** How many cases each arm needs for the next look. */
export function nextAnalysisAt(measure: Measure, looks: readonly Pick<CanaryAnalysis, 'measure' | 'number'>[]): number {
  return casesFor(lastOf(measure, looks) + 1)
}

/** What the first look said that found the tried model worse; null when none did. */
export function failedAnalysis(looks: readonly Omit<CanaryAnalysis, 'canary_id' | 'analysed_at'>[]): string | null {
  const bad = looks.find(({ p, level }) => p <= level)
  if (!bad) return null
  const tried = share({ count: bad.canary_count, of: bad.canary_total })
  const live = share({ count: bad.live_count, of: bad.live_total })
  return TOLD[bad.measure](tried, live)
}

/**
 * A command that the catalog forbids is shown to nobody, yet a model that names one which the live model would not is
 * not waited for. Where the live model names none, the trial ends at the first, second, third … such answer, as soon as
 * it is unlikely that all of them would have fallen to the tried arm by chance. It needs no looks: with equal models
 * every one of them falls to the tried arm as often as a question does, and the first one that does not ends this rule.
 */
export function onlyItForbids({ arms, forbidden }: CanaryStanding): string | null {
  if (forbidden.canary === 0 || forbidden.live > 0) return null
  const parts = partsOf('forbidden', { arms, forbidden })
  if (chanceOf(parts) > FALSE_ALARMS.onlyOne) return null
  return TOLD.forbidden(share(parts.tried), share(parts.live))
}

const MEASURES = ['wrong', 'forbidden', 'voted down'] as const satisfies readonly Measure[]

const TOLD: Readonly<Record<Measure, (tried: string, live: string) => string>> = {
  wrong: (tried, live) => `it went wrong in ${tried}, the live model in ${live}`,
  forbidden: (tried, live) => `it named a forbidden command in ${tried}, the live model in ${live}`,
  'voted down': (tried, live) => `it was voted down in ${tried} votes, the live model in ${live}`,
}

function partsOf(measure: Measure, { arms, forbidden }: CanaryStanding): Parts {
  if (measure === 'wrong') return { tried: wrongOf(arms.canary), live: wrongOf(arms.live) }
  if (measure === 'voted down') return { tried: downOf(arms.canary), live: downOf(arms.live) }
  return {
    tried: { count: forbidden.canary, of: arms.canary.asked },
    live: { count: forbidden.live, of: arms.live.asked },
  }
}

function lastOf(measure: Measure, looks: readonly Pick<CanaryAnalysis, 'measure' | 'number'>[]): number {
  return Math.max(0, ...looks.filter((look) => look.measure === measure).map(({ number }) => number))
}

function wrongOf({ asked, failed, contradicted, unreadable }: ArmFigures): Part {
  return { count: failed + contradicted + unreadable, of: asked }
}

function downOf({ up, down }: ArmFigures): Part {
  return { count: down, of: up + down }
}

const share = ({ count, of }: Part) => `${count} of ${of}`

/** What both arms came to, in a line. */
export function told({ arms: { live, canary }, forbidden }: CanaryStanding): string {
  const one = (figures: ArmFigures, unsafe: number) =>
    `${share(wrongOf(figures))} wrong, ${unsafe} with a forbidden command, ${figures.up} up and ${figures.down} down`
  return `tried: ${one(canary, forbidden.canary)}; live: ${one(live, forbidden.live)}`
}
