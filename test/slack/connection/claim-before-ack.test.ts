import type { App, Receiver, ReceiverEvent } from '@slack/bolt'
import { describe, expect, it, vi } from 'vitest'
import { type Claim, claimBeforeAck } from '../../../src/slack/connection/claim-before-ack.ts'
import { silent } from '../../support/silent.ts'

/** A receiver without a line, and an app that acknowledges like Bolt: before anything else. */
function scene(claim: (body: object) => Promise<Claim>) {
  let handed: Pick<App, 'processEvent'> | null = null
  const receiver: Receiver = {
    init: (app) => {
      handed = app
    },
    start: async () => undefined,
    stop: async () => undefined,
  }
  const passed: ReceiverEvent[] = []
  const app = {
    name: 'bolt',
    processEvent: async (event: ReceiverEvent) => {
      await event.ack()
      passed.push(event)
    },
  }
  claimBeforeAck(receiver, claim, silent).init(app as unknown as App)
  const ack = vi.fn(async () => undefined)
  const arrive = (over: Partial<ReceiverEvent> = {}) => {
    if (!handed) throw new Error('the receiver was not begun')
    return handed.processEvent({ body: { event: 'x' }, ack, ...over })
  }
  return { arrive, ack, passed, app: () => handed as unknown as typeof app }
}

describe('the claim in front of Bolt', () => {
  it('hands on what is claimed once it is stored', async () => {
    const order: string[] = []
    const { arrive, ack, passed } = scene(async () => {
      order.push('stored')
      return 'claimed'
    })
    ack.mockImplementation(async () => void order.push('acknowledged'))
    await arrive({ customProperties: { kept: true } })
    expect(order).toEqual(['stored', 'acknowledged'])
    expect(passed).toMatchObject([{ body: { event: 'x' }, customProperties: { kept: true } }])
  })

  it('hands on what is none of its business as it is', async () => {
    const { arrive, passed, ack } = scene(async () => 'pass')
    await arrive()
    expect(passed).toEqual([{ body: { event: 'x' }, ack }])
  })

  it('acknowledges and drops what somebody has already', async () => {
    const { arrive, passed, ack } = scene(async () => 'drop')
    await arrive()
    expect(ack).toHaveBeenCalledTimes(1)
    expect(passed).toEqual([])
  })

  it('does not acknowledge what could not be stored', async () => {
    const { arrive, passed, ack } = scene(() => Promise.reject(new Error('no database')))
    await expect(arrive()).rejects.toThrow('no database')
    expect(ack).not.toHaveBeenCalled()
    expect(passed).toEqual([])
  })

  it('goes on with what is stored, though its acknowledgement did not get through', async () => {
    const { arrive, passed, ack } = scene(async () => 'claimed')
    ack.mockRejectedValue(new Error('socket closed'))
    await arrive()
    expect(passed).toHaveLength(1)
  })

  it('leaves the rest of the app as it is', () => {
    expect(scene(async () => 'pass').app().name).toBe('bolt')
  })
})
