import type { Catalog } from '../catalog/catalog.ts'
import type { Outbox } from '../outbox/outbox.ts'
import type { Store } from '../store/open.ts'
import { findCommand } from './command-records.ts'
import { readOutcome, readTrackRecord, saveOutcome, type TrackRecord } from './outcome-records.ts'

export type Outcomes = {
  /** How well the command worked for the code lately; null with too few uses. */
  trackRecord(code: string, command: string): Promise<(TrackRecord & { days: number }) | null>
}

const WINDOW_DAYS = 90
/** With fewer uses, a share says more about chance than about the command. */
const MIN_USES = 5
/** It changes over days, so no answer waits for it. */
const CACHE_TTL_MS = 60_000
const HOUR_MS = 60 * 60 * 1_000

/** Records whether a command's code stayed away, and reports the success rate. */
export function createOutcomes(deps: {
  catalog: Pick<Catalog, 'find'>
  store: Store
  outbox: Pick<Outbox, 'on'>
  now: () => Date
}): Outcomes {
  const { catalog, store, outbox, now } = deps
  const cache = new Map<string, { record: Promise<TrackRecord>; until: number }>()

  outbox.on('outcome', async ({ key }) => {
    const command = await findCommand(store, key)
    if (command?.state !== 'succeeded' || !command.device || !command.settledAt) return
    const { device, code, settledAt: since } = command
    const hours = catalog.find(code)?.clearWindowHours ?? 0
    const until = new Date(since.getTime() + hours * HOUR_MS)
    await saveOutcome(store, command, await readOutcome(store, { device, code, since, until }), now())
  })

  const read = (code: string, command: string): Promise<TrackRecord> => {
    const key = `${command} ${code}`
    const found = cache.get(key)
    if (found && found.until > now().getTime()) return found.record
    const since = new Date(now().getTime() - WINDOW_DAYS * 24 * HOUR_MS)
    const record = readTrackRecord(store, { code, command, since })
    cache.set(key, { record, until: now().getTime() + CACHE_TTL_MS })
    record.catch(() => cache.delete(key))
    return record
  }
  return {
    async trackRecord(code, command) {
      const record = await read(code, command)
      return record.uses >= MIN_USES ? { ...record, days: WINDOW_DAYS } : null
    },
  }
}
