import { csvLine } from '../../lib/csv.ts'
import type { Store } from '../../store/open.ts'
import { type AuditFilter, type AuditRecord, auditPage } from './audit-records.ts'

export const AUDIT_FORMATS = ['csv', 'jsonl'] as const
export type AuditFormat = (typeof AUDIT_FORMATS)[number]

/** Small enough for memory, large enough to be fast. */
const PAGE_ROWS = 500

/** Every step of every command, in the order of the offers and of their steps. */
export async function* auditSteps(
  store: Store,
  filter: AuditFilter = {},
  signal?: AbortSignal,
): AsyncGenerator<AuditRecord> {
  let after = ''
  for (;;) {
    signal?.throwIfAborted()
    const page = await auditPage(store, filter, after, PAGE_ROWS)
    yield* page
    const last = page.at(-1)
    if (!last || page.length < PAGE_ROWS) return
    after = last.id
  }
}

/** The audit as text chunks, in file order. */
export async function* writeAudit(steps: AsyncIterable<AuditRecord>, format: AuditFormat): AsyncGenerator<string> {
  if (format === 'csv') yield csvLine(COLUMNS)
  for await (const record of steps) {
    const row = rowOf(record)
    yield format === 'csv' ? csvLine(COLUMNS.map((column) => row[column])) : `${JSON.stringify(row)}\n`
  }
}

const COLUMNS = [
  'at',
  'command_id',
  'step',
  'kind',
  'code',
  'command',
  'device',
  'from',
  'to',
  'actor',
  'actor_team',
  'why',
  'device_message',
  'requested_by',
  'requested_by_team',
  'approved_by',
  'team',
  'channel',
  'message_ts',
  'answer_id',
] as const
type AuditRow = Record<(typeof COLUMNS)[number], string | null>

function rowOf({ command, ...step }: AuditRecord): AuditRow {
  return {
    at: step.at.toISOString(),
    command_id: step.commandId,
    step: step.id,
    kind: step.kind,
    code: command.code,
    command: command.command,
    device: command.device,
    from: step.from,
    to: step.to,
    actor: step.actor?.user ?? null,
    actor_team: step.actor?.team ?? null,
    why: step.why,
    device_message: step.deviceMessage,
    requested_by: command.requestedBy?.user ?? null,
    requested_by_team: command.requestedBy?.team ?? null,
    approved_by: command.approvedBy,
    team: command.team,
    channel: command.channel,
    message_ts: command.messageTs,
    answer_id: command.answerId,
  }
}
