import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeAnswer } from '../../../src/diagnosis/answer.ts'
import { getCorrection, priorityOf } from '../../../src/feedback/corrections/correction-records.ts'
import type { Correction } from '../../../src/feedback/corrections/corrections.ts'
import {
  CorrectionClosedError,
  CorrectionMissingError,
  CorrectionNotClaimedError,
  CorrectionTakenError,
  NotAuthorError,
  OwnCorrectionError,
  OwnWordsNeededError,
  RejectionReasonError,
  SecondReviewerError,
} from '../../../src/feedback/corrections/errors.ts'
import { NEXT, takeStep, type UnderReview } from '../../../src/feedback/corrections/state-machine.ts'
import { CORRECTION_STATUSES, type CorrectionStatus } from '../../../src/feedback/corrections/status.ts'
import {
  approveCorrection,
  awaitsSecondApproval,
  CLAIM_LEASE_MS,
  claimCorrection,
  countCorrections,
  editAndApprove,
  pageCorrections,
  rejectCorrection,
  releaseCorrection,
  renewClaim,
} from '../../../src/feedback/review/queue.ts'
import { listSteps } from '../../../src/feedback/review/related-records.ts'
import { withdrawCorrection } from '../../../src/feedback/review/withdraw.ts'
import { AppError } from '../../../src/lib/errors.ts'
import { describeOnDatabases, type TestDatabase } from '../../support/databases.ts'
import fc from '../../support/properties.ts'
import { addCorrection, NOON } from '../../support/rows.ts'

const AUTHOR = { user: 'UAUTHOR', team: 'T1' }
const RITA = { user: 'URITA', team: 'T1' }
const SAM = { user: 'USAM', team: 'T1' }
const BACKER = { user: 'UBACKER', team: 'T1' }
const FRESH: UnderReview = {
  id: 'cor_1',
  status: 'proposed',
  author: AUTHOR,
  involved: [BACKER.user],
  claim: null,
  approvalsNeeded: 1,
  firstApprover: null,
  hasConsent: true,
}

const STANDING: Correction['standing'] = {
  target: 'model',
  catalogFingerprint: 'a catalog',
  command: 'CLEAN_TURB',
  isNewAdvice: false,
  risks: { CLEAN_TURB: 1, REBOOT_COMM: 3 },
}

const LATER = NOON + CLAIM_LEASE_MS + 1

