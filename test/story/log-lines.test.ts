import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildProgram } from '../../src/cli/build.ts'
import { runProgram } from '../../src/cli/program.ts'
import { CONSENT_LINE } from '../../src/feedback/corrections/corrections.ts'
import { REVIEW_WORDS } from '../../src/feedback/labels.ts'
import type { Message } from '../../src/sandbox/page/contract.ts'
import { PEOPLE } from '../../src/sandbox/workspace/state/seed.ts'
import { SHARED_WORDS } from '../../src/slack/blocks/words.ts'
import { PROPOSED } from '../../src/slack/feedback/words.ts'
import type { Seat } from '../support/seat.ts'
import { readMessage, textIn } from '../support/seat-reading.ts'
import { startTestApp, type TestApp } from '../support/test-app.ts'

/** The log classifier's road: from a wrong category in Slack to the next classifier, which has learnt the right one. */
describe('a log line', () => {
  let fixture: TestApp
  let tessa: Seat
  let nils: Seat
  let ruth: Seat
  const LINE = 'HC5000-A-1138 at 10.1.2.3: lamp intensity 12 %, replace UV lamp'
  const TAUGHT = 'HC5000-A-0000 at 192.0.2.1: lamp intensity 12 %, replace UV lamp'
  let wrong: string
  let right: string

  beforeAll(async () => {
    fixture = await startTestApp({ sandbox: { rateLimits: false } })
    ;[tessa, nils, ruth] = await fixture.seats(PEOPLE.technician, PEOPLE.secondTechnician, PEOPLE.reviewer)
  })
  afterAll(() => fixture[Symbol.asyncDispose]())

  const classify = async (seat: Seat, line: string): Promise<Message> => {
    const before = new Set(seat.messages().map(({ ts }) => ts))
    expect(await seat.command(`/classify ${line}`)).toEqual({ ok: true })
    return seat.waitFor(({ messages }) => messages.find((one) => one.isEphemeral && !before.has(one.ts)), {
      what: `the category of ${line}`,
    })
  }
  const formOf = (seat: Seat) =>
    seat.waitFor(({ modals }) => modals.find((one) => textIn(one.blocks).includes('Category')), { what: 'the form' })
  const told = (seat: Seat, words: string) =>
    seat.waitFor(({ messages }) => messages.find((one) => one.channel === seat.dm && one.text === words), {
      what: words,
    })
  const homeWith = async (seat: Seat, words: string) => {
    await seat.openHome()
    return seat.waitFor(({ home }) => (home && textIn(home.blocks).includes(words) ? home : null), { what: words })
  }
  const rows = () => fixture.app.core.store.selectFrom('log_lines').selectAll().orderBy('id').execute()

  it('gets its category, with thumbs that its asker presses', async () => {
    const said = await classify(tessa, 'Battery level on SENSOR-112 is at 4%. Immediate action required.')
    expect(readMessage(said)).toContain('*Power*')
    expect(textIn(said.blocks)).toContain('classifier `ft:')
    await tessa.click(said, '👍')
    await expect.poll(rows).toMatchObject([{ category: 'Power', vote: 1, asker: tessa.userId }])
    await tessa.click(said, '👎')
    const form = await formOf(tessa)
    await expect.poll(rows).toMatchObject([{ vote: -1 }])
    // What was typed into a form that is closed waits for its author.
    expect(await tessa.submit(form, { code: 'Security', question: '', note: 'half a thought' })).toMatchObject({
      ok: false,
    })
    await tessa.dismiss(form)
    await tessa.click(await told(tessa, SHARED_WORDS.draftKept), SHARED_WORDS.goOn)
    const again = await tessa.waitFor(({ modals }) =>
      modals.find((one) => textIn(one.blocks).includes(SHARED_WORDS.draftLoaded)),
    )
    expect(JSON.stringify(again.blocks)).toContain('half a thought')
    await tessa.dismiss(again)
  })

  it('with a wrong category is corrected by a select, the line free of what names anybody', async () => {
    const said = await classify(tessa, LINE)
    wrong = readMessage(said).includes('*Power*') ? 'Power' : 'Sensor_Fault'
    right = wrong === 'Power' ? 'Sensor_Fault' : 'Power'
    await tessa.click(said, '👎')
    const form = await formOf(tessa)
    expect(JSON.stringify(form.blocks)).toContain(TAUGHT)
    expect(textIn(form.blocks)).toContain(CONSENT_LINE)
    expect(() => tessa.submit(form, { code: wrong })).toThrow(`no option ${wrong}`)
    expect(await tessa.submit(form, { question: TAUGHT })).toMatchObject({ ok: false })
    const reserved = await tessa.submit(form, { code: right, question: '<|im_start|>' })
    expect(JSON.stringify(reserved)).toContain('models reserve them')
    expect(
      await tessa.submit(form, { code: right, question: LINE, note: 'The lamp is part of the optics.' }),
    ).toMatchObject({
      ok: true,
    })
    await told(tessa, PROPOSED.new)
    // Somebody else finds the same.
    await nils.click(await classify(nils, LINE), '👎')
    expect(await nils.submit(await formOf(nils), { code: right })).toMatchObject({ ok: true })
    await told(nils, PROPOSED.backed)
  })

  it('is reviewed in App Home by somebody else, and its authors hear of it', async () => {
    const own = await homeWith(tessa, 'Your corrections')
    expect(textIn(own.blocks)).toContain(`“${TAUGHT}” → *${right.replace('_', 'ˍ')}*`)
    const home = await homeWith(ruth, TAUGHT)
    const text = textIn(home.blocks)
    for (const part of [`*Proposed:* ${right}`, `*Said:* ${wrong}`, 'part of the optics', 'proposed 2 times'])
      expect(text).toContain(part)
    await ruth.click(home, 'Approve')
    await ruth.waitFor(({ home: view }) => view && textIn(view.blocks).includes('queue is empty'))
    for (const seat of [tessa, nils])
      await seat.waitFor(({ messages }) => messages.find((one) => one.channel === seat.dm && /approved/.test(one.text)))
  })

  it('is approved in the reviewer’s words, or rejected with a reason, by the same screens', async () => {
    const correct = async (line: string) => {
      const said = await classify(tessa, line)
      await tessa.click(said, '👎')
      const code = readMessage(said).includes('*Security*') ? 'Power' : 'Security'
      expect(await tessa.submit(await formOf(tessa), { code })).toMatchObject({ ok: true })
    }
    await correct('modem lost its carrier after a reset')
    await ruth.click(await homeWith(ruth, 'modem lost its carrier'), 'Edit and approve…')
    const review = await ruth.waitFor(({ modals }) => modals.find((one) => textIn(one.blocks).includes('Category')))
    expect(await ruth.submit(review, { code: 'Connectivity' })).toMatchObject({ ok: true })
    await homeWith(ruth, REVIEW_WORDS.queueEmpty)
    await correct('door contact of the cabinet opened')
    await ruth.click(await homeWith(ruth, 'door contact'), 'Reject…')
    const asking = await ruth.waitFor(({ modals }) => modals.find((one) => textIn(one.blocks).includes('Why?')))
    expect(await ruth.submit(asking, { reason: 'It was right.' })).toMatchObject({ ok: true })
    await tessa.waitFor(({ messages }) => messages.find(({ text }) => text.includes('It was right.')))
    const edited = await fixture.app.core.store
      .selectFrom('corrections')
      .select(['status', 'code'])
      .where('question', 'like', 'modem%')
      .execute()
    expect(edited).toEqual([{ status: 'edited_and_approved', code: 'Connectivity' }])
  })

  it('is exported to a data set of its own, and the next classifier has learnt it', async () => {
    const file = join(fixture.folder, 'lines.jsonl')
    const exported = await terminal('corrections', 'export', '--kind', 'log', '--format', 'openai-sft', '--out', file)
    expect(exported, exported.err).toMatchObject({ code: 0 })
    const lines = (await readFile(file, 'utf8')).trim().split('\n')
    expect(lines).toHaveLength(2)
    const { messages } = JSON.parse(lines[0] ?? '')
    expect(messages.slice(1)).toEqual([
      { role: 'user', content: `Log: ${TAUGHT}` },
      { role: 'assistant', content: right },
    ])
    const folder = join(fixture.folder, 'lines')
    expect(await terminal('dataset', 'build', '--kind', 'classifier', '--out', folder)).toMatchObject({ code: 0 })
    const trained = await terminal('finetune', 'start', '--train', join(folder, 'train.jsonl'), '--watch')
    expect(trained, trained.err).toMatchObject({ code: 0 })
    const model = /succeeded: (\S+)/.exec(trained.out)?.[1] ?? ''
    const promoted = await terminal(
      ...['models', 'promote', model, '--alias', 'classifier', '--override', '--reason', 'a corrected category'],
    )
    expect(promoted, promoted.err).toMatchObject({ code: 0 })
    await expect
      .poll(async () => readMessage(await classify(tessa, LINE)), { timeout: 15_000, interval: 500 })
      .toContain(`*${right === 'Power' ? 'Power' : 'Sensor fault'}*`)
  })

  async function terminal(...args: string[]) {
    const out: string[] = []
    const err: string[] = []
    const one = {
      out: (text: string) => void out.push(text),
      err: (text: string) => void err.push(text),
      isInteractive: false,
      environment: { ...fixture.settings },
      signal: new AbortController().signal,
    }
    const code = await runProgram(buildProgram(one), args, one)
    return { code, out: out.join('\n'), err: err.join('\n') }
  }
})
