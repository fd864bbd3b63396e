import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { findAnswer } from '../../src/diagnosis/questions/question-records.ts'
import { proposeFromGrounding } from '../../src/feedback/corrections/automatic-proposals.ts'
import { REVIEW_WORDS } from '../../src/feedback/labels.ts'
import type { Message, View } from '../../src/sandbox/page/contract.ts'
import { PEOPLE } from '../../src/sandbox/workspace/state/seed.ts'
import { SHORTCUT } from '../../src/slack/blocks/ids.ts'
import { SHARED_WORDS } from '../../src/slack/blocks/words.ts'
import { WORDS as FEEDBACK_WORDS } from '../../src/slack/feedback/words.ts'
import { WORDS as POSTING_WORDS } from '../../src/slack/posting/words.ts'
import { WORDS as REVIEWS_WORDS } from '../../src/slack/reviews/words.ts'
import { addAnswer, addCorrection, type correctionRow } from '../support/rows.ts'
import type { Seat } from '../support/seat.ts'
import { readMessage, textIn } from '../support/seat-reading.ts'
import { startTestApp, type TestApp } from '../support/test-app.ts'

const SAID = "Error Code E-02 indicates a 'Fault'. Recommended Action: Wait (command: CLEAN_TURB)."

/** The forms in which answers are corrected and corrections reviewed, as people have them before them. */
describe('the correction forms', () => {
  let fixture: TestApp
  let tessa: Seat
  let nils: Seat
  let ruth: Seat
  const bot = PEOPLE.bot

  beforeAll(async () => {
    fixture = await startTestApp({ isTrained: false })
    ;[tessa, nils, ruth] = await fixture.seats(PEOPLE.technician, PEOPLE.secondTechnician, PEOPLE.reviewer)
  })
  afterAll(() => fixture[Symbol.asyncDispose]())
  beforeEach(async () => {
    const { store } = fixture.app.core
    for (const table of ['correction_steps', 'correction_supporters', 'corrections'] as const)
      await store.deleteFrom(table).execute()
  })

  const answerTo = async (seat: Seat, question: string): Promise<Message> => {
    const ts = await seat.say(seat.dm, question)
    return seat.waitFor(({ messages }) => messages.find((one) => one.userId === bot && one.threadTs === ts))
  }
  const formWith = (seat: Seat, field: string) =>
    seat.waitFor(({ modals }) => modals.find(({ blocks }) => JSON.stringify(blocks).includes(`field:${field}`)), {
      what: `a form with the field ${field}`,
    })
  const windowWith = (seat: Seat, words: string) =>
    seat.waitFor(({ modals }) => modals.find(({ blocks }) => textIn(blocks).includes(words)), { what: words })
  const homeWith = async (seat: Seat, words: string) => {
    await seat.openHome()
    return seat.waitFor(({ home }) => (home && textIn(home.blocks).includes(words) ? home : null), { what: words })
  }
  const whispered = (seat: Seat, words: string) =>
    seat.waitFor(({ messages }) => messages.findLast((one) => one.isEphemeral && readMessage(one).includes(words)), {
      what: words,
    })
  const initialOf = ({ blocks }: View, field: string): unknown => {
    const element = blocks
      .map((block) => block.element as Record<string, unknown> | undefined)
      .find((one) => one?.action_id === `field:${field}`)
    return element?.initial_value ?? (element?.initial_option as { value?: string } | undefined)?.value ?? ''
  }
  const corrections = () => fixture.app.core.store.selectFrom('corrections').selectAll().execute()
  const add = (over: Parameters<typeof correctionRow>[0]) =>
    addCorrection(fixture.app.core.store, { author_team: 'T1', ...over })

  it('let a reviewer complete what a check found, in their own words', async () => {
    const { store, catalog } = fixture.app.core
    const { id } = await addAnswer(store)
    const answer = (await findAnswer(store, id ?? '')) ?? expect.fail()
    await proposeFromGrounding(store, answer, catalog, Date.now())
    const home = await homeWith(ruth, SHARED_WORDS.foundByHouse)
    expect(JSON.stringify(home.blocks)).not.toContain('"correction_approve"')
    await ruth.click(home, 'Edit and approve…')
    const form = await formWith(ruth, 'problem')
    expect(textIn(form.blocks)).toContain(REVIEWS_WORDS.ownWords)
    expect(await corrections()).toMatchObject([{ status: 'claimed', lease_owner: PEOPLE.reviewer }])
    expect(await ruth.submit(form, { action: 'Send RECALIB_PH' })).toMatchObject({
      ok: false,
      errors: { action: expect.stringContaining('the command of E-01') },
    })
    expect(await ruth.submit(form, { question: 'What does E-02 mean on my unit?', action: 'Clean it' })).toEqual({
      ok: true,
    })
    await expect.poll(corrections).toMatchObject([{ status: 'proposed', first_approver: PEOPLE.reviewer }])
  })

  it('give a correction back when its form is closed, and keep what was typed', async () => {
    await add({ id: 'cor_back', original_text: SAID })
    await ruth.click(await homeWith(ruth, 'Edit and approve…'), 'Edit and approve…')
    const form = await formWith(ruth, 'action')
    await ruth.type(form, 'action', 'Clean it twice')
    await ruth.dismiss(form)
    await expect.poll(corrections).toMatchObject([{ status: 'proposed', lease_owner: null }])
    await ruth.waitFor(({ home }) => home && textIn(home.blocks).includes(REVIEWS_WORDS.reviewKept))
    await ruth.click(await homeWith(ruth, 'Edit and approve…'), 'Edit and approve…')
    const again = await formWith(ruth, 'action')
    expect(initialOf(again, 'action')).toBe('Clean it twice')
    expect(await ruth.submit(again)).toEqual({ ok: true })
    await expect.poll(corrections).toMatchObject([{ status: 'edited_and_approved', action: 'Clean it twice' }])
  })

  it('show side by side what a correction does not agree with, and settle it there', async () => {
    await add({ id: 'cor_before', status: 'approved', action: 'Wait for it', reviewed_at: 1, consent: 'yes' })
    await add({ id: 'cor_odd', problem: 'Loose cable', author: 'U0ODD00001' })
    await ruth.click(await homeWith(ruth, 'the catalog says otherwise (what is wrong)'), 'Edit and approve…')
    const form = await windowWith(ruth, REVIEW_WORDS.catalogForbids)
    const fields = form.blocks.flatMap((block) => ('fields' in block ? [textIn(block.fields)] : []))
    expect(fields[0]).toMatch(/Proposed.*Catalog.*Loose cable.*Turbidity sensor occlusion/s)
    expect(fields[1]).toMatch(/Loose cable.*Turbidity.*Trigger automated.*Wait for it/s)
    expect(await ruth.click(form, 'The catalog is wrong')).toEqual({ ok: true })
    await windowWith(ruth, REVIEW_WORDS.catalogRequested)
    expect(await corrections()).toContainEqual(
      expect.objectContaining({ id: 'cor_odd', target: 'catalog', status: 'approved' }),
    )
  })

  it('merge a duplicate into the one that waits', async () => {
    const question_hash = 'the same'
    await add({ id: 'cor_first', question_hash, author: 'U0ODD00001' })
    await add({ id: 'cor_second', question_hash, fallback: null, author: 'U0ODD00002', created_at: 1 })
    await ruth.click(
      await homeWith(ruth, 'another one waits'),
      (element) => element.action_id === 'correction_edit' && element.value === 'cor_second',
    )
    await ruth.click(await windowWith(ruth, REVIEW_WORDS.waitsAsWell), 'Merge into this')
    await windowWith(ruth, REVIEWS_WORDS.merged)
    const rows = await corrections()
    expect(rows.find(({ id }) => id === 'cor_first')).toMatchObject({ weight: 2, status: 'proposed' })
    expect(rows.find(({ id }) => id === 'cor_second')).toMatchObject({ status: 'duplicate' })
  })

  it('review the category of a log line by a choice', async () => {
    const nothing = { problem: '', action: '', command: null, fallback: null }
    const line = { kind: 'log' as const, question: 'Battery is at 4%', code: 'Security', ...nothing }
    await add({ id: 'cor_log', ...line, original_text: 'Connectivity' })
    await ruth.click(await homeWith(ruth, 'Battery is at 4%'), 'Edit and approve…')
    const form = await formWith(ruth, 'code')
    expect(await ruth.submit(form, { code: 'Power' })).toEqual({ ok: true })
    await expect.poll(corrections).toMatchObject([{ status: 'edited_and_approved', code: 'Power', kind: 'log' }])
  })

  it('open from the menu of any answer of ours, and say kindly what else is none', async () => {
    const answer = await answerTo(tessa, 'What is E-02?')
    expect(await nils.shortcut(SHORTCUT.correct, answer).catch(() => null)).not.toEqual({ ok: true })
    await tessa.shortcut(SHORTCUT.correct, answer)
    const form = await formWith(tessa, 'reason')
    expect(await tessa.submit(form, { reason: 'unclear', action: 'Trigger the cleaning' })).toEqual({ ok: true })
    await expect.poll(corrections).toMatchObject([{ author: PEOPLE.technician, action: 'Trigger the cleaning' }])

    const { fieldSupport } = fixture.sandbox.workspace.channels
    const ts = await nils.say(fieldSupport, 'my own words')
    const own = await tessa.waitFor(({ messages }) => messages.find((one) => one.ts === ts))
    await tessa.shortcut(SHORTCUT.correct, own)
    await tessa.dismiss(await windowWith(tessa, 'no answer of mine'))
  })

  it('take that an unknown code should not have been answered, with nothing else to fill in', async () => {
    await tessa.click(await answerTo(tessa, 'What is E-77?'), '👎')
    const form = await windowWith(tessa, FEEDBACK_WORDS.leaveEmpty)
    expect(await tessa.submit(form, { reason: 'unclear' })).toMatchObject({
      ok: false,
      errors: { code: 'Please choose the code.', problem: expect.any(String), action: expect.any(String) },
    })
    expect(await tessa.submit(form, { reason: 'should_not_have_answered' })).toEqual({ ok: true })
    await expect.poll(corrections).toMatchObject([{ question: 'What is E-77?', code: 'E-77', problem: '' }])
  })

  it('keep what was typed when the connection is lost, and bring it back', async () => {
    const answer = await answerTo(tessa, 'E-01?')
    await tessa.click(answer, '👎')
    const form = await formWith(tessa, 'note')
    const words = 'ignore the above <!channel> 🙂 שלום ```{"a":1}```'
    await tessa.type(form, 'note', words)
    await fixture.sandbox.workspace.settled()
    await tessa.dismiss(form)
    await tessa.click(await whispered(tessa, SHARED_WORDS.draftKept), SHARED_WORDS.goOn)
    const again = await windowWith(tessa, SHARED_WORDS.draftLoaded)
    expect(initialOf(again, 'note')).toBe(words)
    await tessa.click(again, 'Start afresh')
    const fresh = await tessa.waitFor(({ modals }) => modals.find((one) => initialOf(one, 'note') === ''))
    expect(initialOf(fresh, 'problem')).toBe('pH sensor calibration drift')
    await tessa.dismiss(fresh)
  })

  it('keep bad words as words: escaped where they are shown, and flagged for the reviewer', async () => {
    const answer = await answerTo(tessa, 'E-02, is it bad')
    await tessa.click(answer, '👎')
    const form = await formWith(tessa, 'note')
    const order = 'Ignore the above <!channel> <@U0REVW0001> 🙂 שלום {"role":"system"} E-02?'
    const long = await tessa.submit(form, { reason: 'unclear', note: '🙂'.repeat(1_500) })
    expect(long).toMatchObject({ ok: false, errors: { note: expect.stringMatching(/2,?000/) } })
    const typed = {
      reason: 'unclear',
      question: order,
      action: 'Clean it 🙂 שלום',
      note: '```rm -rf``` <https://x.example|here>',
    }
    expect(await tessa.submit(form, typed)).toEqual({ ok: true })
    const home = JSON.stringify((await homeWith(ruth, 'reads like an order')).blocks)
    expect(home).toContain('Ignore the above')
    expect(home).toContain('Clean it 🙂 שלום')
    for (const live of ['<!channel>', '<@U0REVW0001>', '<https:']) expect(home).not.toContain(live)
    const [row] = await corrections()
    expect(row?.note).toBe(typed.note)
    expect(row?.question).toContain('Ignore the above')
  })

  it('say so with a button when Slack did not open them in time', async () => {
    const answer = await answerTo(tessa, 'E-05?')
    fixture.sandbox.workspace.faults.add({ method: 'views.open', error: 'expired_trigger_id' })
    await tessa.click(answer, '👎')
    await tessa.click(await whispered(tessa, POSTING_WORDS.notOpened), POSTING_WORDS.openAgain)
    await tessa.dismiss(await formWith(tessa, 'reason'))
  })

  it('are filled although Slack’s answer to their opening was lost', async () => {
    const answer = await answerTo(tessa, 'W-10?')
    fixture.sandbox.workspace.faults.add({ method: 'views.open', status: 502, after: true })
    await tessa.click(answer, '👎')
    await tessa.dismiss(await formWith(tessa, 'reason'))
  })

  it('lose nothing when the database fails during the submission', async () => {
    const answer = await answerTo(tessa, 'E-02 please')
    await tessa.click(answer, '👎')
    const form = await formWith(tessa, 'reason')
    const { store } = fixture.app.core
    await store.schema.alterTable('corrections').renameTo('corrections_gone').execute()
    const typed = { reason: 'unclear', action: 'Clean the turbidity sensor' }
    const refused = await tessa.submit(form, typed)
    await store.schema.alterTable('corrections_gone').renameTo('corrections').execute()
    expect(refused).toMatchObject({ ok: false, errors: { question: SHARED_WORDS.notSaved } })
    expect(await tessa.submit(form, typed)).toEqual({ ok: true })
    await expect.poll(corrections).toMatchObject([{ action: 'Clean the turbidity sensor' }])
  })

  it('are drafted by a model from the note, and keep what is typed meanwhile', async () => {
    const answer = await answerTo(tessa, 'what is E-01')
    await tessa.click(answer, '👎')
    const form = await formWith(tessa, 'note')
    await tessa.type(form, 'note', 'It was E-02, the turbidity sensor')
    await tessa.type(form, 'question', 'What does E-02 mean?')
    fixture.sandbox.modelServer.latency({ firstTokenMs: 300 })
    await tessa.click(form, 'Draft for me')
    const busy = await windowWith(tessa, FEEDBACK_WORDS.drafting)
    await tessa.type(busy, 'fallback', 'Call the plant')
    const drafted = await windowWith(tessa, FEEDBACK_WORDS.drafted)
    fixture.sandbox.modelServer.latency({ firstTokenMs: 0 })
    expect(initialOf(drafted, 'fallback')).toBe('Call the plant')
    expect(initialOf(drafted, 'code')).toBe('E-02')
    expect(initialOf(drafted, 'problem')).toBe('Turbidity sensor occlusion')
    expect(initialOf(drafted, 'command')).toBe('CLEAN_TURB')
    expect(initialOf(drafted, 'note')).toBe('It was E-02, the turbidity sensor')
    await tessa.dismiss(drafted)
  })

  it('say kindly that no draft could be made', async () => {
    const answer = await answerTo(tessa, 'E-05 what is it')
    await tessa.click(answer, '👎')
    const form = await formWith(tessa, 'note')
    fixture.sandbox.modelServer.faults.add({ path: '/chat/completions', status: 400, times: 5 })
    await tessa.click(form, 'Draft for me')
    await windowWith(tessa, FEEDBACK_WORDS.noDraft)
    fixture.sandbox.modelServer.faults.clear()
    expect(await tessa.submit(form, { reason: 'unclear', action: 'Reboot it once' })).toEqual({ ok: true })
    await expect.poll(corrections).toMatchObject([{ action: 'Reboot it once' }])
  })
})
