import type { Catalog } from '../../catalog/catalog.ts'
import type { CodeEntry } from '../../catalog/schema.ts'
import { addDays, type Day, dayAt, formatDay, isDay, morningBefore } from '../../lib/dates.ts'
import { newId } from '../../lib/ids.ts'
import { sanitizeText } from '../../lib/sanitize.ts'
import { type Outbox, OWN_LEASE_MS } from '../../outbox/outbox.ts'
import { cancel, type NewJob, type OutboxJob } from '../../outbox/outbox-records.ts'
import type { Store } from '../../store/open.ts'
import type { Person } from '../command.ts'
import { normalizeDeviceId } from '../devices/devices.ts'
import { WorkOrderClosedError, WorkOrderUnknownError } from './order-errors.ts'
import { closeOrder, findOrder, insertOrder, listOrdersOfAnswer, type WorkOrder } from './order-records.ts'
import { serializeDelivery } from './webhook.ts'

declare module '../../outbox/topics.ts' {
  interface OutboxTopics {
    /** A work order whose assignee has not been notified. */
    assignment: 'work order id'
    /** A work order that is due tomorrow. */
    reminder: 'work order id'
    /** A change of a work order for the company’s own system. */
    webhook: 'work order id and event'
  }
}

/** What an order for a code would be, and the days it may be due. */
export type OrderPlan = { title: string; problem: string; earliest: Day; latest: Day }

/** A form as sent, unchecked. */
export type OrderForm = { device: string; dueOn: string; assignee: string; note: string }
export type OrderField = keyof OrderForm
export type OrderFaults = Partial<Record<OrderField, string>>

export type OrderRequest = {
  code: string
  answerId: string | null
  /** The command that didn't help; null when the code itself asks for a visit. */
  commandId: string | null
  /** Whether something was tried before that didn't help. */
  isFallback: boolean
  form: OrderForm
  by: Person
  /** Identifies the form, so that sending it twice makes one order. */
  key: string
  /** The UTC offsets, in milliseconds, of the requester and of the assignee. */
  offsetMs: number
  assigneeOffsetMs: number
}

export type WorkOrders = {
  /** Null when the catalog does not know the code. */
  plan(code: string, isAfterFailure: boolean, offsetMs: number): OrderPlan | null
  open(request: OrderRequest): Promise<{ ok: true; order: WorkOrder } | { ok: false; faults: OrderFaults }>
  /** Throws {@link WorkOrderUnknownError} or {@link WorkOrderClosedError}. */
  close(id: string, to: 'done' | 'cancelled', by: Person): Promise<WorkOrder>
  find(id: string): Promise<WorkOrder | null>
  ofAnswer(answerId: string): Promise<readonly WorkOrder[]>
}

/** Days until the visit when the catalog doesn't say. */
const DEFAULT_WITHIN_DAYS = 14
export const MAX_NOTE_CHARS = 500
const VISIT = 'Technician visit'

