import { createHmac } from 'node:crypto'
import type { Outbox } from '../../outbox/outbox.ts'
import { listJobs, type OutboxJob } from '../../outbox/outbox-records.ts'
import type { Store } from '../../store/open.ts'
import { WebhookFailedError } from './order-errors.ts'
import type { WorkOrder } from './order-records.ts'

/** Where changes of work orders are posted, and the secret that signs them. */
export type WebhookConfig = { url: string; secret: string }

const VERSION = 1
/** A system that takes longer for a few hundred bytes is faulty. */
const RESPONSE_TIMEOUT_MS = 10_000

/** The body of one delivery, written once: every attempt sends the same bytes. */
export function serializeDelivery(order: WorkOrder, event: 'created' | 'done' | 'cancelled', at: Date): string {
  const { createdAt, closedAt, ...rest } = order
  return JSON.stringify({
    version: VERSION,
    deliveryId: `${order.id}.${event}`,
    event: `work_order.${event}`,
    at: at.toISOString(),
    workOrder: { ...rest, createdAt: createdAt.toISOString(), closedAt: closedAt?.toISOString() ?? null },
  })
}

/** `v1=` and the HMAC-SHA256 of the timestamp, a dot and the body, in hexadecimal. */
export function signDelivery(secret: string, timestamp: string, body: string): string {
  return `v1=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`
}

/** Posts work orders to the company's own system, each delivery until it's accepted (any status from 200 to 299). */
export function postWorkOrders(deps: { outbox: Pick<Outbox, 'on'>; webhook: WebhookConfig; now: () => Date }): void {
  const { outbox, webhook, now } = deps
  async function postDelivery({ key, payload }: OutboxJob, signal: AbortSignal): Promise<void> {
    if (payload === null) return
    const timestamp = String(Math.floor(now().getTime() / 1_000))
    const response = await fetch(webhook.url, {
      method: 'POST',
      // A redirect's target isn't where the secret was agreed on.
      redirect: 'manual',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'hydrocore-assistant',
        'x-hydrocore-delivery': key,
        'x-hydrocore-timestamp': timestamp,
        'x-hydrocore-signature': signDelivery(webhook.secret, timestamp, payload),
      },
      body: payload,
      signal: AbortSignal.any([signal, AbortSignal.timeout(RESPONSE_TIMEOUT_MS)]),
    }).catch((error: unknown) => {
      signal.throwIfAborted()
      throw new WebhookFailedError(reasonOf(error), { cause: error })
    })
    await response.body?.cancel()
    if (!response.ok) throw new WebhookFailedError(`it answered ${response.status}`)
  }
  outbox.on('webhook', postDelivery, { retryForever: true })
}

function reasonOf(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return 'it did not answer in time'
  const cause = error instanceof Error ? error.cause : null
  const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : ''
  return `it cannot be reached${code}`
}

/** A delivery before its first attempt, or after a failed one. */
export type PendingDelivery = {
  id: string
  orderId: string
  attempts: number
  lastError: string | null
  since: Date
  nextAttemptAt: Date
}

const MAX_LISTED = 1_000

/** Deliveries not accepted yet, the oldest first. */
export async function listPendingDeliveries(store: Store): Promise<PendingDelivery[]> {
  const jobs = await listJobs(store, 'webhook', MAX_LISTED)
  return jobs.map(({ key, attempts, lastError, createdAt, runAt }) => ({
    id: key,
    orderId: key.split('.')[0] ?? '',
    attempts: attempts,
    lastError: lastError,
    since: createdAt,
    nextAttemptAt: runAt,
  }))
}
