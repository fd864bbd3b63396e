import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Arm, ArmFigures } from '../../../src/feedback/votes/canary-votes.ts'
import {
  analysesDue,
  type CanaryFigures,
  earlyStopReason,
  FALSE_ALARM_RATES,
  failedAnalysisReason,
} from '../../../src/training/models/canary-guard.ts'
import {
  alphaIncrement,
  analysisDue,
  casesNeeded,
  FIRST_ANALYSIS_AT,
} from '../../../src/training/models/sequential-test.ts'

type Look = ReturnType<typeof analysesDue>[number]

const figures = (over: Partial<ArmFigures> = {}): ArmFigures => ({
  ...{ answers: 0, asked: 0, failed: 0, contradicted: 0, unreadable: 0, up: 0, down: 0 },
  ...over,
})
const standing = (
  canary: Partial<ArmFigures>,
  live: Partial<ArmFigures>,
  forbidden: Partial<Record<Arm, number>> = {},
): CanaryFigures => ({
  arms: { canary: figures(canary), live: figures(live) },
  forbidden: { canary: 0, live: 0, ...forbidden },
})

describe('looks at a trial', () => {
  it('are taken when the smaller arm has 5 cases, 10, 20, 40 …, each once', () => {
    const of = (tried: number, live: number) =>
      analysisDue({ canary: { count: 0, of: tried }, live: { count: 0, of: live } })
    expect([0, 4, 5, 9, 10, 19, 20, 39, 40, 5_120].map((cases) => of(cases, 100_000))).toEqual([
      0, 0, 1, 1, 2, 2, 3, 3, 4, 11,
    ])
    expect(of(1_000, 7)).toBe(1)
    expect([1, 2, 3].map(casesNeeded)).toEqual([FIRST_ANALYSIS_AT, 2 * FIRST_ANALYSIS_AT, 4 * FIRST_ANALYSIS_AT])
  })

  it('share the error out, whichever of them are missed', () => {
    const spent = (looks: readonly number[]) =>
      looks.reduce((sum, look, i) => sum + alphaIncrement(look, looks[i - 1] ?? 0, 0.01), 0)
    expect(spent([1])).toBeCloseTo(0.005, 12)
    expect(spent([1, 2, 3, 4])).toBeCloseTo(0.008, 12)
    expect(spent([2, 4])).toBeCloseTo(0.008, 12)
    expect(spent(Array.from({ length: 10_000 }, (_, i) => i + 1))).toBeLessThan(0.01)
  })

  it('are not taken again on newer figures before there are twice as many', () => {
    const bad = standing({ asked: 8, contradicted: 8 }, { asked: 80 })
    expect(analysesDue(bad, [{ measure: 'wrong', number: 1 }]).map(({ measure }) => measure)).toEqual(['forbidden'])
    expect(analysesDue(bad, [])).toMatchObject([
      { measure: 'wrong', number: 1, canary_count: 8 },
      { measure: 'forbidden' },
    ])
  })
})

describe('a tried model is taken away', () => {
  it.each<[string, Partial<ArmFigures>, Partial<ArmFigures>, boolean]>([
    ['never without answers', {}, {}, false],
    ['not on fewer questions than it takes', { asked: 4, failed: 4 }, { asked: 90 }, false],
    ['when it fails throughout', { asked: 5, failed: 5 }, { asked: 45 }, true],
    ['when it contradicts oftener', { asked: 20, contradicted: 6 }, { asked: 180, contradicted: 2 }, true],
    [
      'when all kinds of wrong together are oftener',
      { asked: 20, failed: 2, contradicted: 2, unreadable: 2 },
      { asked: 180 },
      true,
    ],
    ['not when the live one is as bad', { asked: 20, contradicted: 6 }, { asked: 180, contradicted: 50 }, false],
    ['not on one slip', { asked: 10, contradicted: 1 }, { asked: 90 }, false],
    ['when it is voted down', { asked: 20, down: 6 }, { asked: 180, up: 30, down: 1 }, true],
    ['not on fewer votes than it takes', { asked: 20, down: 4 }, { asked: 180, up: 40 }, false],
    ['not when votes are alike', { asked: 20, up: 3, down: 3 }, { asked: 180, up: 20, down: 20 }, false],
    ['not when nothing tells of the live one', { asked: 20, failed: 20 }, {}, false],
  ])('%s', (_, canary, live, falls) => {
    expect(failedAnalysisReason(analysesDue(standing(canary, live), [])) !== null).toBe(falls)
  })

  it.each<[string, number, number, number, number, string | null]>([
    ['not at the first forbidden command: chance alone', 1, 10, 0, 90, null],
    [
      'at the second that only it named',
      2,
      10,
      0,
      90,
      'it named a forbidden command in 2 of 10, the live model in 0 of 90',
    ],
    ['later where it answers half of the threads', 2, 50, 0, 50, null],
    ['there too', 6, 50, 0, 50, 'it named a forbidden command in 6 of 50'],
    ['not by this rule where the live one names them too', 2, 10, 1, 90, null],
    ['not where nobody asked the live one', 3, 10, 0, 0, null],
  ])('%s', (_, tried, asked, live, liveAsked, why) => {
    const found = earlyStopReason(standing({ asked }, { asked: liveAsked }, { canary: tried, live }))
    if (why === null) expect(found).toBeNull()
    else expect(found).toContain(why)
  })

  it('for forbidden commands that the live model names too, but seldom', () => {
    const looks = analysesDue(standing({ asked: 40 }, { asked: 360 }, { canary: 6, live: 4 }), [])
    expect(failedAnalysisReason(looks)).toBe('it named a forbidden command in 6 of 40, the live model in 4 of 360')
  })
})

