import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { loadCatalog } from '../../../src/catalog/loading.ts'
import { findAnswer } from '../../../src/diagnosis/questions/question-records.ts'
import { proposeFromGrounding } from '../../../src/feedback/corrections/automatic-proposals.ts'
import { getCorrection } from '../../../src/feedback/corrections/correction-records.ts'
import { CONSENT_LINE, checkCorrection, proposeCorrection } from '../../../src/feedback/corrections/corrections.ts'
import {
  CorrectionClosedError,
  ExportChangedError,
  NotAuthorError,
  OwnCorrectionError,
} from '../../../src/feedback/corrections/errors.ts'
import { parseNoticeKey } from '../../../src/feedback/corrections/notices.ts'
import { listProposers, listSupport } from '../../../src/feedback/corrections/supporter-records.ts'
import { exportCorrections, rewriteExport } from '../../../src/feedback/exports/exports.ts'
import type { Person } from '../../../src/feedback/person.ts'
import { closeAsDuplicate } from '../../../src/feedback/review/merge-duplicates.ts'
import {
  approveCorrection,
  awaitsSecondApproval,
  claimCorrection,
  editAndApprove,
  releaseCorrection,
} from '../../../src/feedback/review/queue.ts'
import { listSteps, listWithdrawalsSince } from '../../../src/feedback/review/related-records.ts'
import { withdrawCorrection } from '../../../src/feedback/review/withdraw.ts'
import { AppError } from '../../../src/lib/errors.ts'
import { listJobs } from '../../../src/outbox/outbox-records.ts'
import { describeOnDatabases, type TestDatabase } from '../../support/databases.ts'
import fc from '../../support/properties.ts'
import { addAnswer, NOON } from '../../support/rows.ts'

const person = (user: string): Person => ({ user, team: 'T1' })
const ANNA = person('UANNA')
const BEN = person('UBEN')
const CARL = person('UCARL')
const RITA = person('URITA')
const SAM = person('USAM')
const SAID = "Error Code E-02 indicates a 'pH sensor drift'. Recommended Action: Wait (command: CLEAN_TURB)."
const catalog = await loadCatalog()

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hydrocore-withdrawing-'))
})
afterAll(() => rm(folder, { recursive: true }))

