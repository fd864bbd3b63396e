import { Argument, type Command, Option } from 'commander'
import { eachOrder, writeOrders } from '../commands/work-orders/order-export.ts'
import {
  pageOrders,
  WORK_ORDER_STATES,
  type WorkOrder,
  type WorkOrderState,
} from '../commands/work-orders/order-records.ts'
import { listPendingDeliveries } from '../commands/work-orders/webhook.ts'
import { createWorkOrders } from '../commands/work-orders/work-orders.ts'
import { personAt } from './corrections/reviewer.ts'
import { printRows } from './printing.ts'
import { openRecordsForTerminal, type Terminal } from './program.ts'

const MAX_LISTED = 1_000

type Filter = { state?: WorkOrderState; device?: string }

/** `work-orders list | done | cancel | export`: work for people on site. */
export function addWorkOrders(program: Command, terminal: Terminal): void {
  const orders = program.command('work-orders').description('visits and replacements')
  const state = () => new Option('--state <state>').choices(WORK_ORDER_STATES)

  orders
    .command('list')
    .description('open work orders, or those of a state, by the day they are due')
    .addOption(state().default('open'))
    .option('--device <id>', 'of one device')
    .option('--json', 'as JSON')
    .action(async ({ json, ...filter }: Filter & { json?: boolean }) => {
      await using records = await openRecordsForTerminal(terminal)
      const found = await pageOrders(records.store, filter, { after: null, size: MAX_LISTED })
      const waiting = await listPendingDeliveries(records.store)
      const faultOf = new Map(
        waiting.map(({ orderId, attempts, lastError }) => [orderId, lastError && `${lastError} (${attempts} tries)`]),
      )
      printRows(terminal, json ? found : found.map(asListed), { json, empty: `No work order is ${filter.state}.` })
      if (found.length === MAX_LISTED) terminal.err(`Only the first ${MAX_LISTED} are shown; "export" writes all.`)
      const faults = [...faultOf].filter(([, fault]) => fault)
      if (faults.length > 0) terminal.err(`Not taken by WORK_ORDER_WEBHOOK yet, tried again by the running bot:`)
      for (const [id, fault] of faults) terminal.err(`  ${id}: ${fault}`)
    })

  const end = (name: 'done' | 'cancel', to: 'done' | 'cancelled', description: string) =>
    orders
      .command(name)
      .description(description)
      .addArgument(ID)
      .action(async (id: string) => {
        await using records = await openRecordsForTerminal(terminal)
        const { store, catalog, config } = records
        const hasWebhook = config.workOrders.webhook !== null
        const workOrders = createWorkOrders({ store, catalog, hasWebhook, now: () => new Date() })
        const order = await workOrders.close(id, to, personAt({}))
        terminal.out(`${order.title} on ${order.device} is ${to}.`)
      })
  end('done', 'done', 'the work is done')
  end('cancel', 'cancelled', 'the work is not needed')

  orders
    .command('export')
    .description('work orders for a spreadsheet')
    .addOption(new Option('--format <format>').choices(['csv']).default('csv'))
    .addOption(state())
    .option('--device <id>', 'of one device')
    .action(async ({ state: wanted, device }: Filter) => {
      await using records = await openRecordsForTerminal(terminal)
      const filter = { state: wanted, device }
      for await (const line of writeOrders(eachOrder(records.store, filter, terminal.signal))) {
        terminal.out(line.trimEnd())
      }
    })
}

const ID = new Argument('<id>', 'such as wo_01kb…')

function asListed({ id, title, device, code, dueOn, assignee, note, state }: WorkOrder) {
  return { id, title, device, code, 'due on': dueOn, assignee: assignee.user, note, state }
}
