import type { DestinationStream, Logger as PinoLogger } from 'pino'
import { pino } from 'pino'

export type Logger = Pick<PinoLogger, 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal'>

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/**
 * Tokens and keys anywhere in a text, foreign error messages included, and the name and password in an address, even if
 * the password contains an unescaped `@` or `/`.
 */
const SECRETS = /\b(?:xox[a-z]?[.-]|xapp-|sk-(?=[\w-]{8}))[\w.-]+|(?<=:\/\/)[^\s"'<>/@:]*:[^\s"'<>]*(?=@)/g

/** Replaces tokens, keys and passwords in addresses with `[redacted]`. */
export function redact(text: string): string {
  return text.replace(SECRETS, '[redacted]')
}

/** A JSON logger on stderr (or the given stream) that never prints a token or key. */
export function createLogger(
  level: LogLevel,
  destination: DestinationStream = { write: (line: string) => void process.stderr.write(line) },
): Logger {
  return pino({ level, base: null }, { write: (line) => destination.write(redact(line)) })
}
