import type { Selectable } from 'kysely'
import { newId } from '../../lib/ids.ts'
import { enqueue } from '../../outbox/outbox-records.ts'
import type { Store } from '../../store/open.ts'
import type { AlertsTable } from '../../store/tables.ts'
import type { DeviceMessage } from '../devices/device-messages.ts'
import { type Alert, nextRefreshAt, RESOLVE_AFTER_MS } from './alert.ts'

declare module '../../outbox/topics.ts' {
  interface OutboxTopics {
    /** An alert whose message is out of date. */
    alert: 'alert id'
    /** An alert that may be over. */
    alert_quiet: 'alert id'
  }
}

type EventMessage = Extract<DeviceMessage, { kind: 'event' }>

/**
 * Records an event once for all instances, and what it means for an alert. False when it's known already: the broker
 * may redeliver, and every instance hears it.
 */
export async function recordDeviceEvent(
  store: Store,
  event: EventMessage,
  { isAlerting, now }: { isAlerting: boolean; now: Date },
): Promise<boolean> {
  const { device, code, state } = event
  return store.transaction().execute(async (trx) => {
    const { numInsertedOrUpdatedRows } = await trx
      .insertInto('device_events')
      .values({ device, code, state, at: event.at.getTime(), heard_at: now.getTime() })
      .onConflict((conflict) => conflict.columns(['device', 'code', 'state', 'at']).doNothing())
      .executeTakeFirst()
    if (numInsertedOrUpdatedRows !== 1n) return false
    if (isAlerting) await (state === 'raised' ? raise(trx, event, now) : clear(trx, event, now))
    return true
  })
}

const dedupKey = ({ device, code }: Pick<EventMessage, 'device' | 'code'>) => `${device} ${code}`
/** More than a message shows; the rest of a device's readings isn't ours to keep. */
const MAX_VALUES_CHARS = 1_000

async function raise(trx: Store, event: EventMessage, now: Date): Promise<void> {
  await resolveIfQuiet(trx, event, now)
  const json = event.values ? JSON.stringify(event.values) : null
  const values = json && json.length <= MAX_VALUES_CHARS ? json : null
  const row = await trx
    .insertInto('alerts')
    .values({
      id: newId('alert', now),
      device: event.device,
      code: event.code,
      dedup_key: dedupKey(event),
      state: 'raised',
      occurrences: 1,
      reopens: 0,
      event_values: values,
      raised_at: now.getTime(),
      last_raised_at: now.getTime(),
      recovery_announced: 0,
    })
    .onConflict((conflict) =>
      conflict.column('dedup_key').doUpdateSet(({ eb, ref }) => ({
        occurrences: eb('alerts.occurrences', '+', 1),
        reopens: eb
          .case()
          .when('alerts.state', '=', 'cleared')
          .then(eb('alerts.reopens', '+', 1))
          .else(ref('alerts.reopens'))
          .end(),
        state: 'raised' as const,
        last_raised_at: ref('excluded.last_raised_at'),
        event_values: ref('excluded.event_values'),
        cleared_at: null,
        recovery_announced: 0 as const,
      })),
    )
    .returningAll()
    .executeTakeFirstOrThrow()
  await enqueueRefresh(trx, toAlert(row), now)
}

async function clear(trx: Store, event: EventMessage, now: Date): Promise<void> {
  const row = await trx
    .updateTable('alerts')
    .set({ state: 'cleared', cleared_at: now.getTime() })
    .where('dedup_key', '=', dedupKey(event))
    .where('state', '=', 'raised')
    .returningAll()
    .executeTakeFirst()
  if (!row) return
  await enqueueRefresh(trx, toAlert(row), now)
  await enqueue(trx, { topic: 'alert_quiet', key: row.id, runAt: new Date(now.getTime() + RESOLVE_AFTER_MS) }, now)
}