describe('the steps of a review', () => {
  const by = fc.constantFrom(AUTHOR, BACKER, RITA, SAM, { ...AUTHOR, team: 'T2' })
  const plain = fc.record({
    to: fc.constantFrom('claimed', 'released', 'approved', 'rejected', 'duplicate', 'withdrawn'),
    by,
  })
  const edits = fc.record({
    to: fc.constant('edited_and_approved' as const),
    by,
    changed: fc.option(fc.record({ approvalsNeeded: fc.constantFrom(1, 2) })),
  })
  const tries = fc.record({
    step: fc.oneof(plain, edits),
    after: fc.constantFrom(0, 1_000, CLAIM_LEASE_MS + 1),
  })

  it('never leave the table, and never let one person decide alone where two are needed', () => {
    fc.assert(
      fc.property(
        fc.array(tries, { maxLength: 30 }),
        fc.constantFrom(1, 2),
        fc.boolean(),
        (tried, needed, hasConsent) => {
          let correction: UnderReview = { ...FRESH, approvalsNeeded: needed, hasConsent }
          let agreed = new Set<string>()
          let now = NOON
          for (const { step, after } of tried) {
            now += after
            const before = correction
            const status = attempt(() => takeStep(before, step, now))
            if (status instanceof AppError) continue
            const { to, by: person } = step
            expect(NEXT[before.status]).toContain(status)
            expect(person.user === AUTHOR.user).toBe(to === 'withdrawn')
            expect(person.user).not.toBe(BACKER.user)
            if (before.claim && before.claim.until > now && to !== 'withdrawn')
              expect(person.user).toBe(before.claim.by)
            const changed = to === 'edited_and_approved' ? step.changed : null
            const isApproval = to === 'approved' || to === 'edited_and_approved'
            if (changed) {
              agreed = new Set()
              correction = { ...correction, approvalsNeeded: changed.approvalsNeeded, hasConsent: true }
            }
            if (isApproval) agreed.add(person.user)
            if (isApproval && status !== 'proposed') {
              expect(agreed.size).toBeGreaterThanOrEqual(correction.approvalsNeeded)
              if (to === 'approved') expect(correction.hasConsent).toBe(true)
            }
            const claim = status === 'claimed' ? { by: person.user, until: now + CLAIM_LEASE_MS } : null
            const isFirst = isApproval && status === 'proposed'
            const firstApprover = isFirst ? person.user : correction.firstApprover
            correction = { ...correction, status, claim, firstApprover }
          }
        },
      ),
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
  /** SQLite waits for a lock without giving way, so that two handles of one process would wait for each other. */
  const another = async () => (kind.name === 'SQLite' ? database.store : database.open())
  const add = (over: Parameters<typeof addCorrection>[1] = {}) => addCorrection(database.store, over)
  const claim = (id: string, by = RITA, now = NOON) => claimCorrection(database.store, { id, by }, now)

  it('gives a correction to one of 20 reviewers', async () => {
    const other = await another()
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
    const atWork = await renewClaim(database.store, { id, by: RITA }, NOON + 2_000)
    expect(atWork).toMatchObject({ status: 'claimed', lease_until: NOON + 2_000 + CLAIM_LEASE_MS })
    const taken = await claim(id, SAM, LATER + 2_000)
    expect(taken).toMatchObject({ lease_owner: SAM.user })
    await expect(renewClaim(database.store, { id, by: RITA }, LATER + 2_000)).rejects.toBeInstanceOf(
      CorrectionNotClaimedError,
    )
    await expect(approveCorrection(database.store, { id, by: RITA }, LATER + 3_000)).rejects.toBeInstanceOf(
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
    const other = await another()
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
      dedup_key: null,
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
    const said = writeAnswer({ code: 'E-02', problem: 'x', action: 'y', command: 'CLEAN_TURB', fallback: null })
    const [edited, same] = [await add({ original_text: said }), await add()]
    await claim(edited.id)
    await claim(same.id)
    const content: Correction = {
      kind: 'answer',
      standing: STANDING,
      question: same.question,
      code: same.code,
      problem: same.problem,
      action: same.action,
      command: same.command ?? null,
      fallback: same.fallback ?? null,
      reason: 'wrong_meaning',
      note: null,
      consent: same.consent ?? '',
    }
    const better = { ...content, action: 'Start the cleaning cycle', fallback: null }
    expect(await editAndApprove(database.store, { id: edited.id, by: RITA, correction: better }, NOON)).toMatchObject({
      status: 'edited_and_approved',
      is_edited: 1,
      action: 'Start the cleaning cycle',
      fallback: null,
    })
    const steps = await listSteps(database.store, edited.id)
    expect(steps.map(({ step, actor }) => [step, actor])).toEqual([
      ['claimed', RITA.user],
      ['edited', RITA.user],
    ])
    expect(JSON.parse(steps.at(-1)?.content_before ?? '{}')).toMatchObject({
      question: edited.question,
      action: edited.action,
      fallback: edited.fallback,
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

  it('gives back what was claimed', async () => {
    const { id } = await add()
    await claim(id)
    expect(await releaseCorrection(database.store, { id, by: RITA }, NOON)).toMatchObject({
      status: 'proposed',
      lease_owner: null,
    })
  })

  it.each(['proposed', 'claimed', 'approved', 'edited_and_approved', 'rejected', 'duplicate'])(
    'lets an author withdraw what is %s, and nobody else',
    async (status) => {
      const lease = status === 'claimed' ? { lease_owner: RITA.user, lease_until: LATER } : {}
      const { id } = await add({ status, ...lease })
      await expect(withdrawCorrection(database.store, { id, by: RITA }, NOON)).rejects.toBeInstanceOf(NotAuthorError)
      expect(await withdrawCorrection(database.store, { id, by: AUTHOR }, NOON)).toEqual({
        how: 'withdrawn',
        exports: [],
      })
      expect(await getCorrection(database.store, id)).toMatchObject({
        status: 'withdrawn',
        lease_owner: null,
        dedup_key: null,
      })
      await expect(withdrawCorrection(database.store, { id, by: AUTHOR }, NOON)).rejects.toBeInstanceOf(
        CorrectionClosedError,
      )
    },
  )

  it('leaves what changes a command in the queue until a second person approves it', async () => {
    const { id } = await add({ approvals_needed: 2 })
    await claim(id)
    const first = await approveCorrection(database.store, { id, by: RITA }, NOON)
    expect(first).toMatchObject({ status: 'proposed', first_approver: RITA.user, reviewer: null, lease_owner: null })
    expect(awaitsSecondApproval(first)).toBe(true)
    await expect(claim(id, RITA)).rejects.toBeInstanceOf(SecondReviewerError)
    await claim(id, SAM)
    const second = await approveCorrection(database.store, { id, by: SAM }, NOON)
    expect(second).toMatchObject({ status: 'approved', first_approver: RITA.user, reviewer: SAM.user, dedup_key: null })
    expect(awaitsSecondApproval(second)).toBe(false)
    expect((await listSteps(database.store, id)).map(({ step }) => step)).toEqual([
      ...['claimed', 'approved_first', 'claimed', 'approved'],
    ])
  })

  it('begins anew with two approvals when the second reviewer finds other words', async () => {
    const said = writeAnswer({ code: 'E-02', problem: 'x', action: 'y', command: 'REBOOT_COMM', fallback: null })
    const { id } = await add({ approvals_needed: 2, original_text: said })
    const approve = (by: typeof RITA) => approveCorrection(database.store, { id, by }, NOON)
    await claim(id)
    await approve(RITA)
    await claim(id, SAM)
    const correction: Correction = {
      ...(await getCorrection(database.store, id)),
      kind: 'answer',
      action: 'Clean it by hand',
      command: null,
      reason: 'wrong_action',
      consent: 'yes',
      standing: STANDING,
    }
    expect(await editAndApprove(database.store, { id, by: SAM, correction }, NOON)).toMatchObject({
      status: 'proposed',
      first_approver: SAM.user,
      action: 'Clean it by hand',
      risk: 3,
    })
    await expect(claim(id, SAM)).rejects.toBeInstanceOf(SecondReviewerError)
    await claim(id, RITA)
    expect(await approve(RITA)).toMatchObject({ status: 'edited_and_approved', reviewer: RITA.user })
  })

  it('decides once when two give the second approval at the same moment', async () => {
    const other = await another()
    const { id } = await add({ approvals_needed: 2, first_approver: RITA.user, first_approver_team: 'T1' })
    await claim(id, SAM)
    const outcomes = await Promise.allSettled(
      Array.from({ length: 6 }, (_, i) => approveCorrection(i % 2 ? other : database.store, { id, by: SAM }, NOON)),
    )
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect((await listSteps(database.store, id)).map(({ step }) => step)).toEqual(['claimed', 'approved'])
  })

  it('lets nobody review what they proposed too', async () => {
    const { id } = await add({ weight: 2 })
    const { store } = database
    await store
      .insertInto('correction_supporters')
      .values({ correction_id: id, supporter: RITA.user, supporter_team: 'T1', answer_id: '', at: NOON })
      .execute()
    await expect(claim(id)).rejects.toBeInstanceOf(OwnCorrectionError)
    expect(await withdrawCorrection(store, { id, by: RITA }, NOON)).toEqual({ how: 'weighs_less', exports: [] })
    expect(await getCorrection(store, id)).toMatchObject({ status: 'proposed', weight: 1 })
    await expect(claim(id), 'to withdraw is no way to review one’s own').rejects.toBeInstanceOf(OwnCorrectionError)
    expect(await claim(id, SAM)).toMatchObject({ status: 'claimed' })
  })

  it('approves nothing that nobody agreed to, before a reviewer made it their own', async () => {
    const row = await add({ consent: null, source: 'grounding' })
    await claim(row.id)
    await expect(approveCorrection(database.store, { id: row.id, by: RITA }, NOON)).rejects.toBeInstanceOf(
      OwnWordsNeededError,
    )
    const correction: Correction = {
      ...(await getCorrection(database.store, row.id)),
      kind: 'answer',
      reason: 'wrong_action',
      consent: 'I agree.',
      standing: STANDING,
    }
    expect(await editAndApprove(database.store, { id: row.id, by: RITA, correction }, NOON)).toMatchObject({
      status: 'approved',
      consent: 'I agree.',
    })
  })

  it('teaches the last of the approved corrections of one question, and the one before when it is withdrawn', async () => {
    const question_hash = 'the-same'
    const first = await add({ question_hash, status: 'approved' })
    const { id } = await add({ question_hash })
    const other = await add({ question_hash, status: 'rejected' })
    await claim(id)
    await approveCorrection(database.store, { id, by: RITA }, NOON)
    const superseders = async () =>
      Promise.all([first.id, id, other.id].map(async (one) => (await getCorrection(database.store, one)).superseded_by))
    expect(await superseders()).toEqual([id, null, null])
    await withdrawCorrection(database.store, { id, by: AUTHOR }, NOON)
    expect(await superseders()).toEqual([null, null, null])
  })

  it('says that a correction does not exist', async () => {
    await expect(claim('cor_none')).rejects.toBeInstanceOf(CorrectionMissingError)
  })

  it('pages through the heaviest first, of these the riskiest, of these the oldest, each once', async () => {
    await using own = await kind.create()
    const expected: string[] = []
    for (const [weight, risk, created_at, status] of [
      [5, 0, NOON + 9, 'proposed'],
      [2, 3, NOON + 8, 'claimed'],
      [2, 0, NOON, 'proposed'],
      [2, 0, NOON + 1, 'proposed'],
      [1, 3, NOON + 9, 'proposed'],
      [1, 0, NOON - 5, 'claimed'],
      [1, 0, NOON, 'proposed'],
      [1, 0, NOON, 'proposed'],
    ] as const) {
      const { id } = await addCorrection(own.store, {
        weight,
        risk,
        created_at,
        status,
        priority: priorityOf(weight, risk),
      })
      expected.push(id)
    }
    const lastTwo = expected.splice(6).toSorted()
    expected.push(...lastTwo)
    await addCorrection(own.store, { status: 'approved', weight: 9, priority: priorityOf(9, 0) })
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
    expect(pages).toBe(4)
    const logs = await pageCorrections(own.store, { statuses: ['proposed'], kind: 'log', size: 2 })
    expect(logs).toEqual({ corrections: [], next: null })
    const first = await pageCorrections(own.store, { statuses: ['proposed'], size: 1, after: "x' or 1=1" })
    expect(first.corrections.map(({ id }) => id)).toEqual([expected[0]])
    expect(await countCorrections(own.store)).toEqual({
      proposed: 6,
      claimed: 2,
      approved: 1,
      edited_and_approved: 0,
      rejected: 0,
      duplicate: 0,
      withdrawn: 0,
    })
  })
})
