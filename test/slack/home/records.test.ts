import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  auditPage,
  listAwaitingApproval,
  listNewestSteps,
  listRequested,
} from '../../../src/commands/audit/audit-records.ts'
import { readLiveModels } from '../../../src/diagnosis/model/live-models.ts'
import {
  listQuestionsOf,
  type QuestionListRow,
  readAnswerFigures,
} from '../../../src/diagnosis/questions/overview-records.ts'
import { countVotesByCode, listOwnCorrections } from '../../../src/feedback/review/overview-records.ts'
import { recordVote } from '../../../src/feedback/votes/votes.ts'
import { type Page, readPage } from '../../../src/lib/paging.ts'
import { describeOnDatabases, type TestDatabase } from '../../support/databases.ts'
import { addAnswer, addQuestion, correctionRow, NOON } from '../../support/rows.ts'

const TESSA = { user: 'U0TECH0001', team: 'T1' }
const DAY = 24 * 60 * 60 * 1_000

describeOnDatabases('what Home and the audit ask for', (kind) => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await kind.create()
  })
  afterAll(() => database[Symbol.asyncDispose]())

  const addCommand = (id: string, over: Record<string, unknown>) =>
    addAnswer(database.store).then(({ id: answer_id }) =>
      database.store
        .insertInto('commands')
        .values({
          id,
          answer_id,
          code: 'E-05',
          command: 'REBOOT_COMM',
          device: 'HC5000-A-1042',
          state: 'offered',
          team: 'T1',
          channel: 'C1',
          offered_at: NOON,
          ...over,
        })
        .execute(),
    )

  it('lists one person’s questions, the newest first, page by page, without greetings and other people’s', async () => {
    const { store } = database
    const mine = { user_id: TESSA.user, team: TESSA.team }
    const ids: string[] = []
    for (let i = 0; i < 7; i += 1) {
      // Two of one moment: their ids decide.
      const question = await addQuestion(store, { ...mine, created_at: NOON + Math.floor(i / 2) })
      const id = `ans_mine_${i}`
      const answer = { question_id: question.id, team: 'T1', channel: 'C1', asker: TESSA.user, question_text: 'E-02' }
      const rest = { model_text: '', source: 'model' as const, catalog_version: '1', latency_ms: 1, created_at: NOON }
      await store
        .insertInto('answers')
        .values({ id, ...answer, ...rest })
        .execute()
      ids.unshift(question.id)
    }
    const waiting = await addQuestion(store, { ...mine, state: 'claimed', created_at: NOON + 100 })
    await addQuestion(store, { ...mine, state: 'answered', created_at: NOON + 101, text: 'hello' })
    await addQuestion(store, { ...mine, team: 'T2', state: 'claimed' })
    await addQuestion(store, { user_id: 'U0OTHER001', state: 'claimed' })

    const seen: string[] = []
    for (let after: string | null = null; ; ) {
      const page: Page<QuestionListRow> = await readPage((range) => listQuestionsOf(store, TESSA, range), {
        size: 3,
        after,
        placeOf: ({ id, created_at: at }) => ({ at, id }),
      })
      seen.push(...page.rows.map(({ id }) => id))
      if (!page.next) break
      after = page.next
    }
    expect(seen).toHaveLength(8)
    expect(seen[0]).toBe(waiting.id)
    expect(new Set(seen)).toEqual(new Set([waiting.id, ...ids]))
  })

  it('counts answers by where they came from, and how long they took', async () => {
    const { store } = database
    const since = NOON + 10 * DAY
    expect(await readAnswerFigures(store, since)).toEqual({ answers: 0, bySource: {}, p50: null, p95: null })
    for (let i = 1; i <= 100; i += 1)
      await addAnswer(store, { created_at: since + i, latency_ms: i, source: i <= 20 ? 'cache' : 'model' })
    await addAnswer(store, { created_at: since - 1, latency_ms: 99_999 })
    expect(await readAnswerFigures(store, since)).toEqual({
      answers: 100,
      bySource: { cache: 20, model: 80 },
      p50: 50,
      p95: 95,
    })
  })

  it('counts one vote a person and answer, the newest that is still set, within the time', async () => {
    const { store } = database
    const since = NOON + 20 * DAY
    const answer = await addAnswer(store)
    const other = await addAnswer(store)
    await store
      .insertInto('findings')
      .values({ answer_id: other.id, position: 1, code: 'E-01', verdict: 'grounded' })
      .execute()
    const vote = (
      answerId: string,
      user: string,
      value: 1 | -1,
      at: number,
      more: { origin?: string; isSet?: boolean } = {},
    ) =>
      recordVote(
        store,
        {
          answerId,
          voter: { user, team: 'T1' },
          origin: 'button',
          isSet: true,
          isShared: false,
          ...more,
          value,
          eventTs: (at / 1_000).toFixed(6),
        },
        at,
      )
    await vote(answer.id, 'U1', 1, since + 1_000)
    await vote(answer.id, 'U1', -1, since + 2_000, { origin: 'reaction:-1' })
    await vote(answer.id, 'U2', 1, since + 3_000)
    await vote(answer.id, 'U3', 1, since + 3_000, { isSet: false })
    await vote(answer.id, 'U4', -1, since - 60_000)
    await vote(other.id, 'U1', 1, since + 4_000)
    expect(await countVotesByCode(store, { since, until: since + DAY })).toEqual([
      { code: 'E-01', up: 1, down: 0 },
      { code: 'E-02', up: 2, down: 1 },
    ])
    expect(await countVotesByCode(store, { since: since - DAY, until: since })).toEqual([
      { code: 'E-02', up: 0, down: 1 },
    ])
    // Somebody votes and looks within one second.
    await vote(other.id, 'U2', -1, since + 5_300)
    const until = since + 5_301
    expect(await countVotesByCode(store, { since, until })).toContainEqual({ code: 'E-01', up: 1, down: 1 })
  })

  it('lists what a person asked for, and what waits for somebody else’s approval', async () => {
    const { store } = database
    const asked = { requested_by: TESSA.user, requested_by_team: 'T1' }
    await addCommand('cmd_1', { ...asked, state: 'succeeded', requested_at: NOON })
    await addCommand('cmd_2', { ...asked, state: 'awaiting_approval', requested_at: NOON + 5, deadline_at: NOON + 900 })
    await addCommand('cmd_3', { ...asked, state: 'failed', requested_at: NOON - DAY })
    const others = {
      requested_by: 'U0OTHER001',
      requested_by_team: 'T1',
      requested_at: NOON,
      state: 'awaiting_approval',
    }
    await addCommand('cmd_4', { ...others, deadline_at: NOON + 800 })
    await addCommand('cmd_5', { ...others, deadline_at: NOON + 700 })
    await addCommand('cmd_6', { ...others, team: 'T2', deadline_at: NOON + 600 })
    const ids = (rows: readonly { id: string }[]) => rows.map(({ id }) => id)
    const range = { size: 10, after: null }
    expect(ids(await listRequested(store, TESSA, NOON - 1, range))).toEqual(['cmd_2', 'cmd_1'])
    expect(ids(await listRequested(store, TESSA, NOON - 1, { size: 1, after: { at: NOON + 5, id: 'cmd_2' } }))).toEqual(
      ['cmd_1'],
    )
    expect(ids(await listAwaitingApproval(store, TESSA, range))).toEqual(['cmd_5', 'cmd_4'])
    expect(ids(await listAwaitingApproval(store, TESSA, { size: 1, after: { at: NOON + 700, id: 'cmd_5' } }))).toEqual([
      'cmd_4',
    ])
  })

  it('tells the newest steps of a device or of all, each with its command', async () => {
    const { store } = database
    const step = (id: string, command_id: string, at: number) =>
      store
        .insertInto('command_steps')
        .values({ id, command_id, at, to_state: 'sent', why: 'the broker accepted it' })
        .execute()
    await addCommand('cmd_a', { device: 'HC5000-B-0001' })
    await addCommand('cmd_b', { device: 'HC5000-B-0002' })
    await step('cmd_a.0001', 'cmd_a', NOON + 60 * DAY)
    await step('cmd_a.0002', 'cmd_a', NOON + 60 * DAY + 2)
    await step('cmd_b.0001', 'cmd_b', NOON + 60 * DAY + 1)
    const newest = await listNewestSteps(store, null, 3)
    expect(newest.map(({ id }) => id)).toEqual(['cmd_a.0002', 'cmd_b.0001', 'cmd_a.0001'])
    expect(newest[1]?.command.device).toBe('HC5000-B-0002')
    const one = await listNewestSteps(store, 'HC5000-B-0001', 1)
    expect(one.map(({ id }) => id)).toEqual(['cmd_a.0002'])
    expect(await listNewestSteps(store, "HC5000-B-0009' or 1=1 --", 9)).toEqual([])
    expect((await auditPage(store, { device: 'HC5000-B-0001' }, '', 9)).map(({ id }) => id)).toEqual([
      'cmd_a.0001',
      'cmd_a.0002',
    ])
  })

  it('lists an author’s own corrections, the newest first', async () => {
    const { store } = database
    const add = (id: string, over: object) =>
      store
        .insertInto('corrections')
        .values({ ...correctionRow(), dedup_key: null, id, ...over })
        .execute()
    await add('cor_1', { author: TESSA.user, author_team: 'T1', created_at: NOON })
    await add('cor_2', { author: TESSA.user, author_team: 'T1', created_at: NOON + 1 })
    await add('cor_3', { author: TESSA.user, author_team: 'T2', created_at: NOON + 2 })
    const rows = await listOwnCorrections(store, TESSA, { size: 9, after: null })
    expect(rows.map(({ id }) => id)).toEqual(['cor_2', 'cor_1'])
    const [older] = await listOwnCorrections(store, TESSA, { size: 9, after: { at: NOON + 1, id: 'cor_2' } })
    expect(older?.id).toBe('cor_1')
  })

  it('lists what a person proposed after somebody else among their own, once and in its place', async () => {
    const { store } = database
    const add = (id: string, created_at: number, author: string) =>
      store
        .insertInto('corrections')
        .values({ ...correctionRow(), dedup_key: null, id, author, created_at })
        .execute()
    await add('cor_a', NOON, 'UNILS')
    await add('cor_b', NOON + 1, 'UOTHER')
    await add('cor_c', NOON + 2, 'UNILS')
    await add('cor_d', NOON + 3, 'UOTHER')
    const back = (correction_id: string, supporter: string, supporter_team: string, answer_id: string) =>
      store
        .insertInto('correction_supporters')
        .values({ correction_id, supporter, supporter_team, answer_id, at: NOON })
        .execute()
    await back('cor_b', 'UNILS', 'T1', 'ans_1')
    await back('cor_b', 'UNILS', 'T1', 'ans_2')
    await back('cor_c', 'UNILS', 'T1', 'ans_1')
    await back('cor_d', 'UNILS', 'T2', 'ans_1')
    const nils = { user: 'UNILS', team: 'T1' }
    const rows = await listOwnCorrections(store, nils, { size: 9, after: null })
    expect(rows.map(({ id }) => id)).toEqual(['cor_c', 'cor_b', 'cor_a'])
    const [first, second] = await listOwnCorrections(store, nils, { size: 2, after: { at: NOON + 2, id: 'cor_c' } })
    expect([first?.id, second?.id]).toEqual(['cor_b', 'cor_a'])
  })

  it('knows what is live: the configured model until an alias was moved', async () => {
    const { store } = database
    const configured = { assistant: 'base', classifier: 'base' }
    await store
      .insertInto('aliases')
      .values({
        alias: 'assistant',
        model: 'ft:2',
        previous_model: 'ft:1',
        changed_by: 'U0ADMN0001',
        reason: 'better',
        changed_at: NOON,
      })
      .execute()
    expect(await readLiveModels(store, configured)).toEqual([
      { alias: 'assistant', model: 'ft:2', moved: { by: 'U0ADMN0001', at: NOON, reason: 'better', previous: 'ft:1' } },
      { alias: 'classifier', model: 'base', moved: null },
    ])
  })
})
