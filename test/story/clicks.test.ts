import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Message } from '../../src/sandbox/page/contract.ts'
import { CHANNELS, PEOPLE } from '../../src/sandbox/workspace/state/seed.ts'
import { SHARED_WORDS } from '../../src/slack/blocks/words.ts'
import type { Seat } from '../support/seat.ts'
import { readMessage, textIn } from '../support/seat-reading.ts'
import { startTestApp, type TestApp } from '../support/test-app.ts'

const { bot, admin, technician, secondTechnician, operator } = PEOPLE

/** What a button says, who may press it, and what they hear of it. */
describe('a click', () => {
  let fixture: TestApp
  let tessa: Seat
  let nils: Seat
  let omar: Seat
  beforeAll(async () => {
    fixture = await startTestApp({ isTrained: false, settings: { ALERT_CHANNEL: CHANNELS.deviceAlerts } })
    ;[tessa, nils, omar] = await fixture.seats(technician, secondTechnician, operator)
  })
  afterAll(() => fixture[Symbol.asyncDispose]())

  const find = (seat: Seat, what: string, is: (message: Message) => boolean) =>
    seat.waitFor(({ messages }) => messages.find(is), { what })
  const ask = async (seat: Seat, text: string, channel = seat.dm) => {
    const ts = await seat.say(channel, text)
    return find(seat, `an answer to ${text}`, (one) => one.userId === bot && one.threadTs === ts)
  }
  const shows = (seat: Seat, { ts }: Message, words: string) =>
    find(seat, words, (one) => one.ts === ts && readMessage(one).includes(words))
  const told = (seat: Seat, words: string, device = '') =>
    find(seat, words, (one) => readMessage(one).includes(words) && readMessage(one).includes(device))
  const sent = (device: string) => fixture.sandbox.devices.received.filter((one) => one.device === device)
  const buttons = ({ blocks }: Message) => JSON.stringify(blocks)

  it('at high risk is a request, and says that a second operator is asked', async () => {
    const answer = await ask(tessa, 'E-05 on HC5000-A-1042')
    expect(textIn(answer.blocks)).toContain('Request REBOOT_COMM')
    expect(buttons(answer)).toContain('A second operator is asked to approve it.')
    await tessa.click(answer, 'Request REBOOT_COMM')
    const waiting = await shows(tessa, answer, 'waits for a second operator')
    expect(textIn(waiting.blocks)).not.toMatch(/Approve|Deny/)
    await omar.click(await told(omar, SHARED_WORDS.awaitsYou, 'HC5000-A-1042'), 'Approve')
    const done = readMessage(await shows(tessa, answer, 'succeeded'))
    expect(done).toContain('approved → sent → accepted → *succeeded*')
    expect(done).toContain(`Pressed by <@${technician}>, approved by <@${operator}>`)
  })

  it('of somebody who may not send brings the offer to the operators, who send it from there', async () => {
    const answer = await ask(nils, 'E-02 on HC5000-A-1138')
    await nils.click(answer, 'Run CLEAN_TURB')
    await told(nils, 'Only operators send commands to devices. I asked them for you: ')
    await shows(nils, answer, `<@${secondTechnician}> asked an operator. Nothing was sent yet.`)
    expect(sent('HC5000-A-1138')).toEqual([])
    const asked = await told(omar, SHARED_WORDS.asksOperator, 'HC5000-A-1138')
    expect(readMessage(asked)).toContain(`Asked for by <@${secondTechnician}>`)
    // Asking once more asks nobody twice.
    await nils.click(answer, 'Run CLEAN_TURB')
    await omar.click(asked, 'Run CLEAN_TURB')
    const people = `Asked for by <@${secondTechnician}>, pressed by <@${operator}>`
    expect(readMessage(await shows(nils, answer, 'succeeded'))).toContain(people)
    await shows(omar, asked, 'succeeded')
    expect(sent('HC5000-A-1138')).toHaveLength(1)
    expect(omar.messages(omar.dm).filter((one) => readMessage(one).includes(SHARED_WORDS.asksOperator))).toEqual([])
  })

  it('is named for what it does once it is known that its asker may not send', async () => {
    const answer = await ask(nils, 'E-02 on HC5000-B-2201')
    expect(buttons(answer)).toMatch(/"text":"Ask an operator".*?"style":"primary"/)
    await nils.click(answer, SHARED_WORDS.askOperator)
    const asked = await told(omar, SHARED_WORDS.asksOperator, 'HC5000-B-2201')
    await omar.click(asked, 'Deny')
    const denial = await told(nils, `<@${operator}> denied`, 'HC5000-B-2201')
    expect(denial).toMatchObject({ channel: nils.dm, threadTs: answer.threadTs })
    expect(readMessage(await shows(nils, answer, 'denied, nothing was sent'))).toContain(`denied by <@${operator}>`)
    await nils.click(denial, SHARED_WORDS.askAgain)
    await omar.click(
      await find(omar, 'a second request', (one) => one.ts > asked.ts && readMessage(one).includes('HC5000-B-2201')),
      'Run CLEAN_TURB',
    )
    await shows(nils, answer, 'succeeded')
  })

  it('that denies is told to who asked, with the name and a way to ask again', async () => {
    const answer = await ask(tessa, `<@${bot}> E-05 on HC5000-B-2214`, CHANNELS.fieldSupport)
    await tessa.click(answer, 'Request REBOOT_COMM')
    await omar.click(await told(omar, SHARED_WORDS.awaitsYou, 'HC5000-B-2214'), 'Deny')
    const denial = await told(tessa, `<@${operator}> denied`, 'HC5000-B-2214')
    expect(denial).toMatchObject({ channel: CHANNELS.fieldSupport, threadTs: answer.threadTs })
    expect(denial.text).toContain(`<@${technician}>`)
    const denied = readMessage(await shows(tessa, answer, 'denied, nothing was sent'))
    expect(denied).not.toContain('→')
    await tessa.click(denial, SHARED_WORDS.askAgain)
    await shows(tessa, answer, 'waits for a second operator')
    await tessa.click(denial, SHARED_WORDS.askAgain)
    await told(tessa, 'still under way')
    expect(sent('HC5000-B-2214')).toEqual([])
  })

  it('is not invited for a device that is offline, nor for an alert that is over', async () => {
    expect(buttons(await ask(tessa, 'E-02 on HC5000-C-0007'))).not.toContain('"style":"primary"')
    expect(buttons(await ask(tessa, 'E-01 on HC5000-A-1042'))).toContain('"style":"primary"')
    const alert = (words: string) =>
      find(
        omar,
        words,
        (one) => one.channel === CHANNELS.deviceAlerts && one.userId === bot && readMessage(one).includes(words),
      )
    fixture.sandbox.devices.act('HC5000-B-2201', { action: 'raise', code: 'E-01' })
    expect(buttons(await alert('🔔 *E-01*'))).toContain('"style":"primary"')
    fixture.sandbox.devices.act('HC5000-B-2201', { action: 'clear', code: 'E-01' })
    expect(buttons(await alert('✅ *E-01*'))).not.toContain('"style":"primary"')
  })

  it('stands in the audit with who did what', async () => {
    await omar.command('/hydrocore audit HC5000-B-2214')
    const words = readMessage(await told(omar, `<@${operator}> denied (awaiting approval`))
    expect(words).toContain(`<@${technician}> pressed, and asked a second operator`)
    await omar.command('/hydrocore audit HC5000-A-1138')
    const refused = readMessage(await told(omar, 'refused: not an operator'))
    expect(refused).toContain(`<@${secondTechnician}> pressed; refused: not an operator`)
    expect(refused).toContain(`<@${secondTechnician}> asked an operator to send it`)
  })
})

it('a workspace that named no operators sends nothing, and says whom to ask', async () => {
  await using fixture = await startTestApp({ isTrained: false, settings: { OPERATORS: '', ADMINS: admin } })
  const tessa = await fixture.seat(technician)
  await tessa.say(tessa.dm, 'E-02 on HC5000-A-1138')
  const answer = await tessa.waitFor(({ messages }) => messages.find((one) => one.userId === bot))
  await tessa.click(answer, 'Run CLEAN_TURB')
  const words = await tessa.waitFor(({ messages }) => messages.find((one) => one.isEphemeral))
  expect(readMessage(words)).toContain(
    `no operators are named. Ask an administrator to name them. Here that is <@${admin}>`,
  )
  expect(fixture.sandbox.devices.received).toEqual([])
})