/** How often an arm goes wrong, names a forbidden command, is voted down by those who vote (three of ten do). */
type Quality = { wrong: number; forbidden: number; down: number }
const VOTES = 0.3

describe('whole trials, drawn by a seed and watched at every question', () => {
  let random = xoroshiro128plus(0)
  beforeEach(() => {
    random = xoroshiro128plus(20_261_122)
  })
  const happens = (chance: number) => uniformFloat64(random) < chance

  /** How many questions the tried model was asked before it was taken away; null when it was not. */
  function trial(share: number, questions: number, live: Quality, tried: Quality): number | null {
    const now = standing({}, {})
    const looks: Look[] = []
    for (let i = 0; i < questions; i += 1) {
      const arm: Arm = happens(share) ? 'canary' : 'live'
      const quality = arm === 'canary' ? tried : live
      const counted = now.arms[arm]
      counted.asked += 1
      if (happens(quality.wrong)) counted.contradicted += 1
      const forbidden = { ...now.forbidden }
      if (happens(quality.forbidden)) forbidden[arm] += 1
      now.forbidden = forbidden
      if (happens(VOTES)) counted[happens(quality.down) ? 'down' : 'up'] += 1
      const due = analysesDue(now, looks)
      looks.push(...due)
      if (earlyStopReason(now) ?? failedAnalysisReason(due)) return now.arms.canary.asked
    }
    return null
  }

  const GOOD: Quality = { wrong: 0.03, forbidden: 0.002, down: 0.1 }
  const ALLOWED = Object.values(FALSE_ALARM_RATES).reduce((sum, one) => sum + one, 0)

  it.each<[string, number, Quality]>([
    ['good, on a tenth of the threads', 0.1, GOOD],
    ['good, on half of them', 0.5, GOOD],
    ['bad, on a tenth', 0.1, { wrong: 0.3, forbidden: 0.1, down: 0.4 }],
    ['bad, on half', 0.5, { wrong: 0.3, forbidden: 0.1, down: 0.4 }],
  ])('seldom end one of two equal models: %s', (_, share, quality) => {
    const TRIALS = 400
    const ended = Array.from({ length: TRIALS }, () => trial(share, 1_500, quality, quality)).filter(
      (at) => at !== null,
    )
    expect(ended.length / TRIALS).toBeLessThan(ALLOWED)
  })

  it.each<[string, Quality, number]>([
    ['that never answers', { ...GOOD, wrong: 1 }, 10],
    ['that is wrong in three of ten', { ...GOOD, wrong: 0.3 }, 80],
    ['that names a forbidden command in one of ten', { ...GOOD, forbidden: 0.1 }, 160],
    ['that half of the votes are against', { ...GOOD, down: 0.5 }, 320],
  ])('soon end one of a model %s', (_, quality, within) => {
    const ends = Array.from(
      { length: 50 },
      () => trial(0.1, 10 * within * 2, GOOD, quality) ?? Number.POSITIVE_INFINITY,
    )
    const inTime = ends.filter((at) => at <= within).length
    expect(inTime).toBeGreaterThanOrEqual(45)
  })
})
