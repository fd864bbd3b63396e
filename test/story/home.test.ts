import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { REVIEW_WORDS } from '../../src/feedback/labels.ts'
import { PEOPLE } from '../../src/sandbox/workspace/state/seed.ts'
import { SHARED_WORDS } from '../../src/slack/blocks/words.ts'
import { WORDS } from '../../src/slack/home/words.ts'
import type { Scene, Seat } from '../support/seat.ts'
import { formOf, readMessage, textIn } from '../support/seat-reading.ts'
import { startTestApp, type TestApp } from '../support/test-app.ts'

/** What each person sees in the Home tab, and what they can do there. */
describe('the Home tab', () => {
  let fixture: TestApp
  let tessa: Seat
  let omar: Seat
  let olga: Seat
  let ruth: Seat
  let ada: Seat
  const bot = PEOPLE.bot

  beforeAll(async () => {
    fixture = await startTestApp({ isTrained: false })
    ;[tessa, omar, olga, ruth, ada] = await fixture.seats(
      PEOPLE.technician,
      PEOPLE.operator,
      PEOPLE.secondOperator,
      PEOPLE.reviewer,
      PEOPLE.admin,
    )
  })
  afterAll(() => fixture[Symbol.asyncDispose]())

  const answerTo = (seat: Seat, ts: string) =>
    seat.waitFor(({ messages }) => messages.find((one) => one.userId === bot && one.threadTs === ts))
  const homeWith = (seat: Seat, words: string) =>
    seat.waitFor(({ home }) => (home && textIn(home.blocks).includes(words) ? home : null), { what: `Home: ${words}` })
  const open = async (seat: Seat, words: string) => {
    await seat.openHome()
    return homeWith(seat, words)
  }
  const press = async (seat: Seat, place: Parameters<Seat['click']>[0], which: Parameters<Seat['click']>[1]) =>
    expect(await seat.click(place, which)).toEqual({ ok: true })
  const asked = ({ messages }: Scene, seat: Seat) =>
    messages.find((one) => one.channel === seat.dm && readMessage(one).includes(SHARED_WORDS.awaitsYou))
  const correct = async (seat: Seat, question: string, action: string) => {
    const answer = await answerTo(seat, await seat.say(seat.dm, question))
    await press(seat, answer, '👎')
    const form = await seat.waitFor(formOf)
    expect(await seat.submit(form, { reason: 'wrong_action', action })).toMatchObject({ ok: true })
  }

  it('greets who has not asked anything, and publishes nothing for the Messages tab', async () => {
    await tessa.openHome('messages')
    await fixture.sandbox.workspace.settled()
    expect(tessa.scene().home).toBeNull()
    const prompts = () => fixture.sandbox.workspace.calls.filter(({ method }) => method.endsWith('setSuggestedPrompts'))
    await expect.poll(prompts).toMatchObject([{ ok: true }])
    expect(prompts()[0]?.args).not.toHaveProperty('thread_ts')
    const home = await open(tessa, WORDS.nothingAsked)
    expect(textIn(home.blocks)).toContain('How to ask')
    for (const hidden of ['Review queue', 'Live models', 'Settings']) expect(textIn(home.blocks)).not.toContain(hidden)
  })

  it('shows guests how to ask, and no more', async () => {
    const gil = await fixture.seat(PEOPLE.guest)
    const home = await open(gil, WORDS.homeForGuests)
    expect(JSON.stringify(home.blocks)).not.toContain('button')
  })

  it('leads back to the answers of one’s questions, a page at a time', async () => {
    for (const code of ['E-01', 'E-02', 'W-10', 'E-99', 'E-01 again', 'E-02 again'])
      await answerTo(tessa, await tessa.say(tessa.dm, `what is ${code}`))
    const home = await open(tessa, 'Your recent questions')
    const text = textIn(home.blocks)
    expect(text).toContain('“what is E-02 again”')
    expect(text).not.toContain('“what is E-01”')
    const links = text.match(/<http[^|>]*\|Open>/g) ?? []
    expect(links).toHaveLength(5)
    await press(tessa, home, 'Next page')
    const older = await homeWith(tessa, '“what is E-01”')
    expect(textIn(older.blocks)).not.toContain('“what is E-02 again”')
    await press(tessa, older, 'Refresh')
    await press(tessa, await homeWith(tessa, '“what is E-01”'), 'Previous page')
    await homeWith(tessa, '“what is E-02 again”')
    const asks = fixture.sandbox.workspace.calls.filter(({ method }) => method === 'chat.getPermalink')
    expect(asks, 'each address is asked for once').toHaveLength(6)
  })

  it('asks the other operators in private, who approve there or in Home, and closes what they were asked', async () => {
    const reboots = () => fixture.sandbox.devices.received.filter(({ command }) => command === 'REBOOT_COMM')
    const answer = await answerTo(tessa, await tessa.say(tessa.dm, 'E-05 on HC5000-A-1042'))
    await press(tessa, answer, 'Request REBOOT_COMM')
    const toOmar = await omar.waitFor((scene) => asked(scene, omar))
    const toOlga = await olga.waitFor((scene) => asked(scene, olga))
    expect(readMessage(toOmar)).toContain(`Asked for by <@${PEOPLE.technician}>`)
    expect(tessa.messages(tessa.dm).some((one) => readMessage(one).includes(SHARED_WORDS.awaitsYou))).toBe(false)

    const own = await open(tessa, 'Your commands')
    expect(textIn(own.blocks)).not.toContain('Waiting for your approval')
    const home = await open(omar, 'Waiting for your approval')
    await press(omar, home, 'Approve')
    await homeWith(omar, WORDS.commandApproved)
    const done = (seat: Seat, ts: string, words: string) =>
      seat.waitFor(({ messages }) => messages.find((one) => one.ts === ts && readMessage(one).includes(words)), {
        what: words,
      })
    await done(olga, toOlga.ts, `approved by <@${PEOPLE.operator}>`)
    expect(readMessage(await done(omar, toOmar.ts, 'succeeded'))).not.toContain('Approve')
    expect(JSON.stringify(olga.messages(olga.dm).find(({ ts }) => ts === toOlga.ts))).not.toContain('"button"')
    // Tessa looked at her Home a moment ago: it follows.
    await homeWith(tessa, 'succeeded')
    expect(reboots()).toHaveLength(1)
    expect((await fixture.app.commands.ofAnswer(await answerIdAt(answer)))[0]).toMatchObject({
      state: 'succeeded',
      approvedBy: PEOPLE.operator,
    })
  })

  it('lets its asker withdraw a command, and tells who is too late', async () => {
    const answer = await answerTo(tessa, await tessa.say(tessa.dm, 'E-05 on HC5000-B-2201'))
    await press(tessa, answer, 'Request REBOOT_COMM')
    const home = await open(omar, 'HC5000-B-2201')
    const toOlga = await olga.waitFor(({ messages }) =>
      messages.find((one) => one.channel === olga.dm && readMessage(one).includes('HC5000-B-2201')),
    )
    await press(tessa, await open(tessa, 'HC5000-B-2201'), 'Withdraw')
    await homeWith(tessa, WORDS.commandWithdrawn)
    await olga.waitFor(({ messages }) =>
      messages.find((one) => one.ts === toOlga.ts && readMessage(one).includes('cancelled')),
    )
    // Omar’s Home follows: there is nothing left to approve.
    await omar.waitFor(({ home: now }) => now && !textIn(now.blocks).includes('HC5000-B-2201'))
    await expect(async () => omar.click(home, 'Approve')).rejects.toThrow(/nothing to press/)
    expect(fixture.sandbox.devices.received.filter(({ device }) => device === 'HC5000-B-2201')).toHaveLength(0)
  })

  it('lets a second operator deny, too', async () => {
    const answer = await answerTo(tessa, await tessa.say(tessa.dm, 'E-05 on HC5000-C-0007'))
    await press(tessa, answer, 'Request REBOOT_COMM')
    await omar.waitFor(({ messages }) =>
      messages.find((one) => one.channel === omar.dm && readMessage(one).includes('HC5000-C-0007')),
    )
    await press(omar, await open(omar, 'HC5000-C-0007'), 'Deny')
    await homeWith(omar, WORDS.commandDenied)
    await homeWith(tessa, 'denied, nothing was sent')
  })

  it('takes a correction through the queue: claimed while its rejection is written, given back, rejected', async () => {
    await correct(tessa, 'E-02 on HC5000-A-1138', 'Trigger automated cleaning cycle twice')
    const home = await open(ruth, 'Review queue (1)')
    await press(ruth, home, 'Reject…')
    const form = await ruth.waitFor(formOf)
    const { store } = fixture.app.core
    const held = () => store.selectFrom('corrections').select(['id', 'status', 'lease_owner']).executeTakeFirstOrThrow()
    expect(await held()).toMatchObject({ status: 'claimed', lease_owner: PEOPLE.reviewer })
    await ruth.dismiss(form)
    await expect.poll(held).toMatchObject({ status: 'proposed', lease_owner: null })

    await press(ruth, await open(ruth, 'Review queue (1)'), 'Reject…')
    const again = await ruth.waitFor(formOf)
    expect(await ruth.submit(again, { reason: 'Twice is <!channel> too often' })).toMatchObject({ ok: true })
    await homeWith(ruth, REVIEW_WORDS.queueEmpty)
    await tessa.waitFor(({ messages }) =>
      messages.find((one) => one.channel === tessa.dm && one.text.includes('was not taken over')),
    )
    const own = await open(tessa, 'Your corrections')
    expect(textIn(own.blocks)).toContain('not taken over')
    expect(textIn(own.blocks)).toContain('Twice is &lt;!channel&gt; too often')
  })

  it('shows a reviewer who else is at it, and refuses the second decision', async () => {
    await correct(tessa, 'E-01 on HC5000-A-1138', 'Initiate remote recalibration cycle twice')
    const home = await open(ruth, 'Review queue (1)')
    const { store } = fixture.app.core
    const free = { status: 'proposed', lease_owner: null, lease_until: null }
    const taken = { status: 'claimed', lease_owner: 'U0OTHER001', lease_until: Date.now() + 60_000 }
    const change = (set: typeof free | typeof taken) =>
      store.updateTable('corrections').set(set).where('dedup_key', 'is not', null).execute()
    await change(taken)
    await press(ruth, home, 'Approve')
    const shown = await homeWith(ruth, 'Somebody else is reviewing this correction')
    expect(textIn(shown.blocks)).toContain('<@U0OTHER001> is reviewing this.')
    await change(free)
    await press(ruth, await open(ruth, 'Approve'), 'Approve')
    await homeWith(ruth, REVIEW_WORDS.queueEmpty)
  })

  it('lets an author take a correction back, whatever became of it', async () => {
    const home = await open(tessa, '*E-01* · approved')
    await press(tessa, home, 'correction_withdraw')
    await homeWith(tessa, 'Nobody learns from it.')
    const { store } = fixture.app.core
    const row = await store.selectFrom('corrections').selectAll().where('code', '=', 'E-01').executeTakeFirstOrThrow()
    expect(row.status).toBe('withdrawn')
  })

  it('shows administrators models, speed, votes and health, and rolls a model back', async () => {
    const { store } = fixture.app.core
    await store
      .insertInto('aliases')
      .values({
        alias: 'assistant',
        model: 'ft:generalist-small:next',
        previous_model: 'generalist-small',
        changed_by: 'terminal:ada',
        reason: 'better on the golden set',
        changed_at: Date.now(),
      })
      .execute()
    const home = await open(ada, 'Live models')
    const text = textIn(home.blocks)
    expect(text).toContain('ft:generalist-small:next')
    expect(text).toContain('`terminal:ada`')
    expect(text).toMatch(/\*\d+\* answers · half within/)
    expect(text).toMatch(/\*E-02\*: 0 right, 1 wrong/)
    expect(text).toContain('✅ Device gateway: connected')
    expect(text).toContain('✅ Database: SQLite')
    await press(ada, home, 'Roll back assistant')
    await homeWith(ada, 'is played by `generalist-small` again')
    const row = await store.selectFrom('aliases').selectAll().executeTakeFirstOrThrow()
    expect(row).toMatchObject({ model: 'generalist-small', changed_by: PEOPLE.admin })
    // The old button stands for the old model: pressed once more, it moves nothing.
    await ada.click(home, 'model_roll_back').catch(() => undefined)
  })

  it('publishes anew when somebody was quicker, and shows the newest', async () => {
    const { workspace } = fixture.sandbox
    const publishes = () => workspace.calls.filter(({ method }) => method === 'views.publish')
    workspace.faults.add({ method: 'views.publish', error: 'hash_conflict' })
    const before = publishes().length
    await ruth.openHome()
    await workspace.settled()
    await expect
      .poll(() =>
        publishes()
          .slice(before)
          .map(({ ok }) => ok),
      )
      .toEqual([false, true])
    expect(publishes()[before]?.args).toHaveProperty('hash')
    expect(publishes()[before + 1]?.args).not.toHaveProperty('hash')
  })

  async function answerIdAt({ channel, ts }: { channel: string; ts: string }): Promise<string> {
    const row = await fixture.app.core.store
      .selectFrom('answers')
      .select('id')
      .where('channel', '=', channel)
      .where('message_ts', '=', ts)
      .executeTakeFirstOrThrow()
    return row.id
  }
})
