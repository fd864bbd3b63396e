import { type Command, CommanderError } from 'commander'
import { z } from 'zod'
import { type Core, openCore, openRecords, type Records } from '../app.ts'
import { readConfig } from '../config/config.ts'
import { type Environment, readEnvironment, wantsSandbox } from '../config/env.ts'
import { readSandboxAddresses, withSandbox } from '../config/sandbox-addresses.ts'
import { AppError, type ExitCode, exitCodeOf, UsageError } from '../lib/errors.ts'
import { createLogger, LOG_LEVELS } from '../lib/logger.ts'

/** The output and stop signal of a command; tests pass their own. */
export type Terminal = {
  out: (text: string) => void
  err: (text: string) => void
  /** Whether a person is watching, for progress bars and colours. */
  isInteractive: boolean
  /** Asks for confirmation; null or omitted when nobody can answer. */
  confirm?: ((question: string) => Promise<boolean>) | null
  environment: Readonly<Record<string, string | undefined>>
  signal: AbortSignal
}

const LogLevel = z.enum(LOG_LEVELS)

/** Runs one command line; every error ends as its remedy on stderr and an exit code. */
export async function runProgram(program: Command, args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  try {
    quiet(program, terminal)
    await program.parseAsync([...args], { from: 'user' })
    return 0
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    if (error instanceof AppError) {
      terminal.err(error.remedy)
      return exitCodeOf(error)
    }
    if (terminal.signal.aborted) {
      terminal.err('Stopped.')
      return 1
    }
    terminal.err(error instanceof Error ? (error.stack ?? error.message) : String(error))
    return 1
  }
}

/** Makes Commander throw instead of exiting, and write where we say, in every subcommand. */
function quiet(command: Command, terminal: Terminal): void {
  command.exitOverride()
  command.configureOutput({
    writeOut: (text) => terminal.out(text.trimEnd()),
    writeErr: (text) => terminal.err(text.trimEnd()),
  })
  for (const child of command.commands) quiet(child, terminal)
}

/** The settings from the environment, or of the sandbox running on this machine. */
export async function readSettings(terminal: Terminal): Promise<{ settings: Environment; own: Environment }> {
  const own = readEnvironment(terminal.environment)
  const sandbox = wantsSandbox(own) ? await readSandboxAddresses() : null
  return { own, settings: sandbox ? withSandbox(own, sandbox).settings : own }
}

/** The command reports errors itself; the log adds detail on request. */
export const loggerFor = (own: Environment) => createLogger(LogLevel.catch('silent').parse(own.LOG_LEVEL))

/** Opens the catalog and the database. Throws `SettingsError`. */
export async function openRecordsForTerminal(terminal: Terminal): Promise<Records> {
  const { settings, own } = await readSettings(terminal)
  return openRecords(readConfig(settings, { slack: false, model: false }), { logger: loggerFor(own) })
}

/** Opens what is needed to answer questions. Throws {@link UsageError} without a model server. */
export async function openCoreForTerminal(terminal: Terminal): Promise<Core> {
  const { settings, own } = await readSettings(terminal)
  if (!settings.OPENAI_API_KEY)
    throw new UsageError(
      'No model server is set and no sandbox is running. Start one with "npm start" in another terminal, or set OPENAI_API_KEY, OPENAI_BASE_URL and ASSISTANT_MODEL (see .env.example).',
    )
  return openCore(readConfig(settings, { slack: false, model: true }), { logger: loggerFor(own) })
}
