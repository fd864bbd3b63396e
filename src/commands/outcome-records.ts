import type { Store } from '../store/open.ts'
import type { CommandsTable } from '../store/tables.ts'
import type { Command } from './command.ts'

export type OutcomeLabel = NonNullable<CommandsTable['outcome']>

/**
 * What the device's events say about the time from `since` to `until`: the code returned, stayed, or was cleared;
 * `no_evidence` when the device never reported it.
 */
export async function readOutcome(
  store: Store,
  { device, code, since, until }: { device: string; code: string; since: Date; until: Date },
): Promise<OutcomeLabel> {
  const events = () =>
    store
      .selectFrom('device_events')
      .select('state')
      .where('device', '=', device)
      .where('code', '=', code)
      .where('heard_at', '<=', until.getTime())
  const recurrence = await events()
    .where('state', '=', 'raised')
    .where('heard_at', '>', since.getTime())
    .limit(1)
    .executeTakeFirst()
  if (recurrence) return 'returned'
  const last = await events().orderBy('heard_at', 'desc').orderBy('at', 'desc').limit(1).executeTakeFirst()
  if (!last) return 'no_evidence'
  return last.state === 'cleared' ? 'cleared' : 'returned'
}

export async function saveOutcome(store: Store, { id }: Command, outcome: OutcomeLabel, at: Date): Promise<void> {
  await store
    .updateTable('commands')
    .set({ outcome, outcome_at: at.getTime() })
    .where('id', '=', id)
    .where('outcome', 'is', null)
    .execute()
}

export type TrackRecord = { uses: number; cleared: number }

/** How often the command cleared the code since a time, among uses with a known outcome. */
export async function readTrackRecord(
  store: Store,
  { code, command, since }: { code: string; command: string; since: Date },
): Promise<TrackRecord> {
  const rows = await store
    .selectFrom('commands')
    .select(['outcome', ({ fn }) => fn.countAll<number>().as('uses')])
    .where('command', '=', command)
    .where('code', '=', code)
    .where('outcome_at', '>=', since.getTime())
    .where('outcome', 'in', ['cleared', 'returned', 'failed'])
    .groupBy('outcome')
    .execute()
  return {
    uses: rows.reduce((sum, { uses }) => sum + uses, 0),
    cleared: rows.find(({ outcome }) => outcome === 'cleared')?.uses ?? 0,
  }
}
