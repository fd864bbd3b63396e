import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PEOPLE } from '../../src/sandbox/workspace/state/seed.ts'
import type { Seat } from '../support/seat.ts'
import { readMessage } from '../support/seat-reading.ts'
import { startTestApp, type TestApp } from '../support/test-app.ts'

/** Several people write in one thread at once. */
describe('a busy thread', () => {
  let fixture: TestApp
  let seats: Seat[]
  const bot = PEOPLE.bot
  /** Model calls that are held back until a test lets them go. */
  const held: { release: () => void }[] = []
  let holds: (text: string) => boolean = () => false
  const asked: string[] = []

  beforeAll(async () => {
    fixture = await startTestApp({
      isTrained: false,
      given: {
        models: {
          async *stream({ messages }) {
            const text = messages.at(-1)?.content ?? ''
            asked.push(text)
            if (holds(text)) await new Promise<void>((release) => held.push({ release }))
            const [code = 'E-01'] = /[EW]-\d\d/.exec(text) ?? []
            const { problem, action } = fixture.app.core.catalog.find(code) ?? expect.fail()
            yield `Error Code ${code} indicates a '${problem}'. Recommended Action: ${action}.`
          },
          list: async () => [],
        },
      },
    })
    const { technician, secondTechnician, operator, secondOperator } = PEOPLE
    seats = await Promise.all([technician, secondTechnician, operator, secondOperator].map(fixture.seat))
  })
  afterAll(() => fixture[Symbol.asyncDispose]())

  const answersIn = (seat: Seat, channel: string, threadTs: string) =>
    seat.messages(channel).filter((one) => one.userId === bot && one.threadTs === threadTs && !one.isEphemeral)

  it('gets every question answered, in the order they were asked', async () => {
    const { fieldSupport } = fixture.sandbox.workspace.channels
    const [tessa = expect.fail()] = seats
    const root = await tessa.say(fieldSupport, `<@${bot}> E-01 please`)
    await tessa.waitFor(() => answersIn(tessa, fieldSupport, root).length === 1)
    const codes = ['E-02', 'E-05', 'W-10', 'E-01', 'E-02', 'W-10', 'E-05', 'E-01']
    const order: { code: string; ts: string }[] = []
    // Were they not in turn, all the others would be answered before this one.
    holds = (text) => text.includes('number 0')
    // One after the other into the workspace, without waiting for any answer.
    for (const [i, code] of codes.entries()) {
      const seat = seats[i % seats.length] ?? expect.fail()
      const ts = await seat.say(fieldSupport, `and what about ${code}, number ${i}?`, { threadTs: root })
      order.push({ code, ts })
    }
    await expect.poll(() => held.length).toBe(1)
    await fixture.sandbox.workspace.settled()
    const claimed = fixture.app.core.store.selectFrom('questions').select('id').where('state', '=', 'claimed')
    await expect.poll(async () => (await claimed.execute()).length).toBe(codes.length)
    expect(answersIn(tessa, fieldSupport, root)).toHaveLength(1)
    held.pop()?.release()
    await tessa.waitFor(() => answersIn(tessa, fieldSupport, root).length === 1 + codes.length)
    const told = answersIn(tessa, fieldSupport, root)
      .slice(1)
      .map((one) => /[EW]-\d\d/.exec(readMessage(one))?.[0])
    expect(told).toEqual(order.sort((a, b) => (a.ts < b.ts ? -1 : 1)).map(({ code }) => code))
  })

  it('waits for its own slow answer, and no other thread does', async () => {
    const [tessa = expect.fail(), nils = expect.fail()] = seats
    holds = (text) => text.includes('slow')
    const slow = await tessa.say(tessa.dm, 'E-02 slow')
    await expect.poll(() => held.length).toBe(1)
    await tessa.say(tessa.dm, 'and E-05?', { threadTs: slow })
    const other = await tessa.say(tessa.dm, 'W-10 in a thread of its own')
    const elsewhere = await nils.say(nils.dm, 'E-01')
    await tessa.waitFor(() => answersIn(tessa, tessa.dm, other).length === 1)
    await nils.waitFor(() => answersIn(nils, nils.dm, elsewhere).length === 1)
    expect(answersIn(tessa, tessa.dm, slow)).toEqual([])
    expect(asked.some((text) => text.includes('and E-05?'))).toBe(false)
    held.pop()?.release()
    await tessa.waitFor(() => answersIn(tessa, tessa.dm, slow).length === 2)
    const told = answersIn(tessa, tessa.dm, slow).map((one) => /[EW]-\d\d/.exec(readMessage(one))?.[0])
    expect(told).toEqual(['E-02', 'E-05'])
  })

  it('goes on after a question that could not be answered', async () => {
    const [tessa = expect.fail()] = seats
    holds = () => false
    const root = await tessa.say(tessa.dm, 'E-01')
    await tessa.waitFor(() => answersIn(tessa, tessa.dm, root).length === 1)
    fixture.sandbox.workspace.faults.add({ method: 'chat.postMessage', error: 'msg_blocks_too_long' })
    await tessa.say(tessa.dm, 'E-02', { threadTs: root })
    await tessa.say(tessa.dm, 'W-10', { threadTs: root })
    await tessa.waitFor(({ messages }) =>
      messages.some((one) => one.threadTs === root && readMessage(one).includes('Low battery')),
    )
  })
})
