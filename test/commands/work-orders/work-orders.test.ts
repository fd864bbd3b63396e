import { describe, expect, it } from 'vitest'
import { WorkOrderClosedError, WorkOrderUnknownError } from '../../../src/commands/work-orders/order-errors.ts'
import { eachOrder, writeOrders } from '../../../src/commands/work-orders/order-export.ts'
import { pageOrders } from '../../../src/commands/work-orders/order-records.ts'
import { createWorkOrders, type OrderRequest, type WorkOrders } from '../../../src/commands/work-orders/work-orders.ts'
import { addDays, dayAt, formatDay, isDay, morningBefore } from '../../../src/lib/dates.ts'
import { listJobs } from '../../../src/outbox/outbox-records.ts'
import { describeOnDatabases } from '../../support/databases.ts'
import { hostileText } from '../../support/hostile.ts'
import fc from '../../support/properties.ts'
import { NOON } from '../../support/rows.ts'
import { ANNA, BEN, type CommandsSetup, catalog, DEVICE, OTHER_DEVICE, useDatabase } from '../setup.ts'

const HOUR_MS = 3_600_000

describeOnDatabases('work orders', (kind) => {
  const openCommands = useDatabase(kind)
  const story = (title: string, tell: (scene: CommandsSetup & { orders: WorkOrders }) => Promise<void>) =>
    it(title, async () => {
      await using scene = await openCommands()
      const { store, outbox, clock } = scene
      const orders = createWorkOrders({ catalog, store, outbox, hasWebhook: true, now: () => clock.now })
      await tell({ ...scene, orders })
    })
  const battery = (over: Partial<OrderRequest['form']> = {}, more: Partial<OrderRequest> = {}): OrderRequest => ({
    code: 'W-10',
    answerId: 'ans_1',
    commandId: null,
    isFallback: false,
    form: { device: DEVICE, dueOn: '2026-11-25', assignee: 'UBEN', note: 'Bring the 12 V pack', ...over },
    by: ANNA,
    key: 'view:V1',
    offsetMs: HOUR_MS,
    assigneeOffsetMs: HOUR_MS,
    ...more,
  })
  const opened = async (orders: WorkOrders, request: OrderRequest) => {
    const outcome = await orders.open(request)
    if (!outcome.ok) throw new Error(JSON.stringify(outcome.faults))
    return outcome.order
  }
  const faultsOf = async (orders: WorkOrders, request: OrderRequest) => {
    const outcome = await orders.open(request)
    return outcome.ok ? [] : Object.keys(outcome.faults)
  }
  const left = async ({ store }: CommandsSetup) =>
    (await Promise.all((['show', 'assignment', 'reminder', 'webhook'] as const).map((one) => listJobs(store, one, 9))))
      .flat()
      .map(({ topic, runAt }) => ({ topic, dueAt: runAt }))

  story('are kept with all that has to follow: the message, the assignee, a reminder, the webhook', async (scene) => {
    const { orders, clock } = scene
    const order = await opened(orders, battery())
    expect(order).toMatchObject({
      title: 'Battery replacement',
      problem: 'Low battery warning (below 15%)',
      device: DEVICE,
      dueOn: '2026-11-25',
      state: 'open',
      assignee: { user: 'UBEN', team: 'T1' },
      createdBy: { user: 'UANNA', team: 'T1' },
      note: 'Bring the 12 V pack',
    })
    expect(await left(scene)).toEqual([
      { topic: 'show', dueAt: clock.now },
      { topic: 'assignment', dueAt: clock.now },
      { topic: 'reminder', dueAt: new Date('2026-11-24T07:00:00Z') },
      { topic: 'webhook', dueAt: clock.now },
    ])
    expect(await orders.ofAnswer('ans_1')).toEqual([order])
  })

  story('are one for one form, however often it is sent', async ({ orders, store }) => {
    const all = await Promise.all(Array.from({ length: 5 }, () => opened(orders, battery())))
    expect(new Set(all.map(({ id }) => id)).size).toBe(1)
    await opened(orders, battery({}, { key: 'view:V2' }))
    expect(await pageOrders(store, {}, { after: null, size: 9 })).toHaveLength(2)
  })

  story('have a day within the catalog’s window, as the one who asks counts days', async ({ orders, clock }) => {
    expect(orders.plan('W-10', false, 0)).toEqual({
      title: 'Battery replacement',
      problem: 'Low battery warning (below 15%)',
      earliest: '2026-11-22',
      latest: '2026-11-29',
    })
    expect(orders.plan('E-01', true, 0)).toMatchObject({ title: 'Technician visit', latest: '2026-12-06' })
    expect(orders.plan('E-99', true, 0)).toBeNull()
    const faultAt = (dueOn: string) => faultsOf(orders, battery({ dueOn }))
    expect(await faultAt('2026-11-21')).toEqual(['dueOn'])
    expect(await faultAt('2026-11-30')).toEqual(['dueOn'])
    expect(await faultAt('')).toEqual(['dueOn'])
    expect(await faultAt('2026-11-31')).toEqual(['dueOn'])
    expect(await faultAt('2026-11-29')).toEqual([])
    clock.now = new Date('2026-11-22T23:30:00Z')
    expect(await faultAt('2026-11-22')).toEqual(['dueOn'])
    expect(await faultAt('2026-11-30')).toEqual([])
  })

  story('tell every fault at its field, and keep nothing then', async ({ orders, store }) => {
    const request = battery({ device: 'pump', dueOn: 'wake', assignee: '', note: 'x'.repeat(501) })
    expect((await faultsOf(orders, request)).toSorted()).toEqual(['assignee', 'device', 'dueOn', 'note'])
    expect(await faultsOf(orders, battery({ device: ' hc5000-a-1138 ' }))).toEqual([])
    expect(await pageOrders(store, {}, { after: null, size: 9 })).toHaveLength(1)
  })

  story('remind nobody who was asked in the last hours, and tell nobody of their own', async (scene) => {
    await opened(scene.orders, battery({ dueOn: '2026-11-23', assignee: 'UANNA' }))
    expect((await left(scene)).map(({ topic }) => topic)).toEqual(['show', 'webhook'])
  })

  story('end once, and then remind nobody', async (scene) => {
    const { orders } = scene
    const { id } = await opened(orders, battery())
    expect(await orders.close(id, 'done', BEN)).toMatchObject({ state: 'done', closedBy: { user: 'UBEN' } })
    await expect(orders.close(id, 'cancelled', BEN)).rejects.toBeInstanceOf(WorkOrderClosedError)
    await expect(orders.close('wo_nobody', 'done', BEN)).rejects.toBeInstanceOf(WorkOrderUnknownError)
    expect((await left(scene)).map(({ topic }) => topic)).toEqual(['show', 'assignment', 'webhook', 'webhook'])
  })

  story('are listed by the day they are due, page by page', async ({ orders, store }) => {
    for (const [i, dueOn] of ['2026-11-27', '2026-11-24', '2026-11-25', '2026-11-24'].entries()) {
      await opened(orders, battery({ dueOn, device: i === 2 ? OTHER_DEVICE : DEVICE }, { key: `view:${i}` }))
    }
    const all = await Array.fromAsync(eachOrder(store, {}))
    expect(all.map(({ dueOn }) => dueOn)).toEqual(['2026-11-24', '2026-11-24', '2026-11-25', '2026-11-27'])
    const first = await pageOrders(store, { state: 'open' }, { after: null, size: 2 })
    const rest = await pageOrders(store, { state: 'open' }, { after: first.at(-1) ?? null, size: 9 })
    expect([...first, ...rest]).toEqual(all)
    const filtered = async (filter: Parameters<typeof pageOrders>[1]) =>
      (await pageOrders(store, filter, { after: null, size: 9 })).length
    expect(await filtered({ device: OTHER_DEVICE })).toBe(1)
    expect(await filtered({ state: 'done' })).toBe(0)
    expect(await filtered({ assignee: { user: 'UBEN', team: 'T1' } })).toBe(4)
    expect(await filtered({ assignee: { user: 'UBEN', team: 'T2' } })).toBe(0)
  })

  story('go into a spreadsheet that runs nothing', async ({ orders, store }) => {
    await opened(orders, battery({ note: '=1+1, "now"' }))
    const lines = await Array.fromAsync(writeOrders(eachOrder(store, {})))
    expect(lines).toHaveLength(2)
    expect(lines[0]).toMatch(/^id,state,title,due_on,device,/)
    expect(lines[1]).toContain(`,"'=1+1, ""now""",`)
  })

  it('survive whatever is written into the note', async () => {
    await using scene = await openCommands()
    const { store, clock } = scene
    const orders = createWorkOrders({ catalog, store, hasWebhook: true, now: () => clock.now })
    let forms = 0
    await fc.assert(
      fc.asyncProperty(hostileText(), async (note) => {
        forms += 1
        const outcome = await orders.open(battery({ note }, { key: `note:${forms}` }))
        if (outcome.ok) expect(await orders.find(outcome.order.id)).toEqual(outcome.order)
        else expect(Object.keys(outcome.faults)).toEqual(['note'])
      }),
      { numRuns: 40 },
    )
  })
})

