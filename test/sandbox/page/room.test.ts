import { describe, expect, it } from 'vitest'
import {
  applyEvent,
  messagesIn,
  type Room,
  repliesTo,
  roomOf,
  rootsIn,
  statusOf,
} from '../../../src/sandbox/page/client/room.ts'
import type { SandboxEvent } from '../../../src/sandbox/page/contract.ts'
import fc from '../../support/properties.ts'
import { BOT, FIELD, message, sampleRoom, TESSA } from './sample-room.ts'

const room = roomOf({ ...sampleRoom(), messages: [] })
const apply = (events: readonly SandboxEvent[], from: Room = room): Room => events.reduce(applyEvent, from)
const said = (ts: string, text = ts, more: object = {}): SandboxEvent => ({
  type: 'message',
  message: message({ channel: FIELD, ts, userId: TESSA, text, ...more }),
})

describe('the room', () => {
  it('ends the same in whatever order and however often messages arrive', () => {
    const events = fc
      .uniqueArray(fc.integer({ min: 1, max: 50 }), { maxLength: 12 })
      .map((ids) => ids.map((id) => said(`17000000${String(id).padStart(2, '0')}.000100`)))
    fc.assert(
      fc.property(events, fc.array(fc.nat(11)), (list, repeats) => {
        const again = repeats.map((at) => list[at]).filter((event) => event !== undefined)
        const orderly = messagesIn(apply(list), FIELD)
        expect(messagesIn(apply([...again, ...list.toReversed(), ...again]), FIELD)).toEqual(orderly)
      }),
    )
  })

  it('replaces a message that was changed, and forgets one that was deleted', () => {
    const changed = apply([said('1.1', 'before'), said('1.1', 'after')])
    expect(messagesIn(changed, FIELD).map(({ text }) => text)).toEqual(['after'])
    const gone = applyEvent(changed, { type: 'message_deleted', channel: FIELD, ts: '1.1' })
    expect(messagesIn(gone, FIELD)).toEqual([])
  })

  it('keeps replies out of the channel and with their root', () => {
    const now = apply([
      said('1.1', 'root', { threadTs: '1.1' }),
      said('1.2', 'reply', { threadTs: '1.1' }),
      said('1.3'),
    ])
    expect(rootsIn(now, FIELD).map(({ ts }) => ts)).toEqual(['1.1', '1.3'])
    expect(repliesTo(now, FIELD, '1.1').map(({ text }) => text)).toEqual(['reply'])
  })

  it('shows a status until the app answers in that thread, not until it edits something there', () => {
    const status = { channel: FIELD, threadTs: '1.1', status: 'is looking up…', loadingMessages: [] }
    const old = said('1.2', 'old', { userId: BOT, threadTs: '1.1' })
    const waiting = apply([said('1.1'), old, { type: 'status', status }, old, said('1.3')])
    expect(statusOf(waiting, FIELD, '1.1')).toEqual(status)
    const answered = applyEvent(waiting, said('1.4', 'answer', { userId: BOT, threadTs: '1.1' }))
    expect(statusOf(answered, FIELD, '1.1')).toBeNull()
    const taken = applyEvent(waiting, { type: 'status', status: { ...status, status: '' } })
    expect(statusOf(taken, FIELD, '1.1')).toBeNull()
  })

  it('takes in a device it did not know', () => {
    const [known] = sampleRoom().devices
    if (!known) throw new Error('The sample has no device.')
    const now = apply([
      { type: 'device', device: { ...known, id: 'HC5000-Z-0001' } },
      { type: 'device', device: { ...known, online: false } },
    ])
    expect(now.devices.map(({ id }) => id)).toContain('HC5000-Z-0001')
    expect(now.devices.find(({ id }) => id === known.id)?.online).toBe(false)
  })
})
