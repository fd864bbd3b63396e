import { csvLine } from '../../lib/csv.ts'
import type { Store } from '../../store/open.ts'
import { type OrderFilter, pageOrders, type WorkOrder } from './order-records.ts'

/** Small enough for memory, large enough to be fast. */
const PAGE_ROWS = 500

/** Every matching work order, by due day. */
export async function* eachOrder(store: Store, filter: OrderFilter, signal?: AbortSignal): AsyncGenerator<WorkOrder> {
  let after: WorkOrder | null = null
  for (;;) {
    signal?.throwIfAborted()
    const page: WorkOrder[] = await pageOrders(store, filter, { after, size: PAGE_ROWS })
    yield* page
    after = page.at(-1) ?? null
    if (!after || page.length < PAGE_ROWS) return
  }
}

/** Work orders as CSV, line by line. */
export async function* writeOrders(orders: AsyncIterable<WorkOrder>): AsyncGenerator<string> {
  yield csvLine(COLUMNS)
  for await (const order of orders) {
    const row = rowOf(order)
    yield csvLine(COLUMNS.map((column) => row[column]))
  }
}

const COLUMNS = [
  'id',
  'state',
  'title',
  'due_on',
  'device',
  'code',
  'problem',
  'assignee',
  'team',
  'note',
  'created_by',
  'created_at',
  'closed_by',
  'closed_at',
  'command_id',
  'answer_id',
] as const
type OrderRow = Record<(typeof COLUMNS)[number], string | null>

function rowOf(order: WorkOrder): OrderRow {
  return {
    id: order.id,
    state: order.state,
    title: order.title,
    due_on: order.dueOn,
    device: order.device,
    code: order.code,
    problem: order.problem,
    assignee: order.assignee.user,
    team: order.assignee.team,
    note: order.note,
    created_by: order.createdBy.user,
    created_at: order.createdAt.toISOString(),
    closed_by: order.closedBy?.user ?? null,
    closed_at: order.closedAt?.toISOString() ?? null,
    command_id: order.commandId,
    answer_id: order.answerId,
  }
}
