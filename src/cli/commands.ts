import { type Command, InvalidArgumentError, Option } from 'commander'
import { AUDIT_FORMATS, type AuditFormat, auditSteps, writeAudit } from '../commands/audit/audit.ts'
import { listCommands } from '../commands/audit/audit-records.ts'
import type { Command as DeviceCommand } from '../commands/command.ts'
import { COMMAND_STATES, type CommandState } from '../commands/state-machine.ts'
import { printRows } from './printing.ts'
import { openRecordsForTerminal, type Terminal } from './program.ts'

const USUALLY_LISTED = 50

/** `commands list | audit`: what was sent to devices, by whom and with what outcome. */
export function addCommands(program: Command, terminal: Terminal): void {
  const commands = program.command('commands').description('what was sent to devices')

  commands
    .command('list')
    .description('commands, the newest first; without --state those that somebody asked for')
    .addOption(new Option('--state <state>').choices(COMMAND_STATES))
    .option('--device <id>', 'of one device')
    .option('--most <number>', 'how many', readCount, USUALLY_LISTED)
    .option('--json', 'as JSON')
    .action(async (options: { state?: CommandState; device?: string; most: number; json?: boolean }) => {
      await using records = await openRecordsForTerminal(terminal)
      const { json, ...filter } = options
      const found = await listCommands(records.store, { ...filter, isRequested: filter.state === undefined })
      printRows(terminal, json ? found : found.map(asListed), { json, empty: 'No such command was asked for.' })
    })

  commands
    .command('audit')
    .description('every step of every command, and what was refused')
    .addOption(new Option('--format <format>').choices(AUDIT_FORMATS).default('csv'))
    .option('--device <id>', 'of one device')
    .option('--since <time>', 'from this time on, such as 2026-11-22 or 2026-11-22T08:00:00Z', readTime)
    .option('--until <time>', 'before this time', readTime)
    .action(async (options: { format: AuditFormat; device?: string; since?: Date; until?: Date }) => {
      await using records = await openRecordsForTerminal(terminal)
      const { format, ...filter } = options
      const steps = auditSteps(records.store, filter, terminal.signal)
      for await (const line of writeAudit(steps, format)) terminal.out(line.trimEnd())
    })
}

/** A date or time in ISO 8601; a date starts at midnight UTC. */
function readTime(text: string): Date {
  const time = new Date(text)
  if (!/^\d{4}-\d{2}-\d{2}/.test(text) || Number.isNaN(time.getTime()))
    throw new InvalidArgumentError('Use a day such as 2026-11-22, or a time such as 2026-11-22T08:00:00Z.')
  return time
}

function readCount(text: string): number {
  const count = Number(text)
  if (!Number.isInteger(count) || count < 1 || count > 100_000)
    throw new InvalidArgumentError('Use a whole number from 1 to 100000.')
  return count
}

function asListed(command: DeviceCommand) {
  const { id, state, device, code, requestedBy, approvedBy, requestedAt, deviceMessage } = command
  return {
    id,
    state,
    command: command.command,
    device,
    code,
    'asked for by': requestedBy?.user,
    'approved by': approvedBy,
    at: requestedAt?.toISOString(),
    'the device says': deviceMessage,
  }
}
