import { type Command, Option } from 'commander'
import { AUDIT_FORMATS, type AuditFormat, auditSteps, writeAudit } from '../commands/audit.ts'
import { openRecordsForTerminal, type Terminal } from './program.ts'

/** `commands audit`: what was sent to devices, by whom, and what came of it. */
export function addCommands(program: Command, terminal: Terminal): void {
  program
    .command('commands')
    .description('what was sent to devices')
    .command('audit')
    .description('every step of every command')
    .addOption(new Option('--format <format>').choices(AUDIT_FORMATS).default('csv'))
    .action(async ({ format }: { format: AuditFormat }) => {
      await using records = await openRecordsForTerminal(terminal)
      const steps = auditSteps(records.store, {}, terminal.signal)
      for await (const line of writeAudit(steps, format)) terminal.out(line.trimEnd())
    })
}
