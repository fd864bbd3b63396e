import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  CorrectionClosedError,
  CorrectionMissingError,
  CorrectionNotClaimedError,
  CorrectionTakenError,
  NotAuthorError,
  OwnCorrectionError,
  RejectionReasonError,
} from '../../src/feedback/errors.ts'
import {
  approveCorrection,
  CLAIM_LEASE_MS,
  claimCorrection,
  closeAsDuplicate,
  countCorrections,
  editAndApprove,
  getCorrection,
  pageCorrections,
  rejectCorrection,
  releaseCorrection,
  withdrawCorrection,
} from '../../src/feedback/queue.ts'
import {
  CORRECTION_STATUSES,
  type CorrectionStatus,
  NEXT,
  type Step,
  takeStep,
  type UnderReview,
} from '../../src/feedback/review-states.ts'
import { AppError } from '../../src/lib/errors.ts'
import { describeOnDatabases, type TestDatabase } from '../support/databases.ts'
import { addCorrection, NOON } from '../support/rows.ts'

const AUTHOR = { user: 'UAUTHOR', team: 'T1' }
const RITA = { user: 'URITA', team: 'T1' }
const SAM = { user: 'USAM', team: 'T1' }
const LATER = NOON + CLAIM_LEASE_MS + 1

describe('the steps of a review', () => {
  const steps = fc.record({
    to: fc.constantFrom<Step['to']>(
      'claimed',
      'released',
      'approved',
      'edited_and_approved',
      'rejected',
      'duplicate',
      'withdrawn',
    ),
    by: fc.constantFrom(AUTHOR, RITA, SAM, { ...AUTHOR, team: 'T2' }),
    after: fc.constantFrom(0, 1_000, CLAIM_LEASE_MS + 1),
  })

  it('never leave the table, whatever people try', () => {
    fc.assert(
      fc.property(fc.array(steps, { maxLength: 20 }), (tried) => {
        let correction: UnderReview = { id: 'cor_1', status: 'proposed', author: AUTHOR, claim: null }
        let now = NOON
        for (const { to, by, after } of tried) {
          now += after
          const before = correction
          const status = attempt(() => takeStep(before, { to, by }, now))
          if (status instanceof AppError) continue
          expect(NEXT[before.status]).toContain(status)
          expect(by.user === AUTHOR.user).toBe(to === 'withdrawn')
          if (before.claim && before.claim.until > now && to !== 'withdrawn') expect(by.user).toBe(before.claim.by)
          const claim = status === 'claimed' ? { by: by.user, until: now + CLAIM_LEASE_MS } : null
          correction = { ...before, status, claim }
        }
      }),
    )
  })

  it('can reach every status from a proposal', () => {
    const reached = new Set<CorrectionStatus>(['proposed'])
    for (const status of reached) for (const next of NEXT[status]) reached.add(next)
    expect([...reached].toSorted()).toEqual(CORRECTION_STATUSES.toSorted())
  })

  it('end with a withdrawal', () => {
    expect(NEXT.withdrawn).toEqual([])
  })
})