describeOnDatabases('withdrawing what several people proposed', (kind) => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await kind.create()
  })
  afterAll(() => database[Symbol.asyncDispose]())

  let questions = 0
  const newQuestion = () => `What does E-02 mean, case ${++questions}?`
  const propose = async (by: Person, question: string, more: { note?: string; originalText?: string } = {}) => {
    const checked = checkCorrection(
      {
        ...{ question, code: 'E-02', problem: 'Turbidity sensor occlusion' },
        ...{ action: 'Trigger automated cleaning cycle', command: 'CLEAN_TURB', fallback: null },
        ...{ reason: 'wrong_meaning', note: more.note ?? `${by.user}’s note`, consent: CONSENT_LINE },
      },
      catalog,
    )
    if (!checked.ok) throw new Error(JSON.stringify(checked.faults))
    const answer = await addAnswer(database.store, { model: `model of ${by.user}` })
    const about = { answerId: answer.id, originalText: more.originalText ?? SAID, model: answer.model ?? null }
    const proposal = { correction: checked.correction, author: by, ...about, catalogVersion: '2026.11' }
    const { correction } = await proposeCorrection(database.store, proposal, NOON)
    return { id: correction.id, answer: answer.id }
  }
  const approve = async (id: string, by = RITA) => {
    await claimCorrection(database.store, { id, by }, NOON)
    return approveCorrection(database.store, { id, by }, NOON)
  }
  const merge = async (id: string, of: string) => {
    await claimCorrection(database.store, { id, by: RITA }, NOON)
    return closeAsDuplicate(database.store, { id, by: RITA, of }, NOON)
  }
  const withdraw = (id: string, by: Person) => withdrawCorrection(database.store, { id, by }, NOON + 9)
  const rowOf = (id: string) => getCorrection(database.store, id)
  const stepsOf = async (id: string) => (await listSteps(database.store, id)).map(({ step, actor }) => [step, actor])
  const heard = async (id: string) =>
    (await listJobs(database.store, 'verdict', 1_000))
      .map(({ key }) => parseNoticeKey(key))
      .flatMap((one) => (one.id === id && one.news ? [[one.person.user, one.news]] : []))
  const exportTo = (name: string, now = NOON) =>
    exportCorrections({
      ...{ store: database.store, catalog, format: 'openai-sft', out: join(folder, kind.name + name), by: 'U' },
      now,
    }).then((made) => (made.kind === 'written' ? made.id : expect.fail('nothing was exported')))

  it('goes on in the name of the next, with nothing of its author left in it', async () => {
    const question = newQuestion()
    const { id } = await propose(ANNA, question)
    const { answer } = await propose(BEN, question)
    await propose(CARL, question)
    expect(await withdraw(id, ANNA)).toEqual({ how: 'passed_on', exports: [] })
    expect(await rowOf(id)).toMatchObject({
      ...{ status: 'proposed', weight: 2, author: BEN.user, answer_id: answer, note: 'UBEN’s note' },
      ...{ model: 'model of UBEN', consent: CONSENT_LINE, withdrawn_at: null },
    })
    expect(await listProposers(database.store, await rowOf(id))).toEqual([BEN, CARL])
    expect((await stepsOf(id)).at(-1)).toEqual(['author_withdrawn', ANNA.user])
    expect(await heard(id)).toEqual([[BEN.user, 'passed_on']])
    await expect(withdraw(id, ANNA)).rejects.toBeInstanceOf(NotAuthorError)
    await expect(claimCorrection(database.store, { id, by: ANNA }, NOON)).rejects.toBeInstanceOf(OwnCorrectionError)
  })

  it('ends only when the last of them withdraws, in whatever order', async () => {
    const question = newQuestion()
    const { id } = await propose(ANNA, question)
    await propose(BEN, question)
    await propose(CARL, question)
    expect(await withdraw(id, BEN)).toMatchObject({ how: 'weighs_less' })
    expect(await withdraw(id, ANNA)).toMatchObject({ how: 'passed_on' })
    expect(await rowOf(id)).toMatchObject({ status: 'proposed', weight: 1, author: CARL.user, priority: -8 })
    expect(await withdraw(id, CARL)).toMatchObject({ how: 'withdrawn' })
    expect(await rowOf(id)).toMatchObject({ status: 'withdrawn', dedup_key: null })
    await expect(withdraw(id, CARL)).rejects.toBeInstanceOf(CorrectionClosedError)
    const taken = (await listWithdrawalsSince(database.store, NOON)).filter((one) => one.id === id)
    expect(taken.map(({ author, goesOn }) => [author, goesOn])).toEqual([
      [ANNA.user, true],
      [CARL.user, false],
    ])
  })

  it('counts one person who proposed it for several answers as one who leaves', async () => {
    const question = newQuestion()
    const { id } = await propose(ANNA, question)
    await propose(ANNA, question)
    await propose(BEN, question)
    expect(await withdraw(id, ANNA)).toMatchObject({ how: 'passed_on' })
    expect(await rowOf(id)).toMatchObject({ author: BEN.user, weight: 1 })
  })

  it('is taught further, in the other one’s name, and only what bore the first name is written no more', async () => {
    await using own = await kind.create()
    const before = database
    database = own
    try {
      const question = newQuestion()
      const { id } = await propose(ANNA, question)
      await propose(BEN, question)
      expect(await approve(id)).toMatchObject({ status: 'approved' })
      const first = await exportTo('first')
      expect(await withdraw(id, ANNA)).toEqual({ how: 'passed_on', exports: [first] })
      expect(await rowOf(id)).toMatchObject({ status: 'approved', author: BEN.user, reviewer: RITA.user })
      const second = await exportTo('second', NOON + 1)
      const again = (one: string) =>
        rewriteExport({ store: own.store, id: one, out: join(folder, `${kind.name}again`) })
      await expect(again(first)).rejects.toBeInstanceOf(ExportChangedError)
      expect(await again(second)).toMatchObject({ id: second, rows: 1 })
      expect(await withdraw(id, BEN)).toEqual({ how: 'withdrawn', exports: [first, second] })
      await expect(again(second)).rejects.toBeInstanceOf(ExportChangedError)
    } finally {
      database = before
    }
  })

  it('leaves an approved one replaced by the later one, whoever’s it is now', async () => {
    const question = newQuestion()
    const { id } = await propose(ANNA, question)
    await propose(BEN, question)
    await approve(id)
    const later = await propose(CARL, question)
    await approve(later.id, SAM)
    expect(await withdraw(id, ANNA)).toMatchObject({ how: 'passed_on' })
    expect(await rowOf(id)).toMatchObject({ superseded_by: later.id })
    expect(await rowOf(later.id)).toMatchObject({ superseded_by: null })
  })

  it('gives back, for review, the words of who was merged into it', async () => {
    const [question, other] = [newQuestion(), newQuestion()]
    const { id } = await propose(ANNA, question)
    const { id: merged } = await propose(BEN, other)
    await propose(CARL, other)
    await merge(merged, id)
    expect(await rowOf(id)).toMatchObject({ weight: 3 })
    await approve(id, SAM)
    expect(await withdraw(id, ANNA)).toMatchObject({ how: 'withdrawn' })
    expect(await rowOf(merged)).toMatchObject({
      ...{ status: 'proposed', author: BEN.user, question: other, weight: 2 },
      ...{ reviewer: null, review_note: null, reviewed_at: null },
    })
    expect((await heard(merged)).toSorted()).toEqual([
      [BEN.user, 'reopened'],
      [CARL.user, 'reopened'],
    ])
    expect((await propose(SAM, other)).id).toBe(merged)
    await approve(merged)
  })

  it('takes a merged person out of both places, and gives nothing back that nobody wants', async () => {
    const [question, other] = [newQuestion(), newQuestion()]
    const { id } = await propose(ANNA, question)
    const { id: merged } = await propose(BEN, other)
    const { id: elsewhere } = await propose(CARL, newQuestion())
    await merge(merged, id)
    await merge(elsewhere, id)
    expect(await withdraw(merged, BEN)).toMatchObject({ how: 'withdrawn' })
    expect(await rowOf(id)).toMatchObject({ weight: 2 })
    expect(await withdraw(id, CARL)).toMatchObject({ how: 'weighs_less' })
    expect(await rowOf(elsewhere)).toMatchObject({ status: 'withdrawn' })
    expect(await withdraw(id, ANNA)).toMatchObject({ how: 'withdrawn' })
    expect(await rowOf(merged)).toMatchObject({ status: 'withdrawn' })
  })

  it('gives back the whole of what was merged twice, once', async () => {
    const ids = await Promise.all([ANNA, BEN, CARL].map(async (by) => (await propose(by, newQuestion())).id))
    const [top = '', middle = '', bottom = ''] = ids
    await merge(bottom, middle)
    await merge(middle, top)
    await withdraw(top, ANNA)
    expect(await rowOf(middle)).toMatchObject({ status: 'proposed', weight: 2 })
    expect(await rowOf(bottom)).toMatchObject({ status: 'duplicate' })
    await withdraw(middle, BEN)
    expect(await rowOf(bottom)).toMatchObject({ status: 'proposed', weight: 1 })
  })

  it('ends the review of who proposes the same meanwhile, and takes the more careful of two', async () => {
    const question = newQuestion()
    const { id } = await propose(ANNA, question)
    await claimCorrection(database.store, { id, by: RITA }, NOON)
    await propose(RITA, question, { originalText: SAID.replace('CLEAN_TURB', 'REBOOT_COMM') })
    expect(await rowOf(id)).toMatchObject({ status: 'proposed', lease_owner: null, approvals_needed: 2 })
    const first = await approve(id, SAM)
    expect(awaitsSecondApproval(first)).toBe(true)
    await propose(SAM, question)
    expect(awaitsSecondApproval(await rowOf(id))).toBe(false)
    await expect(claimCorrection(database.store, { id, by: SAM }, NOON)).rejects.toBeInstanceOf(OwnCorrectionError)
  })

  it('is one withdrawal for each, when all withdraw at once', async () => {
    const question = newQuestion()
    const { id } = await propose(ANNA, question)
    const { id: merged } = await propose(SAM, newQuestion())
    for (const by of [BEN, CARL]) await propose(by, question)
    await merge(merged, id)
    const others = kind.name === 'SQLite' ? [database.store] : [database.store, await database.open()]
    const tries = [ANNA, BEN, CARL, ANNA, BEN, CARL].map((by, i) =>
      withdrawCorrection(others[i % others.length] ?? database.store, { id, by }, NOON),
    )
    const done = await Promise.allSettled([...tries, withdraw(merged, SAM), withdraw(id, SAM)])
    expect(done.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThanOrEqual(4)
    const refused = done.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
    expect(refused.filter((e) => !(e instanceof NotAuthorError || e instanceof CorrectionClosedError))).toEqual([])
    expect(await rowOf(id)).toMatchObject({ status: 'withdrawn' })
    expect(await rowOf(merged)).toMatchObject({ status: 'withdrawn' })
  })

  it('keeps the count right and the names true, whatever is proposed, merged, approved and withdrawn', async () => {
    const people = [ANNA, BEN, CARL]
    const which = fc.nat({ max: 2 })
    const steps = fc.oneof(
      fc.record({ do: fc.constant('propose' as const), who: which, what: which }),
      fc.record({ do: fc.constant('withdraw' as const), who: which, what: which }),
      fc.record({ do: fc.constant('merge' as const), who: which, what: which }),
      fc.record({ do: fc.constant('approve' as const), who: which, what: which }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { minLength: 4, maxLength: 14 }), async (tried) => {
        const asked = [newQuestion(), newQuestion(), newQuestion()]
        const known: string[][] = [[], [], []]
        const ignoring = (work: Promise<unknown>) =>
          work.catch((error: unknown) => {
            if (!(error instanceof AppError)) throw error
          })
        for (const { do: kind, who, what } of tried) {
          const by = people[who] ?? ANNA
          const id = known[what]?.at(-1)
          const other = known[who]?.at(-1)
          if (kind === 'propose') {
            const { id: made } = await propose(by, asked[what] ?? '')
            if (id !== made) known[what]?.push(made)
          } else if (id && kind === 'withdraw') await ignoring(withdraw(id, by))
          else if (id && kind === 'approve') await ignoring(approve(id))
          else if (id && other) await ignoring(merge(id, other))
          for (const one of known.flat()) {
            const row = await rowOf(one)
            if (row.status === 'claimed') await ignoring(releaseCorrection(database.store, { id: one, by: RITA }, NOON))
            const backings = await listSupport(database.store, one)
            if (row.status !== 'withdrawn') expect(row.weight, row.status).toBe(1 + backings.length)
            const mine = (await listSteps(database.store, one)).filter(({ actor }) => actor === row.author)
            const last = mine.findLast(({ step }) => /^(?:proposed|author_withdrawn|backing_withdrawn)/.test(step))
            if (row.status !== 'withdrawn' && last) expect(last.step).toMatch(/^proposed/)
          }
        }
        for (const by of people) for (const one of known.flat()) await ignoring(withdraw(one, by))
        for (const one of known.flat()) expect(await rowOf(one)).toMatchObject({ status: 'withdrawn' })
      }),
      { numRuns: 25 },
    )
  })

  it('is for the reviewer who made a proposal of ours their own', async () => {
    const answer = await findAnswer(database.store, (await addAnswer(database.store)).id)
    const [row] = await proposeFromGrounding(database.store, answer ?? expect.fail(), catalog, NOON)
    const { id } = row ?? expect.fail('nothing was proposed')
    await claimCorrection(database.store, { id, by: RITA }, NOON)
    const checked = checkCorrection({ ...(await rowOf(id)), question: newQuestion(), consent: CONSENT_LINE }, catalog)
    if (!checked.ok) throw new Error(JSON.stringify(checked.faults))
    await editAndApprove(database.store, { id, by: RITA, correction: checked.correction }, NOON)
    expect(await rowOf(id)).toMatchObject({ author: RITA.user, consent: CONSENT_LINE })
    await expect(withdraw(id, SAM)).rejects.toBeInstanceOf(NotAuthorError)
    expect(await withdraw(id, RITA)).toMatchObject({ how: 'withdrawn' })
  })
})
