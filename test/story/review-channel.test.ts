import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type App, createApp } from '../../src/app.ts'
import { readConfig } from '../../src/config/config.ts'
import { CONSENT_LINE, checkCorrection, proposeCorrection } from '../../src/feedback/corrections/corrections.ts'
import { enqueue } from '../../src/outbox/outbox-records.ts'
import type { Message } from '../../src/sandbox/page/contract.ts'
import { CHANNELS, PEOPLE, TEAM } from '../../src/sandbox/workspace/state/seed.ts'
import { ACTION } from '../../src/slack/blocks/ids.ts'
import { SHARED_WORDS } from '../../src/slack/blocks/words.ts'
import type { Seat } from '../support/seat.ts'
import { formOf, readMessage, textIn } from '../support/seat-reading.ts'
import { silent } from '../support/silent.ts'
import { runTerminal } from '../support/terminal.ts'
import { startTestApp, type TestApp } from '../support/test-app.ts'
import { unhurried } from '../support/unhurried.ts'

/** What waits for review is shown to the reviewers where they are, and what became of it to who proposed it. */
describe('the review channel', () => {
  let fixture: TestApp
  let tessa: Seat
  let ruth: Seat
  let nils: Seat
  let again: App | null = null

  beforeAll(async () => {
    fixture = await startTestApp({ isTrained: false, settings: { REVIEW_CHANNEL: CHANNELS.fieldSupport } })
    ;[tessa, ruth, nils] = await fixture.seats(PEOPLE.technician, PEOPLE.reviewer, PEOPLE.secondTechnician)
  })
  afterAll(async () => {
    await again?.[Symbol.asyncDispose]()
    await fixture[Symbol.asyncDispose]()
  })

  const answerTo = async (question: string): Promise<Message> => {
    const ts = await tessa.say(tessa.dm, question)
    return tessa.waitFor(({ messages }) =>
      messages.find((one) => one.userId === PEOPLE.bot && one.threadTs === ts && !one.isEphemeral),
    )
  }
  const propose = async (question: string, action: string) => {
    await tessa.click(await answerTo(question), '👎')
    const form = await tessa.waitFor(formOf)
    expect(await tessa.submit(form, { reason: 'wrong_action', action })).toEqual({ ok: true })
    return shown(action)
  }
  const shown = (words: string) =>
    ruth.waitFor(
      ({ messages }) =>
        messages.findLast((one) => one.channel === CHANNELS.fieldSupport && readMessage(one).includes(words)),
      { what: `in the review channel: ${words}` },
    )
  const told = (words: string) =>
    tessa.waitFor(({ messages }) => messages.findLast((one) => one.channel === tessa.dm && one.text.includes(words)), {
      what: `in private: ${words}`,
    })
  const standing = (words: string) =>
    ruth.messages(CHANNELS.fieldSupport).filter((one) => readMessage(one).includes(words))
  const proposeInStore = async (action: string) => {
    const { store, catalog } = fixture.app.core
    const problem = 'Low battery warning (below 15%)'
    const form = { question: 'What does W-10 mean?', code: 'W-10', problem, action, reason: 'outdated' }
    const checked = checkCorrection({ ...form, consent: CONSENT_LINE }, catalog)
    if (!checked.ok) throw new Error(JSON.stringify(checked.faults))
    const author = { user: PEOPLE.technician, team: TEAM.id }
    const about = { answerId: null, originalText: '', model: null, catalogVersion: catalog.version }
    const { correction } = await proposeCorrection(
      store,
      { correction: checked.correction, author, ...about },
      Date.now(),
    )
    return correction
  }
  const idOf = async (action: string) =>
    (
      await fixture.app.core.store
        .selectFrom('corrections')
        .select('id')
        .where('action', '=', action)
        .executeTakeFirstOrThrow()
    ).id

  it('shows a proposal once, lets reviewers alone decide there, and then says what came of it', async () => {
    const message = await propose('E-02?', 'Trigger the cleaning twice')
    await nils.click(message, 'Approve')
    await nils.waitFor(({ messages }) =>
      messages.find((one) => one.isEphemeral && readMessage(one).includes('Only reviewers')),
    )
    await ruth.click(message, 'Edit and approve…')
    const form = await ruth.waitFor(formOf)
    await shown('is reviewing this')
    expect(await ruth.submit(form, { fallback: 'Look at the sensor' })).toEqual({ ok: true })
    const settled = await shown('Approved with changes by')
    expect(settled.ts).toBe(message.ts)
    expect(JSON.stringify(settled.blocks)).not.toContain('"button"')
    expect(readMessage(await told('was approved with changes'))).toContain('Look at the sensor')
  })

  it('shows what was rejected there, with the reason', async () => {
    const message = await propose('E-01?', 'Calibrate it by hand')
    await ruth.click(message, 'Reject…')
    const form = await ruth.waitFor(formOf)
    expect(await ruth.submit(form, { reason: '<!channel> no' })).toMatchObject({ ok: true })
    const settled = await shown('Rejected by')
    expect(readMessage(settled)).toContain('&lt;!channel&gt; no')
    await told('was not taken over: &lt;!channel&gt; no')
  })

  it('hears what was decided at the terminal', async () => {
    const message = await propose('E-05?', 'Reboot it twice')
    const id = await idOf('Reboot it twice')
    const said = await runTerminal(
      ['corrections', 'reject', id, '--reason', 'Once is enough', '--as', 'rita'],
      fixture.settings,
    )
    expect(said).toMatchObject({ code: 0 })
    const settled = await shown('Once is enough')
    expect(settled.ts).toBe(message.ts)
    expect(readMessage(settled)).toContain('terminal:rita')
    await told('Once is enough')
  })

  it('shows whose it is when its author withdraws, and tells who it goes on with', async () => {
    const message = await propose('E-02, and now?', 'Brush the sensor off')
    const ts = await nils.say(nils.dm, 'E-02, and now?')
    await nils.click(
      await nils.waitFor(({ messages }) =>
        messages.find((one) => one.userId === PEOPLE.bot && one.threadTs === ts && !one.isEphemeral),
      ),
      '👎',
    )
    const form = await nils.waitFor(formOf)
    expect(await nils.submit(form, { reason: 'wrong_action', action: 'Brush the sensor off' })).toEqual({ ok: true })
    await shown('proposed 2 times')
    await tessa.openHome()
    const home = await tessa.waitFor(({ home }) => home && textIn(home.blocks).includes('Brush the sensor off') && home)
    const id = await idOf('Brush the sensor off')
    await tessa.click(home, ({ action_id, value }) => action_id === ACTION.withdrawCorrection && value === id)
    await tessa.waitFor(({ home: now }) => now && textIn(now.blocks).includes('it stays for them'))
    await nils.waitFor(({ messages }) => messages.find((one) => one.text.includes('goes on in your name')))
    const settled = await ruth.waitFor(({ messages }) =>
      messages.find((one) => one.ts === message.ts && readMessage(one).includes(`by <@${PEOPLE.secondTechnician}>`)),
    )
    expect(readMessage(settled)).not.toContain('proposed 2 times')
  })

  it('posts nothing twice when Slack’s answer to a post was lost', async () => {
    const { store } = fixture.app.core
    fixture.sandbox.workspace.faults.add({ method: 'chat.postMessage', status: 502, after: true })
    const action = 'Schedule battery replacement tomorrow'
    const correction = await proposeInStore(action)
    await fixture.app.outbox.runOnce()
    await store.updateTable('outbox').set({ run_at: 0 }).where('topic', '=', 'review').execute()
    await fixture.app.outbox.runOnce()
    await shown(action)
    await enqueue(store, { topic: 'review', key: correction.id, runAt: new Date() }, new Date())
    await fixture.app.outbox.runOnce()
    expect(standing(action)).toHaveLength(1)
  })

  it('keeps what was typed while the bot was gone, and gives it back after its start', async () => {
    const answer = await answerTo('E-02 once more')
    await tessa.click(answer, '👎')
    const form = await tessa.waitFor(formOf)
    await tessa.type(form, 'note', 'The brush is worn')
    await fixture.app[Symbol.asyncDispose]()
    expect(await tessa.submit(form, { reason: 'unclear' })).toMatchObject({ ok: false })
    await tessa.dismiss(form)
    again = await createApp(readConfig(fixture.settings), unhurried({ logger: silent }))
    await again.start(AbortSignal.timeout(10_000))
    await fixture.sandbox.workspace.connected()
    await tessa.click(answer, '👎')
    const back = await tessa.waitFor(formOf)
    expect(textIn(back.blocks)).toContain(SHARED_WORDS.draftLoaded)
    expect(JSON.stringify(back.blocks)).toContain('The brush is worn')
  })
})
