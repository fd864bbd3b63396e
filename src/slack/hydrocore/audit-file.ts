import { createWriteStream } from 'node:fs'
import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { auditSteps, writeAudit } from '../../commands/audit/audit.ts'
import type { AuditRecord } from '../../commands/audit/audit-records.ts'
import type { CommandEvent } from '../../commands/state-machine.ts'
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

/** The latest steps as lines, newest first. */
export function auditLines(steps: readonly AuditRecord[]): string {
  return steps.map(auditLine).join('\n')
}

/** What a person did, in words that follow their name. */
const DEEDS: Partial<Record<CommandEvent, string>> = {
  request: 'pressed',
  ask: 'pressed, and asked a second operator',
  approve: 'approved',
  deny: 'denied',
  cancel: 'withdrew it',
}

/** Who did what to which command, and its state then. */
function auditLine({ kind, at, from, to, event, actor, why, deviceMessage, command }: AuditRecord): string {
  const what = `*${cut(escapeMrkdwn(command.command), 45)}* on \`${cut(escapeCode(command.device ?? '?'), 45)}\``
  const states = kind === 'step' ? ` (${from ? `${from} → ` : ''}*${to}*)`.replaceAll('_', ' ') : ''
  const head = `• ${moment(at)} ${what}: `
  const deed = (actor && event && DEEDS[event]) ?? escapeMrkdwn(oneLine(why))
  const said = deviceMessage ? ` “${escapeMrkdwn(oneLine(deviceMessage))}”` : ''
  return head + cut(`${actor ? `${personOf(actor.user)} ` : ''}${deed}${states}${said}`, MAX_LINE - head.length)
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