function attempt<T>(work: () => T): T | AppError {
  try {
    return work()
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
}

describeOnDatabases('the corrections queue', (kind) => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await kind.create()
  })
  afterAll(() => database[Symbol.asyncDispose]())
  const add = (over: Parameters<typeof addCorrection>[1] = {}) => addCorrection(database.store, over)
  const claim = (id: string, by = RITA, now = NOON) => claimCorrection(database.store, { id, by }, now)

  it('gives a correction to one of 20 reviewers', async () => {
    const other = await database.open()
    const { id } = await add()
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) =>
        claimCorrection(i % 2 ? other : database.store, { id, by: { user: `U${i}`, team: 'T1' } }, NOON),
      ),
    )
    const won = outcomes.filter(({ status }) => status === 'fulfilled')
    const lost = outcomes.filter((outcome) => outcome.status === 'rejected').map(({ reason }) => reason)
    expect(won).toHaveLength(1)
    expect(lost.every((reason) => reason instanceof CorrectionTakenError)).toBe(true)
    const { lease_owner } = await getCorrection(database.store, id)
    expect(new Set(lost.map(({ by }) => by))).toEqual(new Set([lease_owner]))
  })

  it('keeps a claim for its lease, lets its holder keep it longer, and gives it to another after it', async () => {
    const { id } = await add()
    await claim(id)
    await expect(claim(id, SAM, NOON + CLAIM_LEASE_MS - 1)).rejects.toBeInstanceOf(CorrectionTakenError)
    const kept = await claim(id, RITA, NOON + 1_000)
    expect(kept).toMatchObject({ status: 'claimed', lease_until: NOON + 1_000 + CLAIM_LEASE_MS })
    const taken = await claim(id, SAM, LATER + 1_000)
    expect(taken).toMatchObject({ lease_owner: SAM.user })
    await expect(approveCorrection(database.store, { id, by: RITA }, LATER + 2_000)).rejects.toBeInstanceOf(
      CorrectionTakenError,
    )
  })

  it('lets one of 20 take over a claim that ran out', async () => {
    const { id } = await add()
    await claim(id)
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) => claim(id, { user: `U${i}`, team: 'T1' }, LATER)),
    )
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  it('never brings back what its author withdraws at the same moment', async () => {
    const other = await database.open()
    for (let round = 0; round < 5; round += 1) {
      const { id } = await add()
      const claims = Array.from({ length: 5 }, (_, i) => claim(id, { user: `U${i}`, team: 'T1' }))
      await Promise.allSettled([...claims.slice(0, 2), withdrawCorrection(other, { id, by: AUTHOR }, NOON), ...claims])
      expect(await getCorrection(database.store, id)).toMatchObject({ status: 'withdrawn', lease_owner: null })
    }
  })

  it('lets a slow reviewer decide as long as nobody took over', async () => {
    const { id } = await add()
    await claim(id)
    expect(await approveCorrection(database.store, { id, by: RITA }, LATER)).toMatchObject({ status: 'approved' })
  })

  it('approves once, by whom and when', async () => {
    const { id } = await add()
    await claim(id)
    const outcomes = await Promise.allSettled(
      Array.from({ length: 5 }, () => approveCorrection(database.store, { id, by: RITA }, NOON + 1)),
    )
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(await getCorrection(database.store, id)).toMatchObject({
      status: 'approved',
      reviewer: RITA.user,
      reviewer_team: RITA.team,
      reviewed_at: NOON + 1,
      lease_owner: null,
      lease_until: null,
      open_key: null,
    })
  })

  it('lets nobody review their own, from any workspace', async () => {
    const { id } = await add()
    for (const by of [AUTHOR, { ...AUTHOR, team: 'T2' }])
      await expect(claim(id, by)).rejects.toBeInstanceOf(OwnCorrectionError)
    expect((await getCorrection(database.store, id)).status).toBe('proposed')
  })

  it('decides nothing that was not claimed', async () => {
    const { id } = await add()
    await expect(approveCorrection(database.store, { id, by: RITA }, NOON)).rejects.toBeInstanceOf(
      CorrectionNotClaimedError,
    )
    await expect(rejectCorrection(database.store, { id, by: RITA, reason: 'no' }, NOON)).rejects.toBeInstanceOf(
      CorrectionNotClaimedError,
    )
  })

  it('keeps the reviewer’s words when they edit, and sees when nothing was changed', async () => {
    const [edited, same] = [await add(), await add()]
    await claim(edited.id)
    await claim(same.id)
    const content = {
      question: same.question,
      code: same.code,
      problem: same.problem,
      action: same.action,
      command: same.command ?? null,
      fallback: same.fallback ?? null,
      reason: 'wrong_meaning' as const,
      note: null,
      consent: same.consent ?? '',
    }
    const better = { ...content, action: 'Start the cleaning cycle', fallback: null }
    expect(await editAndApprove(database.store, { id: edited.id, by: RITA, correction: better }, NOON)).toMatchObject({
      status: 'edited_and_approved',
      action: 'Start the cleaning cycle',
      fallback: null,
    })
    expect(await editAndApprove(database.store, { id: same.id, by: RITA, correction: content }, NOON)).toMatchObject({
      status: 'approved',
    })
  })

  it('rejects with a reason, and only with one', async () => {
    const { id } = await add()
    await claim(id)
    for (const reason of ['', ' \n', 'x'.repeat(501)])
      await expect(rejectCorrection(database.store, { id, by: RITA, reason }, NOON)).rejects.toBeInstanceOf(
        RejectionReasonError,
      )
    expect(await rejectCorrection(database.store, { id, by: RITA, reason: ' It was right. ' }, NOON)).toMatchObject({
      status: 'rejected',
      review_note: 'It was right.',
    })
    await expect(claim(id, SAM)).rejects.toBeInstanceOf(CorrectionClosedError)
  })

  it('gives back what was claimed, and closes duplicates', async () => {
    const { id } = await add()
    await claim(id)
    expect(await releaseCorrection(database.store, { id, by: RITA }, NOON)).toMatchObject({
      status: 'proposed',
      lease_owner: null,
    })
    await claim(id, SAM)
    expect(await closeAsDuplicate(database.store, { id, by: SAM, of: 'cor_1' }, NOON)).toMatchObject({
      status: 'duplicate',
      review_note: 'The same as cor_1.',
    })
  })

  it.each(['proposed', 'claimed', 'approved', 'edited_and_approved', 'rejected', 'duplicate'])(
    'lets an author withdraw what is %s, and nobody else',
    async (status) => {
      const lease = status === 'claimed' ? { lease_owner: RITA.user, lease_until: LATER } : {}
      const { id } = await add({ status, ...lease })
      await expect(withdrawCorrection(database.store, { id, by: RITA }, NOON)).rejects.toBeInstanceOf(NotAuthorError)
      const { correction, exports } = await withdrawCorrection(database.store, { id, by: AUTHOR }, NOON)
      expect(correction).toMatchObject({ status: 'withdrawn', lease_owner: null, open_key: null })
      expect(exports).toEqual([])
      await expect(withdrawCorrection(database.store, { id, by: AUTHOR }, NOON)).rejects.toBeInstanceOf(
        CorrectionClosedError,
      )
    },
  )

  it('says that a correction does not exist', async () => {
    await expect(claim('cor_none')).rejects.toBeInstanceOf(CorrectionMissingError)
  })

  it('pages through the heaviest first and of these the oldest, each once', async () => {
    await using own = await kind.create()
    const expected: string[] = []
    for (const [weight, created_at] of [
      [5, NOON + 9],
      [2, NOON],
      [2, NOON + 1],
      [1, NOON - 5],
      [1, NOON],
      [1, NOON],
    ] as const) {
      const { id } = await addCorrection(own.store, { weight, created_at })
      expected.push(id)
    }
    const lastTwo = expected.splice(4).toSorted()
    expected.push(...lastTwo)
    await addCorrection(own.store, { status: 'approved', weight: 9 })
    const seen: string[] = []
    let after: string | null = null
    let pages = 0
    do {
      const page = await pageCorrections(own.store, { statuses: ['proposed', 'claimed'], size: 2, after })
      seen.push(...page.corrections.map(({ id }) => id))
      after = page.next
      pages += 1
    } while (after !== null)
    expect(seen).toEqual(expected)
    expect(pages).toBe(3)
    const first = await pageCorrections(own.store, { statuses: ['proposed'], size: 1, after: "x' or 1=1" })
    expect(first.corrections.map(({ id }) => id)).toEqual([expected[0]])
    expect(await countCorrections(own.store)).toEqual({
      proposed: 6,
      claimed: 0,
      approved: 1,
      edited_and_approved: 0,
      rejected: 0,
      duplicate: 0,
      withdrawn: 0,
    })
  })
})
