import type { Store } from '../store/open.ts'
import type { Command, CommandStep } from './command.ts'
import { toCommand, toStep } from './rows.ts'
import type { CommandState } from './states.ts'

/** The newest commands first. */
export async function listCommands(
  store: Store,
  filter: { device?: string; state?: CommandState; most: number },
): Promise<Command[]> {
  const rows = await store
    .selectFrom('commands')
    .selectAll()
    .$if(filter.device !== undefined, (query) => query.where('device', '=', filter.device ?? ''))
    .$if(filter.state !== undefined, (query) => query.where('state', '=', filter.state ?? ''))
    .orderBy('id', 'desc')
    .limit(filter.most)
    .execute()
  return rows.map(toCommand)
}

export type AuditRecord = CommandStep & { command: Command }
export type AuditFilter = { device?: string | undefined; since?: Date | undefined; until?: Date | undefined }

/** Steps with their commands in the order of their ids, from after `after`. */
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
  if (steps.length === 0) return []
  const ids = [...new Set(steps.map((row) => row.command_id))]
  const rows = await store.selectFrom('commands').selectAll().where('id', 'in', ids).execute()
  const byId = new Map(rows.map((row) => [row.id, toCommand(row)]))
  return steps.flatMap((row) => {
    const command = byId.get(row.command_id)
    return command ? [{ ...toStep(row), command }] : []
  })
}
