import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCommands } from '../../src/commands/commands.ts'
import { createWorkOrders } from '../../src/commands/work-orders/work-orders.ts'
import { openStore, type Store } from '../../src/store/open.ts'
import { temporaryFolder } from '../support/folder.ts'
import { addAnswer, NOON } from '../support/rows.ts'
import { silent } from '../support/silent.ts'
import { runTerminal } from '../support/terminal.ts'
import { ANNA, catalog, DEVICE, OTHER_DEVICE } from './setup.ts'

describe('the terminal', () => {
  const opened = new AsyncDisposableStack()
  let store: Store
  let environment: Record<string, string>
  const terminal = (...args: string[]) => runTerminal(args, environment)

  beforeAll(async () => {
    const folder = opened.use(await temporaryFolder())
    const path = join(folder.path, 'house.db')
    environment = { DATABASE_URL: `sqlite:${path}`, SLACK_API_URL: 'http://127.0.0.1:9/api/' }
    store = await openStore({ kind: 'sqlite', path }, silent)
    opened.defer(() => store.destroy())
    const gateway = { send: async () => undefined, subscribe: () => () => undefined }
    const now = () => new Date(NOON)
    const commands = opened.use(createCommands({ catalog, gateway, store, logger: silent, hasOperators: true, now }))
    for (const id of [DEVICE, OTHER_DEVICE]) {
      const device = { id, online: 1 as const, since: NOON, firmware: null, codes: '[]', last_seen_at: NOON }
      await store.insertInto('devices').values(device).execute()
      const { id: answerId } = await addAnswer(store)
      const place = { team: 'T1', channel: 'C1', offeredAt: now() }
      const command = await commands.offer({ ...place, answerId, code: 'E-02', command: 'CLEAN_TURB', device: id })
      if (id === DEVICE) await commands.request(command.id, ANNA)
    }
    const orders = createWorkOrders({ catalog, store, hasWebhook: false, now })
    const form = { device: DEVICE, dueOn: '2026-11-25', assignee: 'UBEN', note: 'A\u001b[31mred note' }
    const more = {
      answerId: null,
      commandId: null,
      isFallback: false,
      by: ANNA,
      key: 'V1',
      offsetMs: 0,
      assigneeOffsetMs: 0,
    }
    await orders.open({ code: 'W-10', form, ...more })
  })
  afterAll(() => opened.disposeAsync())

  it('lists what was asked for, or what stands at a state', async () => {
    const asked = await terminal('commands', 'list')
    expect(asked).toMatchObject({ code: 0, err: '' })
    expect(asked.out).toContain(DEVICE)
    expect(asked.out).not.toContain(OTHER_DEVICE)
    const offered = JSON.parse((await terminal('commands', 'list', '--state', 'offered', '--json')).out)
    expect(offered).toMatchObject([{ device: OTHER_DEVICE, state: 'offered' }])
    expect((await terminal('commands', 'list', '--device', 'HC5000-X-0000')).out).toBe('No such command was asked for.')
  })

  it('writes the audit of a device and of a time', async () => {
    const rows = async (...args: string[]) =>
      (await terminal('commands', 'audit', '--format', 'jsonl', ...args)).out.split('\n').filter(Boolean).length
    expect(await rows()).toBe(4)
    expect(await rows('--device', OTHER_DEVICE)).toBe(1)
    expect(await rows('--since', '2026-11-22')).toBe(4)
    expect(await rows('--since', '2026-11-23')).toBe(0)
    expect(await rows('--until', '2026-11-22T12:00:00Z')).toBe(0)
  })

  it.each([
    ['commands', 'audit', '--since', 'yesterday'],
    ['commands', 'audit', '--format', 'xml'],
    ['commands', 'list', '--state', 'lost'],
    ['commands', 'list', '--most', '0'],
    ['work-orders', 'list', '--state', 'lost'],
    ['work-orders', 'done'],
  ])('calls %s %s %s %s wrong usage', async (...args) => {
    const { code, err } = await terminal(...args.filter((arg) => arg !== undefined))
    expect(code).toBe(2)
    expect(err).not.toBe('')
  })

  it('lists, exports and ends work orders, and is steered by nothing in them', async () => {
    const listed = await terminal('work-orders', 'list')
    expect(listed.out).toContain('2026-11-25')
    expect(listed.out).not.toContain('\u001b')
    const [order] = JSON.parse((await terminal('work-orders', 'list', '--json')).out)
    const exported = await terminal('work-orders', 'export', '--format', 'csv', '--state', 'open')
    expect(exported.out).toContain(order.id)
    expect(await terminal('work-orders', 'done', order.id)).toMatchObject({ code: 0 })
    expect(await terminal('work-orders', 'cancel', order.id)).toMatchObject({ code: 1 })
    expect((await terminal('work-orders', 'done', 'wo_nobody')).err).toContain('no work order')
    expect((await terminal('work-orders', 'list')).out).toBe('No work order is open.')
  })
})
