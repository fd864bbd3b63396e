import { expect, it } from 'vitest'
import { PEOPLE } from '../../../src/sandbox/workspace/state/seed.ts'
import type { Seat } from '../../support/seat.ts'
import { formOf, readMessage, textIn } from '../../support/seat-reading.ts'
import type { TestApp } from '../../support/test-app.ts'

/** The house and who sits in it, once it is open. */
export type Cast = { fixture: TestApp; tessa: Seat; omar: Seat; ruth: Seat }

const bot = PEOPLE.bot

/** What a technician corrects in {@link livesInSlack}. */
export const CORRECTED_ACTION = 'Trigger automated cleaning cycle and wait ten minutes'

export const answerTo = (seat: Seat, ts: string) =>
  seat.waitFor(({ messages }) => messages.find((one) => one.userId === bot && one.threadTs === ts))

/** The part of the product's story that people live in Slack: the same over either line. */
export function livesInSlack(cast: () => Cast): void {
  it('answers in a direct message, in the thread of the question', async () => {
    const { tessa, fixture } = cast()
    const ts = await tessa.say(tessa.dm, "My HydroCore unit HC5000-A-1138 is showing error E-02. What's wrong?")
    const said = readMessage(await answerTo(tessa, ts))
    expect(said).toContain('Turbidity sensor occlusion')
    expect(said).toContain('Trigger automated cleaning cycle')
    expect(said).toContain('HC5000-A-1138')
    expect(said).toContain('Run CLEAN_TURB')
    expect(said).toContain('ft:generalist-small')
    expect(said).toContain(`catalog ${fixture.app.core.catalog.version}`)
  })

  it('answers a mention once, although Slack sends two events for it', async () => {
    const { tessa, fixture } = cast()
    const { fieldSupport } = fixture.sandbox.workspace.channels
    const ts = await tessa.say(fieldSupport, `<@${bot}> what does E-01 mean?`)
    const answer = await answerTo(tessa, ts)
    expect(readMessage(answer)).toContain('pH sensor calibration drift')
    await fixture.sandbox.workspace.settled()
    expect(tessa.messages(fieldSupport).filter((one) => one.userId === bot && one.threadTs === ts)).toHaveLength(1)
  })

  it('answers /diagnose in the channel', async () => {
    const { tessa, fixture } = cast()
    const { fieldSupport } = fixture.sandbox.workspace.channels
    await tessa.command('/diagnose W-10 HC5000-A-1042', fieldSupport)
    const found = await tessa.waitFor(({ messages }) =>
      messages.find((one) => one.channel === fieldSupport && readMessage(one).includes('Low battery')),
    )
    expect(readMessage(found)).toContain('HC5000-A-1042')
  })

  it('remembers what a thread is about', async () => {
    const { tessa } = cast()
    const ts = await tessa.say(tessa.dm, 'What is E-05?')
    await answerTo(tessa, ts)
    await tessa.say(tessa.dm, 'and if that does not help?', { threadTs: ts })
    const second = await tessa.waitFor(
      ({ messages }) => messages.filter((one) => one.userId === bot && one.threadTs === ts)[1],
    )
    expect(readMessage(second)).toContain('Communication module failure')
  })

  it('sends the command once, whoever presses how often, and shows the device’s words', async () => {
    const { tessa, fixture } = cast()
    const ts = await tessa.say(tessa.dm, 'E-02 on HC5000-B-2201')
    const answer = await answerTo(tessa, ts)
    await Promise.all([
      tessa.click(answer, 'Run CLEAN_TURB'),
      tessa.click(answer, 'Run CLEAN_TURB'),
      tessa.click(answer, 'Run CLEAN_TURB'),
    ])
    const done = await tessa.waitFor(
      ({ messages }) => messages.find((one) => one.ts === answer.ts && readMessage(one).includes('succeeded')),
      { what: 'the result of the command' },
    )
    expect(readMessage(done)).toContain(`Pressed by <@${PEOPLE.technician}>`)
    expect(readMessage(done)).toMatch(/turbidity/i)
    expect(fixture.sandbox.devices.received.filter(({ device }) => device === 'HC5000-B-2201')).toHaveLength(1)
  })

  it('takes a reaction as a vote, and its removal as none', async () => {
    const { tessa, fixture } = cast()
    const ts = await tessa.say(tessa.dm, 'E-01 please')
    const answer = await answerTo(tessa, ts)
    const { store } = fixture.app.core
    const marks = () =>
      store.selectFrom('vote_events').select(['value', 'is_set']).where('voter', '=', PEOPLE.technician).execute()
    await tessa.react(answer, '+1')
    await fixture.sandbox.workspace.settled()
    await expect.poll(marks).toEqual([{ value: 1, is_set: 1 }])
    await tessa.unreact(answer, '+1')
    await expect.poll(marks).toEqual([{ value: 1, is_set: 0 }])
  })

  it('brings a correction from the technician’s form to the reviewer’s approval', async () => {
    const { tessa, ruth } = cast()
    const ts = await tessa.say(tessa.dm, 'HC5000-C-0007 shows E-02 again')
    const answer = await answerTo(tessa, ts)
    await tessa.click(answer, '👎')
    const form = await tessa.waitFor(formOf)
    const faulty = await tessa.submit(form, { reason: 'wrong_action', action: '' })
    expect(faulty).toMatchObject({ ok: false })
    expect(await tessa.submit(form, { reason: 'wrong_action', action: CORRECTED_ACTION })).toMatchObject({ ok: true })

    await ruth.openHome()
    const home = await ruth.waitFor(({ home: view }) =>
      view && JSON.stringify(view).includes(CORRECTED_ACTION) ? view : null,
    )
    expect(JSON.stringify(home)).not.toContain('HC5000-C-0007')
    await ruth.click(home, 'Approve')
    await ruth.waitFor(({ home: view }) => view && JSON.stringify(view).includes('queue is empty'))
  })

  it('lets a second operator approve a high-risk command, never oneself', async () => {
    const { tessa, omar, fixture } = cast()
    const { fieldSupport } = fixture.sandbox.workspace.channels
    const ts = await tessa.say(fieldSupport, `<@${bot}> E-05 on HC5000-A-1042`)
    const answer = await answerTo(tessa, ts)
    await tessa.click(answer, 'Request REBOOT_COMM')
    const shows = (seat: Seat, words: string) =>
      seat.waitFor(({ messages }) => messages.find((one) => one.ts === answer.ts && readMessage(one).includes(words)))
    const waiting = await shows(tessa, 'second operator')
    expect(textIn(waiting.blocks)).not.toContain('Approve')
    const reboots = () => fixture.sandbox.devices.received.filter(({ command }) => command === 'REBOOT_COMM')
    expect(reboots()).toHaveLength(0)
    const asked = await omar.waitFor(({ messages }) =>
      messages.find((one) => one.channel === omar.dm && textIn(one.blocks).includes('Approve')),
    )
    await omar.click(asked, 'Approve')
    expect(readMessage(await shows(omar, 'succeeded'))).toContain(`approved by <@${PEOPLE.operator}>`)
    expect(reboots()).toHaveLength(1)
  })
}

/** Opens the house and seats everybody. */
export async function seatEverybody(fixture: TestApp): Promise<Cast> {
  const [tessa, omar, ruth] = await Promise.all([
    fixture.seat(PEOPLE.technician),
    fixture.seat(PEOPLE.operator),
    fixture.seat(PEOPLE.reviewer),
  ])
  return { fixture, tessa, omar, ruth }
}
