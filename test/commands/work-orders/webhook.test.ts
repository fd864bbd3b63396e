import { createHmac } from 'node:crypto'
import { expect, it } from 'vitest'
import { listPendingDeliveries, postWorkOrders } from '../../../src/commands/work-orders/webhook.ts'
import { createWorkOrders } from '../../../src/commands/work-orders/work-orders.ts'
import { createOutbox } from '../../../src/outbox/outbox.ts'
import { describeOnDatabases } from '../../support/databases.ts'
import { silent } from '../../support/silent.ts'
import { ANNA, type CommandsSetup, catalog, DEVICE, useDatabase } from '../setup.ts'
import { openReceiver, type Received, type Receiver } from './receiver.ts'

const SECRET = 'a secret of some length'

describeOnDatabases('the webhook for work orders', (kind) => {
  const openCommands = useDatabase(kind)
  const story = (title: string, tell: (scene: CommandsSetup, receiver: Receiver) => Promise<void>) =>
    it(title, async () => {
      await using receiver = await openReceiver()
      await using scene = await openCommands()
      postWorkOrders({ ...scene, webhook: { url: receiver.url, secret: SECRET }, now: () => scene.clock.now })
      await tell(scene, receiver)
    })
  const ordersOf = ({ store, outbox, clock }: CommandsSetup) =>
    createWorkOrders({ catalog, store, outbox, hasWebhook: true, now: () => clock.now })
  const order = async (scene: CommandsSetup) => {
    const form = { device: DEVICE, dueOn: '2026-11-25', assignee: 'UBEN', note: 'Zähler 3 – “Nord”' }
    const more = {
      answerId: null,
      commandId: null,
      isFallback: false,
      by: ANNA,
      key: 'V1',
      offsetMs: 0,
      assigneeOffsetMs: 0,
    }
    const outcome = await ordersOf(scene).open({ code: 'W-10', form, ...more })
    if (!outcome.ok) throw new Error('refused')
    return outcome.order
  }
  /** What a company's system would do to be sure that it was us, lately. */
  const isSigned = ({ headers, body }: Received) => {
    const timestamp = headers['x-hydrocore-timestamp']
    const hex = createHmac('sha256', SECRET).update(`${timestamp}.${body}`).digest('hex')
    return headers['x-hydrocore-signature'] === `v1=${hex}`
  }

  story('posts each change, signed, and forgets it once it was taken', async (scene, receiver) => {
    const { store, outbox, clock } = scene
    const made = await order(scene)
    await outbox.runOnce()
    const [first] = await receiver.received.count(1)
    expect(first && isSigned(first)).toBe(true)
    expect(first?.headers).toMatchObject({
      'content-type': 'application/json',
      'x-hydrocore-delivery': `${made.id}.created`,
      'x-hydrocore-timestamp': String(clock.now.getTime() / 1_000),
    })
    expect(JSON.parse(first?.body ?? '')).toEqual({
      version: 1,
      deliveryId: `${made.id}.created`,
      event: 'work_order.created',
      at: clock.now.toISOString(),
      workOrder: { ...made, createdAt: clock.now.toISOString(), closedAt: null },
    })
    await ordersOf(scene).close(made.id, 'done', ANNA)
    await outbox.runOnce()
    const [, second] = await receiver.received.count(2)
    expect(JSON.parse(second?.body ?? '')).toMatchObject({ event: 'work_order.done', workOrder: { state: 'done' } })
    expect(await listPendingDeliveries(store)).toEqual([])
  })

  story('keeps what was not taken, tells why, and sends the same bytes until it is', async (scene, receiver) => {
    const { store, outbox, clock } = scene
    const made = await order(scene)
    const fails = async (answer: number, fault: string) => {
      receiver.answer = answer
      await outbox.runOnce()
      const [waiting] = await listPendingDeliveries(store)
      expect(waiting).toMatchObject({ orderId: made.id, lastError: fault })
      clock.now = waiting?.nextAttemptAt ?? clock.now
    }
    await fails(503, 'it answered 503')
    await fails(302, 'it answered 302')
    await fails(0, 'it cannot be reached (UND_ERR_SOCKET)')
    await receiver.stop()
    await fails(204, 'it cannot be reached (ECONNREFUSED)')
    await receiver.start()
    await outbox.runOnce()
    expect(await listPendingDeliveries(store)).toEqual([])
    const all = await receiver.received.count(4)
    expect(all).toHaveLength(4)
    expect(new Set(all.map(({ body }) => body)).size).toBe(1)
    expect(all.every(isSigned)).toBe(true)
    const times = all.map(({ headers }) => Number(headers['x-hydrocore-timestamp']))
    expect(times).toEqual([...new Set(times)].toSorted((a, b) => a - b))
  })

  story('is sent once by several instances, and waits for the next start when none runs', async (scene, receiver) => {
    const { store, clock } = scene
    // Made in the terminal: nobody there posts.
    const terminal = createWorkOrders({ catalog, store, hasWebhook: true, now: () => clock.now })
    const made = await order(scene)
    await terminal.close(made.id, 'cancelled', { user: 'terminal:ops', team: 'terminal' })
    const all = Array.from({ length: 4 }, () => createOutbox({ store, logger: silent, now: () => clock.now }))
    for (const outbox of all)
      postWorkOrders({ outbox, webhook: { url: receiver.url, secret: SECRET }, now: () => clock.now })
    await Promise.all(all.map((outbox) => outbox.runOnce()))
    await receiver.received.count(2)
    expect(receiver.received.all).toHaveLength(2)
    await Promise.all(all.map((outbox) => outbox[Symbol.asyncDispose]()))
  })
})
