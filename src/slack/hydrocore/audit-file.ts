import { createWriteStream } from 'node:fs'
import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { auditSteps, writeAudit } from '../../commands/audit/audit.ts'
import type { AuditRecord } from '../../commands/audit/audit-records.ts'
import { oneLine } from '../../lib/one-line.ts'
import type { Store } from '../../store/open.ts'
import { personOf } from '../blocks/elements.ts'
import { moment } from '../blocks/words.ts'
import { directChannel } from '../platform/clients.ts'
import { cut, escapeCode, escapeMrkdwn } from '../platform/escaping.ts'
import type { Person } from '../platform/payloads.ts'
import type { ClientsOf } from '../platform/workspaces.ts'
import { uploadFiles } from '../posting/upload-files.ts'

/** The number of steps shown as text; the file has them all. */
export const AUDIT_SHOWN = 10
/** So that all of them fit into one section of a message. */
const MAX_LINE = 298

/** Events of a command that don't change its state. */
const OTHER_KINDS = { refused: 'a press was refused', checked: 'checked on site' } as const

/** The latest steps as lines, newest first. */
export function auditLines(steps: readonly AuditRecord[]): string {
  return steps.map(auditLine).join('\n')
}

function auditLine({ kind, at, from, to, actor, why, deviceMessage, command }: AuditRecord): string {
  const what = `*${cut(escapeMrkdwn(command.command), 45)}* on \`${cut(escapeCode(command.device ?? '?'), 45)}\``
  const step = kind === 'step' ? `${from ? `${from} → ` : ''}*${to}*`.replaceAll('_', ' ') : `*${OTHER_KINDS[kind]}*`
  const who = actor ? ` by ${personOf(actor.user)}` : ''
  const head = `• ${moment(at)} ${what}: ${step}${who} `
  const said = deviceMessage ? ` “${escapeMrkdwn(oneLine(deviceMessage))}”` : ''
  return head + cut(`(${escapeMrkdwn(oneLine(why))})${said}`, MAX_LINE - head.length)
}

/** Sends a person every step, for one device or all, as a CSV file in a direct message. */
export async function sendAudit(
  { store, clientsOf }: { store: Store; clientsOf: ClientsOf },
  person: Person,
  device: string | null,
): Promise<void> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'hydrocore-audit-'))
  const name = device ? `audit-${device}.csv` : 'audit.csv'
  const path = join(folder.path, 'audit.csv')
  const steps = auditSteps(store, device ? { device } : {})
  await pipeline(writeAudit(steps, 'csv'), createWriteStream(path))
  const clients = await clientsOf(person.team)
  await uploadFiles(clients.posting, {
    channel: await directChannel(clients, person.user),
    comment: device ? `Every step of every command for \`${escapeCode(device)}\`` : 'Every step of every command',
    files: [{ path, name, title: name }],
  })
}
