import type { Insertable, Selectable } from 'kysely'
import type { Day } from '../../lib/dates.ts'
import type { CursorRange } from '../../lib/paging.ts'
import { enqueue, type NewJob, type OutboxJob } from '../../outbox/outbox-records.ts'
import { beyond } from '../../store/keyset.ts'
import type { Store } from '../../store/open.ts'
import type { WorkOrdersTable } from '../../store/tables.ts'
import type { Person } from '../command.ts'

export const WORK_ORDER_STATES = ['open', 'done', 'cancelled'] as const
export type WorkOrderState = (typeof WORK_ORDER_STATES)[number]

export type WorkOrder = {
  readonly id: string
  readonly title: string
  readonly code: string
  readonly problem: string
  readonly device: string
  readonly dueOn: Day
  readonly note: string | null
  readonly assignee: Person
  readonly state: WorkOrderState
  readonly answerId: string | null
  readonly commandId: string | null
  readonly createdBy: Person
  readonly createdAt: Date
  readonly closedBy: Person | null
  readonly closedAt: Date | null
}

/** The jobs to enqueue with a change. */
export type JobsFor = (order: WorkOrder) => readonly NewJob[]
export type SavedOrder = { order: WorkOrder; isNew: boolean; jobs: readonly OutboxJob[] }

/** Inserts an order with its jobs; a form sent twice gives the same order. */
export async function insertOrder(
  store: Store,
  row: Insertable<WorkOrdersTable>,
  jobsFor: JobsFor,
): Promise<SavedOrder> {
  return store.transaction().execute(async (trx) => {
    const inserted = await trx
      .insertInto('work_orders')
      .values(row)
      .onConflict((conflict) => conflict.column('source_key').doNothing())
      .returningAll()
      .executeTakeFirst()
    if (inserted) return withJobs(trx, toOrder(inserted), jobsFor, new Date(row.created_at))
    const earlier = await trx
      .selectFrom('work_orders')
      .selectAll()
      .where('source_key', '=', row.source_key)
      .executeTakeFirstOrThrow()
    return { order: toOrder(earlier), isNew: false, jobs: [] }
  })
}

/** Closes an open order; null when it isn't open. */
export async function closeOrder(
  store: Store,
  id: string,
  { to, by, at }: { to: Exclude<WorkOrderState, 'open'>; by: Person; at: Date },
  jobsFor: JobsFor,
): Promise<SavedOrder | null> {
  return store.transaction().execute(async (trx) => {
    const row = await trx
      .updateTable('work_orders')
      .set({ state: to, closed_by: by.user, closed_by_team: by.team, closed_at: at.getTime() })
      .where('id', '=', id)
      .where('state', '=', 'open')
      .returningAll()
      .executeTakeFirst()
    return row ? withJobs(trx, toOrder(row), jobsFor, at) : null
  })
}

async function withJobs(trx: Store, order: WorkOrder, jobsFor: JobsFor, now: Date): Promise<SavedOrder> {
  const jobs: OutboxJob[] = []
  for (const job of jobsFor(order)) jobs.push(await enqueue(trx, job, now))
  return { order, isNew: true, jobs }
}

export async function findOrder(store: Store, id: string): Promise<WorkOrder | null> {
  const row = await store.selectFrom('work_orders').selectAll().where('id', '=', id).executeTakeFirst()
  return row ? toOrder(row) : null
}

export async function listOrdersOfAnswer(store: Store, answerId: string): Promise<WorkOrder[]> {
  const rows = await store
    .selectFrom('work_orders')
    .selectAll()
    .where('answer_id', '=', answerId)
    .orderBy('id')
    .execute()
  return rows.map(toOrder)
}

export type OrderFilter = {
  state?: WorkOrderState | undefined
  device?: string | undefined
  team?: string | undefined
  assignee?: Person | undefined
}

/** Orders by due day, beginning after a cursor. */
export async function pageOrders(
  store: Store,
  { state, device, team, assignee }: OrderFilter,
  { after, size }: { after: Pick<WorkOrder, 'dueOn' | 'id'> | null; size: number },
): Promise<WorkOrder[]> {
  const rows = await store
    .selectFrom('work_orders')
    .selectAll()
    .$if(state !== undefined, (query) => query.where('state', '=', state ?? ''))
    .$if(device !== undefined, (query) => query.where('device', '=', device ?? ''))
    .$if(team !== undefined, (query) => query.where('team', '=', team ?? ''))
    .$if(assignee !== undefined, (query) =>
      query.where('assignee', '=', assignee?.user ?? '').where('team', '=', assignee?.team ?? ''),
    )
    .$if(after !== null, (query) =>
      query.where((where) => beyond(where, ['due_on', 'id'], '>', after && { at: after.dueOn, id: after.id })),
    )
    .orderBy('due_on')
    .orderBy('id')
    .limit(size)
    .execute()
  return rows.map(toOrder)
}

/** Open orders of a workspace, the first due first; the cursor is day and id. */
export async function listOpenOrders(store: Store, team: string, { size, after }: CursorRange): Promise<WorkOrder[]> {
  const cursor = after && { dueOn: new Date(after.at).toISOString().slice(0, 10), id: after.id }
  return pageOrders(store, { state: 'open', team }, { after: cursor, size })
}

export function cursorOfOrder({ dueOn, id }: WorkOrder): { at: number; id: string } {
  return { at: Date.parse(dueOn), id }
}

function toOrder(row: Selectable<WorkOrdersTable>): WorkOrder {
  const state = WORK_ORDER_STATES.find((known) => known === row.state)
  if (!state) throw new Error(`not a work order's state: ${row.state}`)
  return {
    id: row.id,
    title: row.title,
    code: row.code,
    problem: row.problem,
    device: row.device,
    dueOn: row.due_on,
    note: row.note,
    assignee: { user: row.assignee, team: row.team },
    state,
    answerId: row.answer_id,
    commandId: row.command_id,
    createdBy: { user: row.created_by, team: row.created_by_team },
    createdAt: new Date(row.created_at),
    closedBy: row.closed_by === null ? null : { user: row.closed_by, team: row.closed_by_team ?? '' },
    closedAt: row.closed_at === null ? null : new Date(row.closed_at),
  }
}