/** Work orders from the form to their end, with what follows: messages, a reminder, the company's system. */
export function createWorkOrders(deps: {
  catalog: Catalog
  store: Store
  /** Without it, running instances do what follows. */
  outbox?: Pick<Outbox, 'runNow' | 'wake'>
  hasWebhook: boolean
  now: () => Date
}): WorkOrders {
  const { catalog, store, outbox, hasWebhook, now } = deps

  const planOf = (entry: CodeEntry, isAfterFailure: boolean, offsetMs: number): OrderPlan => {
    const earliest = dayAt(now(), offsetMs)
    const days = isAfterFailure ? entry.fallback?.withinDays : entry.visitWithinDays
    const title = isAfterFailure ? VISIT : (entry.visitTitle ?? VISIT)
    return { title, problem: entry.problem, earliest, latest: addDays(earliest, days ?? DEFAULT_WITHIN_DAYS) }
  }
  const webhookJobs = (order: WorkOrder, event: 'created' | 'done' | 'cancelled'): NewJob[] =>
    hasWebhook
      ? [
          {
            topic: 'webhook',
            key: `${order.id}.${event}`,
            payload: serializeDelivery(order, event, now()),
            runAt: now(),
          },
        ]
      : []
  /** Leased to us when we can run it at once; free for anybody otherwise (the terminal). */
  const withOwnLease = (job: NewJob): NewJob =>
    outbox ? { ...job, leaseUntil: new Date(job.runAt.getTime() + OWN_LEASE_MS) } : job
  const refreshJobs = ({ answerId }: WorkOrder): NewJob[] =>
    answerId ? [withOwnLease({ topic: 'show', key: answerId, runAt: now() })] : []
  const runJobs = (all: readonly OutboxJob[]) => {
    for (const job of all) if (job.leaseUntil) outbox?.runNow(job)
    outbox?.wake()
  }

  return {
    plan(code, isAfterFailure, offsetMs) {
      const entry = catalog.find(code)
      return entry && planOf(entry, isAfterFailure, offsetMs)
    },
    async open({ code, form, by, ...request }) {
      const entry = catalog.find(code)
      if (!entry) return { ok: false, faults: { dueOn: 'The catalog no longer knows this code. Please ask again.' } }
      const plan = planOf(entry, request.isFallback, request.offsetMs)
      const device = normalizeDeviceId(form.device, catalog)
      const note = sanitizeText(form.note, MAX_NOTE_CHARS + 1)
      const faults = validateForm({ ...form, device, note: note ?? '' }, plan, catalog)
      if (Object.keys(faults).length > 0) return { ok: false, faults }
      const createdAt = now()
      const remindAt = morningBefore(form.dueOn, request.assigneeOffsetMs)
      const { order, jobs } = await insertOrder(
        store,
        {
          id: newId('wo', createdAt),
          title: plan.title,
          code,
          problem: plan.problem,
          device,
          due_on: form.dueOn,
          note,
          assignee: form.assignee,
          team: by.team,
          state: 'open',
          answer_id: request.answerId,
          command_id: request.commandId,
          source_key: request.key,
          created_by: by.user,
          created_by_team: by.team,
          created_at: createdAt.getTime(),
        },
        (made) => [
          ...refreshJobs(made),
          ...(made.assignee.user === by.user
            ? []
            : [withOwnLease({ topic: 'assignment', key: made.id, runAt: createdAt })]),
          // Somebody asked on the day before needs no reminder; it would only repeat the request.
          ...(remindAt > createdAt ? [{ topic: 'reminder' as const, key: made.id, runAt: remindAt }] : []),
          ...webhookJobs(made, 'created'),
        ],
      )
      runJobs(jobs)
      return { ok: true, order }
    },
    async close(id, to, by) {
      const closed = await closeOrder(store, id, { to, by, at: now() }, (order) => [
        ...refreshJobs(order),
        ...webhookJobs(order, to),
      ])
      if (!closed) {
        const order = await findOrder(store, id)
        throw order ? new WorkOrderClosedError(id, order.state) : new WorkOrderUnknownError(id)
      }
      await cancel(store, 'reminder', id)
      runJobs(closed.jobs)
      return closed.order
    },
    find: (id) => findOrder(store, id),
    ofAnswer: (answerId) => listOrdersOfAnswer(store, answerId),
  }
}

/** A Slack user; Slack's own field and the listener check the rest. */
const USER = /^[UW][A-Z0-9]{2,30}$/

function validateForm(
  form: OrderForm,
  { earliest, latest }: OrderPlan,
  catalog: Pick<Catalog, 'isDeviceId'>,
): OrderFaults {
  const faults: OrderFaults = {}
  if (form.device === '') faults.device = 'Please say which device this is about.'
  else if (!catalog.isDeviceId(form.device)) faults.device = 'That is no device id. It looks like HC5000-A-1138.'
  if (form.dueOn === '') faults.dueOn = 'Please choose a day.'
  else if (!isDay(form.dueOn)) faults.dueOn = 'That is not a day.'
  else if (form.dueOn < earliest) faults.dueOn = 'That day is past. Please choose today or later.'
  else if (form.dueOn > latest) faults.dueOn = `That is too late: it is due by ${formatDay(latest)}.`
  if (!USER.test(form.assignee)) faults.assignee = 'Please choose who will go.'
  if (form.note.length > MAX_NOTE_CHARS) faults.note = `Please shorten this to ${MAX_NOTE_CHARS} characters.`
  return faults
}