describe('days', () => {
  it('are the reader’s own, and there is no 30th of February', () => {
    expect(dayAt(new Date('2026-11-22T23:30:00Z'), HOUR_MS)).toBe('2026-11-23')
    expect(dayAt(new Date('2026-11-22T00:30:00Z'), -HOUR_MS)).toBe('2026-11-21')
    expect(['2026-02-28', '2028-02-29'].every(isDay)).toBe(true)
    expect(['2026-02-30', '2026-13-01', '26-01-01', '', '2026-1-1', '0000-00-00', 'wake'].some(isDay)).toBe(false)
    expect(addDays('2026-12-30', 3)).toBe('2027-01-02')
    expect(formatDay('2026-11-24')).toMatch(/^Tue,? 24 Nov 2026$/)
    expect(morningBefore('2026-11-25', -5 * HOUR_MS)).toEqual(new Date('2026-11-24T13:00:00Z'))
    expect(NOON).toBe(Date.parse('2026-11-22T12:00:00Z'))
  })

  it('follow each other', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true }),
        fc.nat(400),
        (date, days) => {
          const day = dayAt(date, 0)
          expect(isDay(addDays(day, days))).toBe(true)
          expect(addDays(addDays(day, days), -days)).toBe(day)
          expect(addDays(day, days) >= day).toBe(true)
        },
      ),
    )
  })
})