/** An alert whose code stayed away is over, even if nothing has resolved it yet. */
async function resolveIfQuiet(trx: Store, event: EventMessage, now: Date): Promise<void> {
  const row = await trx
    .selectFrom('alerts')
    .select('id')
    .where('dedup_key', '=', dedupKey(event))
    .where('state', '=', 'cleared')
    .where('cleared_at', '<=', now.getTime() - RESOLVE_AFTER_MS)
    .executeTakeFirst()
  if (row) await resolve(trx, row.id, now)
}

/** Resolves the alert if its code has stayed away long enough. */
export async function resolveAlert(store: Store, id: string, now: Date): Promise<void> {
  await store.transaction().execute((trx) => resolve(trx, id, now))
}

async function resolve(trx: Store, id: string, now: Date): Promise<void> {
  const row = await trx
    .updateTable('alerts')
    .set({ state: 'closed', dedup_key: null })
    .where('id', '=', id)
    .where('state', '=', 'cleared')
    .where('cleared_at', '<=', now.getTime() - RESOLVE_AFTER_MS)
    .returningAll()
    .executeTakeFirst()
  if (row) await enqueue(trx, { topic: 'alert', key: id, runAt: now }, now)
}

async function enqueueRefresh(trx: Store, alert: Alert, now: Date): Promise<void> {
  await enqueue(trx, { topic: 'alert', key: alert.id, runAt: nextRefreshAt(alert, now) }, now)
}

export async function findAlert(store: Store, id: string): Promise<Alert | null> {
  const row = await store.selectFrom('alerts').selectAll().where('id', '=', id).executeTakeFirst()
  return row ? toAlert(row) : null
}

export async function findAlertByAnswer(store: Store, answerId: string): Promise<Alert | null> {
  const row = await store.selectFrom('alerts').selectAll().where('answer_id', '=', answerId).executeTakeFirst()
  return row ? toAlert(row) : null
}

export async function listAlerts(store: Store, most: number): Promise<Alert[]> {
  const rows = await store.selectFrom('alerts').selectAll().orderBy('id', 'desc').limit(most).execute()
  return rows.map(toAlert)
}

/** Links the answer that the alert's message shows. */
export async function linkAlert(store: Store, id: string, answerId: string): Promise<void> {
  await store.updateTable('alerts').set({ answer_id: answerId }).where('id', '=', id).execute()
}

/** Records that the message in Slack was up to date at `now`. */
export async function markAlertShown(
  store: Store,
  id: string,
  at: { channel: string; ts: string },
  now: Date,
): Promise<void> {
  await store
    .updateTable('alerts')
    .set({ channel: at.channel, message_ts: at.ts, shown_at: now.getTime() })
    .where('id', '=', id)
    .execute()
}

/** Records that this recovery was announced; a later one is announced again. */
export async function markRecoveryAnnounced(store: Store, { id, clearedAt }: Alert): Promise<void> {
  await store
    .updateTable('alerts')
    .set({ recovery_announced: 1 })
    .where('id', '=', id)
    .where('cleared_at', '=', clearedAt?.getTime() ?? 0)
    .execute()
}

/** A little longer than any catalog's clear window, since an outcome may still ask for the event. */
const EVENT_RETENTION_MS = 400 * 24 * 60 * 60 * 1_000

/** Deletes events that no outcome will ask for. */
export async function deleteOldEvents(store: Store, now: Date): Promise<void> {
  const before = now.getTime() - EVENT_RETENTION_MS
  await store.deleteFrom('device_events').where('heard_at', '<', before).execute()
}

function toAlert(row: Selectable<AlertsTable>): Alert {
  return {
    id: row.id,
    device: row.device,
    code: row.code,
    state: row.state,
    occurrences: row.occurrences,
    reopens: row.reopens,
    values: row.event_values === null ? {} : (JSON.parse(row.event_values) as Record<string, unknown>),
    raisedAt: new Date(row.raised_at),
    lastRaisedAt: new Date(row.last_raised_at),
    clearedAt: row.cleared_at === null ? null : new Date(row.cleared_at),
    answerId: row.answer_id,
    channel: row.channel,
    messageTs: row.message_ts,
    shownAt: row.shown_at === null ? null : new Date(row.shown_at),
    isRecoveryAnnounced: row.recovery_announced === 1,
  }
}
