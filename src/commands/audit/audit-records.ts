import type { Selectable } from 'kysely'
import type { CursorRange } from '../../lib/paging.ts'
import { beyond } from '../../store/keyset.ts'
import type { Store } from '../../store/open.ts'
import type { CommandStepsTable } from '../../store/tables.ts'
import type { Command, CommandStep, Person } from '../command.ts'
import { toCommand, toStep } from '../row-mapping.ts'
import type { CommandState } from '../state-machine.ts'

/** The newest commands first. */
export async function listCommands(
  store: Store,
  filter: { device?: string | undefined; state?: CommandState | undefined; isRequested?: boolean; most: number },
): Promise<Command[]> {
  const rows = await store
    .selectFrom('commands')
    .selectAll()
    .$if(filter.device !== undefined, (query) => query.where('device', '=', filter.device ?? ''))
    .$if(filter.state !== undefined, (query) => query.where('state', '=', filter.state ?? ''))
    .$if(filter.isRequested === true, (query) => query.where('requested_at', 'is not', null))
    .orderBy('id', 'desc')
    .limit(filter.most)
    .execute()
  return rows.map(toCommand)
}

/** What a person requested since a time, newest first. */
export async function listRequested(
  store: Store,
  asker: Person,
  since: number,
  { size, after }: CursorRange,
): Promise<Command[]> {
  const rows = await store
    .selectFrom('commands')
    .selectAll()
    .where('requested_by', '=', asker.user)
    .where('requested_by_team', '=', asker.team)
    .where('requested_at', '>=', since)
    .$if(after !== null, (query) => query.where((where) => beyond(where, ['requested_at', 'id'], '<', after)))
    .orderBy('requested_at', 'desc')
    .orderBy('id', 'desc')
    .limit(size)
    .execute()
  return rows.map(toCommand)
}

/** Commands that await a second operator and weren't requested by this person, the first to expire first. */
export async function listAwaitingApproval(
  store: Store,
  viewer: Person,
  { size, after }: CursorRange,
): Promise<Command[]> {
  const rows = await store
    .selectFrom('commands')
    .selectAll()
    .where('state', '=', 'awaiting_approval')
    .where('team', '=', viewer.team)
    .where('requested_by', '!=', viewer.user)
    .$if(after !== null, (query) => query.where((where) => beyond(where, ['deadline_at', 'id'], '>', after)))
    .orderBy('deadline_at')
    .orderBy('id')
    .limit(size)
    .execute()
  return rows.map(toCommand)
}

export type AuditRecord = CommandStep & { command: Command }
export type AuditFilter = { device?: string | undefined; since?: Date | undefined; until?: Date | undefined }

/** Steps with their commands in id order, beginning after `after`. */
export async function auditPage(
  store: Store,
  filter: AuditFilter,
  after: string,
  most: number,
): Promise<AuditRecord[]> {
  const steps = await store
    .selectFrom('command_steps as step')
    .innerJoin('commands as command', 'command.id', 'step.command_id')
    .selectAll('step')
    .where('step.id', '>', after)
    .$if(filter.device !== undefined, (query) => query.where('command.device', '=', filter.device ?? ''))
    .$if(filter.since !== undefined, (query) => query.where('step.at', '>=', filter.since?.getTime() ?? 0))
    .$if(filter.until !== undefined, (query) => query.where('step.at', '<', filter.until?.getTime() ?? 0))
    .orderBy('step.id')
    .limit(most)
    .execute()
  return withCommands(store, steps)
}

/** The latest steps of one device or of all, newest first. */
export async function listNewestSteps(store: Store, device: string | null, most: number): Promise<AuditRecord[]> {
  const steps = await store
    .selectFrom('command_steps as step')
    .innerJoin('commands as command', 'command.id', 'step.command_id')
    .selectAll('step')
    .$if(device !== null, (query) => query.where('command.device', '=', device))
    .orderBy('step.at', 'desc')
    .orderBy('step.id', 'desc')
    .limit(most)
    .execute()
  return withCommands(store, steps)
}

async function withCommands(store: Store, steps: readonly Selectable<CommandStepsTable>[]): Promise<AuditRecord[]> {
  if (steps.length === 0) return []
  const ids = [...new Set(steps.map((row) => row.command_id))]
  const rows = await store.selectFrom('commands').selectAll().where('id', 'in', ids).execute()
  const byId = new Map(rows.map((row) => [row.id, toCommand(row)]))
  return steps.flatMap((row) => {
    const command = byId.get(row.command_id)
    return command ? [{ ...toStep(row), command }] : []
  })
}
