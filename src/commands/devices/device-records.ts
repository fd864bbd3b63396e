import type { Selectable } from 'kysely'
import { z } from 'zod'
import type { Store } from '../../store/open.ts'
import type { DevicesTable } from '../../store/tables.ts'
import type { Device } from './device.ts'
import type { DeviceMessage } from './device-messages.ts'

type StatusMessage = Pick<
  Extract<DeviceMessage, { kind: 'status' }>,
  'device' | 'online' | 'at' | 'firmware' | 'retained'
>
type EventMessage = Pick<Extract<DeviceMessage, { kind: 'event' }>, 'device' | 'code' | 'state' | 'at'>

/** More codes at once than any device has; beyond it somebody is filling our table. */
const MAX_CODES = 50

const Codes = z.array(z.string())

export async function findDevice(store: Store, id: string): Promise<Device | null> {
  const row = await store.selectFrom('devices').selectAll().where('id', '=', id).executeTakeFirst()
  return row ? toDevice(row) : null
}

/** The devices with these ids, in order; some hundred at most. */
export async function findDevices(store: Store, ids: readonly string[]): Promise<Device[]> {
  if (ids.length === 0) return []
  const rows = await store.selectFrom('devices').selectAll().where('id', 'in', ids).execute()
  const byId = new Map(rows.map((row) => [row.id, toDevice(row)]))
  return ids.flatMap((id) => byId.get(id) ?? [])
}

export async function listDevices(store: Store): Promise<Device[]> {
  const rows = await store.selectFrom('devices').selectAll().orderBy('id').execute()
  return rows.map(toDevice)
}

export async function listDeviceIds(store: Store): Promise<string[]> {
  const rows = await store.selectFrom('devices').select('id').orderBy('id').execute()
  return rows.map(({ id }) => id)
}

/** The ids that end with these digits; more than some tens tell nothing. */
export async function listDevicesEndingWith(store: Store, digits: string): Promise<string[]> {
  const rows = await store
    .selectFrom('devices')
    .select('id')
    .where('id', 'like', `%${digits}`)
    .orderBy('id')
    .limit(50)
    .execute()
  return rows.map(({ id }) => id)
}

/**
 * The latest status counts, whatever its `at` says: a last will carries the time of connecting, and a device's clock
 * may be wrong. Only a retained message, which may be old, is taken at its time.
 */
export async function recordStatus(store: Store, message: StatusMessage, now: Date): Promise<void> {
  const reportedAt = Math.min(message.at.getTime(), now.getTime())
  await store.transaction().execute(async (trx) => {
    const initial = { online: message.online, at: message.retained ? reportedAt : now.getTime() }
    const row = await lockDevice(trx, message.device, initial, !message.retained)
    const isFlipped = Boolean(row.online) !== message.online
    const clockAheadMs = clockAhead(row.clock_ahead_ms, message.at, now, message.online && !message.retained)
    const isSame = !isFlipped && clockAheadMs === row.clock_ahead_ms
    if (isSame && (message.firmware === null || message.firmware === row.firmware)) return
    const since = message.retained && reportedAt > row.since ? reportedAt : now.getTime()
    await trx
      .updateTable('devices')
      .set({
        ...(isFlipped && { online: message.online ? 1 : 0, since }),
        firmware: message.firmware ?? row.firmware,
        clock_ahead_ms: clockAheadMs,
      })
      .where('id', '=', message.device)
      .execute()
  })
}

/** An unknown device that reports a code counts as online. */
export async function updateDeviceCodes(store: Store, message: EventMessage, now: Date): Promise<void> {
  await store.transaction().execute(async (trx) => {
    const row = await lockDevice(trx, message.device, { online: true, at: now.getTime() }, true)
    const others = readCodes(row.codes).filter((code) => code !== message.code)
    const codes = message.state === 'raised' ? [...others, message.code].slice(-MAX_CODES) : others
    await trx
      .updateTable('devices')
      .set({
        codes: JSON.stringify(codes),
        clock_ahead_ms: clockAhead(row.clock_ahead_ms, message.at, now, false),
      })
      .where('id', '=', message.device)
      .execute()
  })
}

/** Two good clocks may differ this much; it's no reason to write. */
const CLOCK_TOLERANCE_MS = 1_000

/** The column's limit, some 24 days; a clock that far off is broken anyway. */
const MAX_CLOCK_MS = 2 ** 31 - 1

/**
 * A time later than ours means the device's clock is ahead. An earlier one means nothing, since the message may have
 * waited; only a live status shows that the clock was corrected.
 */
function clockAhead(known: number, at: Date, now: Date, isLiveStatus: boolean): number {
  const ahead = Math.min(at.getTime() - now.getTime(), MAX_CLOCK_MS)
  if (ahead <= CLOCK_TOLERANCE_MS) return isLiveStatus ? 0 : known
  return Math.abs(ahead - known) > CLOCK_TOLERANCE_MS ? ahead : known
}

/** The device's row, or a new one, locked until the transaction ends. */
async function lockDevice(trx: Store, id: string, initial: { online: boolean; at: number }, isLive: boolean) {
  return trx
    .insertInto('devices')
    .values({
      id,
      online: initial.online ? 1 : 0,
      since: initial.at,
      firmware: null,
      codes: '[]',
      last_seen_at: initial.at,
    })
    .onConflict((conflict) =>
      conflict
        .column('id')
        .doUpdateSet((eb) => ({ last_seen_at: eb.ref(isLive ? 'excluded.last_seen_at' : 'devices.last_seen_at') })),
    )
    .returningAll()
    .executeTakeFirstOrThrow()
}

function toDevice(row: Selectable<DevicesTable>): Device {
  return {
    id: row.id,
    isOnline: row.online === 1,
    since: new Date(row.since),
    firmware: row.firmware,
    codes: readCodes(row.codes),
    lastSeenAt: new Date(row.last_seen_at),
    clockAheadMs: row.clock_ahead_ms,
  }
}

function readCodes(json: string): string[] {
  return Codes.parse(JSON.parse(json))
}
