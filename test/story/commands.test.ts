import { createHmac } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { OWN_CATALOG } from '../../src/catalog/loading.ts'
import { addDays, dayAt, formatDay } from '../../src/lib/dates.ts'
import { CHANNELS, PEOPLE } from '../../src/sandbox/workspace/state/seed.ts'
import { SHARED_WORDS } from '../../src/slack/blocks/words.ts'
import { WORDS } from '../../src/slack/work-orders/words.ts'
import { openReceiver, type Receiver } from '../commands/work-orders/receiver.ts'
import { temporaryFolder } from '../support/folder.ts'
import type { Scene, Seat } from '../support/seat.ts'
import { readMessage, textIn } from '../support/seat-reading.ts'
import { runTerminal } from '../support/terminal.ts'
import { startTestApp, type TestApp } from '../support/test-app.ts'

const SECRET = 'the secret of the company’s own system'
const bot = PEOPLE.bot

/** What operators and technicians meet around commands, from the button to the visit, over real sockets. */
describe('commands in Slack', () => {
  let fixture: TestApp
  let receiver: Receiver
  let tessa: Seat
  let nils: Seat
  let omar: Seat
  let gil: Seat
  let unpressed: Awaited<ReturnType<typeof ask>>
  let clock = 0
  const opened = new AsyncDisposableStack()

  beforeAll(async () => {
    receiver = opened.use(await openReceiver())
    const folder = opened.use(await temporaryFolder())
    fixture = opened.use(
      await startTestApp({
        isTrained: false,
        given: { now: () => Date.now() + clock },
        settings: {
          CATALOG_FILE: await strictCatalog(folder.path),
          ALERT_CHANNEL: CHANNELS.deviceAlerts,
          WORK_ORDER_WEBHOOK: receiver.url,
          WORK_ORDER_SECRET: SECRET,
        },
      }),
    )
    ;[tessa, nils, omar, gil] = await fixture.seats(
      PEOPLE.technician,
      PEOPLE.secondTechnician,
      PEOPLE.operator,
      PEOPLE.guest,
    )
  })
  afterAll(() => opened.disposeAsync())

  const answerTo = (seat: Seat, ts: string) =>
    seat.waitFor(({ messages }) => messages.find((one) => one.userId === bot && one.threadTs === ts))
  const ask = async (seat: Seat, text: string, channel = seat.dm) => answerTo(seat, await seat.say(channel, text))
  const shows = (seat: Seat, { ts }: { ts: string }, words: string) =>
    seat.waitFor(({ messages }) => messages.find((one) => one.ts === ts && readMessage(one).includes(words)), {
      what: words,
    })
  const whispered = (seat: Seat, words: string) =>
    seat.waitFor(({ messages }) => messages.find((one) => one.isEphemeral && readMessage(one).includes(words)), {
      what: `in private: ${words}`,
    })
  const modal = (seat: Seat, title: string) =>
    seat.waitFor(({ modals }) => modals.findLast((view) => view.title === title), { what: `a form: ${title}` })
  const noModal = (seat: Seat) => seat.waitFor(({ modals }) => modals.length === 0)
  const told = (seat: Seat, words: string) =>
    seat.waitFor(
      ({ messages }) => messages.find((one) => one.channel === seat.dm && readMessage(one).includes(words)),
      { what: `a direct message: ${words}` },
    )
  const behave = (device: string, behaviour: 'works' | 'fails') =>
    fixture.sandbox.devices.act(device, { action: 'behave', behaviour })
  const terminal = (...args: string[]) => runTerminal(args, { ...fixture.settings })
  const today = () => dayAt(new Date(Date.now() + clock), 0)

  it('searches the known devices when the question named none', async () => {
    const answer = await ask(tessa, 'What is E-02?')
    await tessa.click(answer, 'Run CLEAN_TURB…')
    const form = await modal(tessa, 'Which device?')
    const found = await tessa.options(form, 'device_search', 'b-22')
    expect(textIn(found)).toMatch(/HC5000-B-2201 · online.*HC5000-B-2214 · online/)
    expect(await tessa.submit(form, { device: 'HC5000-C-0007' })).toMatchObject({
      ok: false,
      errors: { device: expect.stringContaining('offline') },
    })
    expect(await tessa.submit(form, { device: 'HC5000-B-2214' })).toMatchObject({ ok: true })
    await shows(tessa, answer, 'succeeded')
  })

  it('has the device’s id typed for a command of medium risk', async () => {
    const answer = await ask(tessa, 'E-01 on HC5000-A-1042')
    await tessa.click(answer, 'Run RECALIB_PH…')
    const form = await modal(tessa, 'Please confirm')
    expect(await tessa.submit(form, { device: 'HC5000-A-1138' })).toMatchObject({
      errors: { device: expect.stringContaining('another id') },
    })
    const heard = () => fixture.sandbox.devices.received.filter(({ command }) => command === 'RECALIB_PH')
    expect(heard()).toEqual([])
    expect(await tessa.submit(form, { device: 'hc5000-a-1042' })).toMatchObject({ ok: true })
    await shows(tessa, answer, 'succeeded')
    expect(heard()).toHaveLength(1)
  })

  it('opens no form for a guest, and keeps the attempt in the audit', async () => {
    const answer = await ask(tessa, `<@${bot}> what is E-02?`, CHANNELS.fieldSupport)
    const seen = await gil.waitFor(({ messages }) => messages.find((one) => one.ts === answer.ts))
    await gil.click(seen, 'Run CLEAN_TURB…')
    await whispered(gil, 'Guests')
    expect(gil.scene().modals).toEqual([])
    const audit = await terminal('commands', 'audit', '--format', 'jsonl')
    const refused = audit.out.split('\n').filter((line) => line.includes('"kind":"refused"'))
    expect(refused.some((line) => line.includes(PEOPLE.guest) && line.includes('external'))).toBe(true)
  })

  it('lets its asker take a command back that waits for a second operator, and ask again', async () => {
    const answer = await ask(tessa, 'E-05 on HC5000-B-2214')
    await tessa.click(answer, 'Request REBOOT_COMM')
    const waiting = await shows(tessa, answer, 'waits for a second operator')
    await tessa.click(waiting, 'Cancel')
    const cancelled = await shows(tessa, answer, 'cancelled, nothing was sent')
    await tessa.click(cancelled, SHARED_WORDS.askAgain)
    await shows(tessa, answer, 'Request REBOOT_COMM')
  })

  it('says at once that nothing was sent while the broker is away, and tries again when asked', async () => {
    const answer = await ask(tessa, 'E-02 on HC5000-A-1138')
    await fixture.sandbox.broker.stop()
    await expect.poll(() => fixture.app.gateway.state()).toBe('offline')
    await tessa.click(answer, 'Run CLEAN_TURB')
    await whispered(tessa, 'Nothing was sent')
    const failed = await shows(tessa, answer, 'failed, nothing was sent')
    await fixture.sandbox.broker.start()
    await expect.poll(() => fixture.app.gateway.state()).toBe('connected')
    await expect.poll(async () => (await fixture.app.commands.devices.find('HC5000-A-1138'))?.isOnline).toBe(true)
    await tessa.click(failed, SHARED_WORDS.tryAgain)
    const again = await shows(tessa, answer, 'Run CLEAN_TURB')
    await tessa.click(again, 'Run CLEAN_TURB')
    await shows(tessa, answer, 'succeeded')
    const heard = fixture.sandbox.devices.received.filter(({ device }) => device === 'HC5000-A-1138')
    expect(heard).toHaveLength(1)
  })

  it('goes on with a person when a command failed: a visit, a check on site, a look at the answer', async () => {
    const answer = await ask(tessa, 'E-02 on HC5000-B-2201')
    behave('HC5000-B-2201', 'fails')
    await tessa.click(answer, 'Run CLEAN_TURB')
    const failed = await shows(tessa, answer, SHARED_WORDS.checkedOnSite)
    behave('HC5000-B-2201', 'works')

    await tessa.click(failed, SHARED_WORDS.scheduleVisit)
    const form = await modal(tessa, 'Work order')
    expect(textIn(form.blocks)).toContain('Technician visit')
    const tooLate = { dueOn: addDays(today(), 15), assignee: PEOPLE.secondTechnician, note: 'Bring a wiper' }
    expect(await tessa.submit(form, tooLate)).toMatchObject({ errors: { dueOn: expect.stringContaining('too late') } })
    expect(await tessa.submit(form, { ...tooLate, dueOn: addDays(today(), 2), assignee: bot })).toMatchObject({
      errors: { assignee: WORDS.cannotBeSent },
    })
    const dueOn = addDays(today(), 2)
    expect(await tessa.submit(form, { ...tooLate, dueOn })).toMatchObject({ ok: true })
    await noModal(tessa)
    const planned = await shows(tessa, answer, formatDay(dueOn))
    expect(readMessage(planned)).toContain(`<@${PEOPLE.secondTechnician}>`)
    expect(textIn(planned.blocks)).not.toContain(SHARED_WORDS.scheduleVisit)
    expect(readMessage(await told(nils, WORDS.assigned))).toContain('Bring a wiper')

    await tessa.click(planned, SHARED_WORDS.checkedOnSite)
    await shows(tessa, answer, `${SHARED_WORDS.checkedBy} <@${PEOPLE.technician}>`)
    await fixture.app.outbox.runOnce()
    const queued = await fixture.app.core.store
      .selectFrom('corrections')
      .select(['source', 'code', 'note'])
      .where('source', '=', 'command')
      .execute()
    expect(queued).toEqual([{ source: 'command', code: 'E-02', note: expect.stringContaining('CLEAN_TURB failed') }])
  })

  it('tells the company’s own system, signed, and lists the order in Home and in the terminal', async () => {
    const [first] = await receiver.received.count(1)
    const { headers, body } = first ?? expect.fail()
    const signed = `${headers['x-hydrocore-timestamp']}.${body}`
    expect(headers['x-hydrocore-signature']).toBe(`v1=${createHmac('sha256', SECRET).update(signed).digest('hex')}`)
    expect(JSON.parse(body)).toMatchObject({ event: 'work_order.created', workOrder: { device: 'HC5000-B-2201' } })

    await nils.openHome()
    const home = await nils.waitFor(({ home: view }) =>
      view && textIn(view.blocks).includes('Open work orders') ? view : null,
    )
    expect(textIn(home.blocks)).toContain('Bring a wiper')
    const listed = await terminal('work-orders', 'list')
    expect(listed.out).toContain('HC5000-B-2201')
    const exported = await terminal('work-orders', 'export', '--format', 'csv')
    expect(exported.out.split('\n')).toHaveLength(2)

    await nils.click(home, 'Done')
    await nils.waitFor(({ home: view }) => view && !textIn(view.blocks).includes('Open work orders'))
    const [, second] = await receiver.received.count(2)
    expect(JSON.parse(second?.body ?? '')).toMatchObject({ event: 'work_order.done' })
    const id = JSON.parse(second?.body ?? '').workOrder.id
    expect(await terminal('work-orders', 'cancel', id)).toMatchObject({
      code: 1,
      err: expect.stringContaining('done already'),
    })
  })

  it('reminds the assignee the day before, once', async () => {
    const answer = await ask(tessa, 'W-10 on HC5000-A-1138')
    await tessa.click(answer, 'Schedule battery replacement')
    const form = await modal(tessa, 'Work order')
    const wanted = { dueOn: addDays(today(), 7), assignee: PEOPLE.operator }
    const late = await tessa.submit(form, { ...wanted, dueOn: addDays(today(), 8) })
    expect(late).toMatchObject({ errors: { dueOn: expect.stringContaining('due by') } })
    expect(await tessa.submit(form, wanted)).toMatchObject({ ok: true })
    await told(omar, WORDS.assigned)
    await fixture.app.outbox.runOnce()
    expect(omar.messages(omar.dm).some((one) => readMessage(one).includes(WORDS.dueTomorrow))).toBe(false)

    const before = clock
    clock += Date.parse(wanted.dueOn) - 16 * 3_600_000 - (Date.now() + clock)
    await Promise.all([fixture.app.outbox.runOnce(), fixture.app.outbox.runOnce()])
    const reminder = await told(omar, WORDS.dueTomorrow)
    await fixture.app.outbox.runOnce()
    expect(omar.messages(omar.dm).filter((one) => readMessage(one).includes(WORDS.dueTomorrow))).toHaveLength(1)
    await omar.click(reminder, 'Done')
    await shows(omar, reminder, 'Done by')
    await shows(tessa, answer, 'done')
    clock = before
  })

  it('says that an offer has lapsed, and makes a new one when asked', async () => {
    const answer = await ask(tessa, 'E-02 on HC5000-A-1042')
    unpressed = await ask(tessa, 'E-01 on HC5000-A-1042')
    clock += 31 * 60_000
    await tessa.click(answer, 'Run CLEAN_TURB')
    await whispered(tessa, 'older than 30 minutes')
    const lapsed = await shows(tessa, answer, 'the offer has lapsed')
    expect(textIn(lapsed.blocks)).not.toContain('Run CLEAN_TURB')
    await tessa.click(lapsed, SHARED_WORDS.askAgain)
    await tessa.click(await shows(tessa, answer, 'Run CLEAN_TURB'), 'Run CLEAN_TURB')
    await shows(tessa, answer, 'succeeded')
  })

  describe('when a device raises a code by itself', () => {
    const inAlerts = ({ messages }: Scene) =>
      messages.filter(
        (one) =>
          one.channel === CHANNELS.deviceAlerts && one.userId === bot && readMessage(one).includes('HC5000-B-2214'),
      )
    const alert = (words: string) =>
      omar.waitFor((scene) => inAlerts(scene).find((one) => readMessage(one).includes(words)), { what: words })
    const act = (action: 'raise' | 'clear') => fixture.sandbox.devices.act('HC5000-B-2214', { action, code: 'E-02' })

    it('tells it once, with the diagnosis and a button that works', async () => {
      act('raise')
      const told = await alert('Turbidity sensor occlusion')
      expect(readMessage(told)).toMatch(/turbidityNtu \d/)
      // The cooldown of the cleaning before is over by now.
      await omar.click(told, 'Run CLEAN_TURB')
      const done = await shows(omar, told, 'succeeded')
      expect(readMessage(done)).toContain('🔔')
    })

    it('says that it is over, and goes on in the same message when it comes back', async () => {
      const over = await alert('cleared after')
      await omar.waitFor(({ messages }) =>
        messages.find((one) => one.threadTs === over.ts && readMessage(one).includes('cleared after')),
      )
      act('raise')
      await alert('raised 2 times')
      act('clear')
      const again = await alert('✅')
      expect(again.ts).toBe(over.ts)
      expect(inAlerts(omar.scene()).filter((one) => !one.threadTs || one.threadTs === one.ts)).toHaveLength(1)
    })
  })

  it('says of an offer that nobody pressed that it has lapsed, in its turn', async () => {
    await tessa.waitFor(
      ({ messages }) =>
        messages.find((one) => one.ts === unpressed.ts && readMessage(one).includes('the offer has lapsed')),
      { timeoutMs: 19_000, what: 'the lapse of an unpressed button' },
    )
  })

  it('shows how often the command helped, once there are a few uses', async () => {
    const { store } = fixture.app.core
    const label = { outcome: 'cleared' as const, outcome_at: Date.now() + clock }
    await store.updateTable('commands').set(label).where('command', '=', 'CLEAN_TURB').execute()
    clock += 61_000
    const answer = await ask(tessa, 'E-02 on HC5000-C-0007')
    expect(readMessage(answer)).toMatch(/CLEAN_TURB cleared E-02 in \d+ of \d+ uses \(90 days\)/)
  })
})

/** Our catalog, with a command of medium risk and one that may be sent again at once. */
async function strictCatalog(folder: string): Promise<string> {
  const catalog = JSON.parse(await readFile(OWN_CATALOG, 'utf8'))
  catalog.commands.RECALIB_PH.risk = 'medium'
  catalog.commands.CLEAN_TURB.cooldownSeconds = 0
  const file = join(folder, 'catalog.json')
  await writeFile(file, JSON.stringify(catalog))
  return file
}
