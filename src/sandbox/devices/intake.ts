import { z } from 'zod'
import type { CommandFacts, Facts } from './facts.ts'

export type Command = z.infer<typeof Command>
const Command = z.object({
  commandId: z.string().min(1).max(200),
  command: z.string().min(1).max(100),
  requestedAt: z.iso.datetime(),
  expiresAt: z.iso.datetime().transform((text) => new Date(text)),
})

/** What a unit makes of what it hears on its commands topic. Only what is `new` concerns it further. */
export type Heard =
  | { verdict: 'new'; command: Command; its: CommandFacts }
  | { verdict: 'unknown' | 'expired' | 'repeated'; command: Command }
  | { verdict: 'unreadable'; command: null }

/** A unit remembers as many command ids as could reach it twice, and some more. */
const REMEMBERED_COMMANDS = 1_000

/** Reads commands, and drops the expired and the repeated. */
export function createIntake(facts: Facts): (payload: Buffer) => Heard {
  const remembered = new Set<string>()
  return (payload) => {
    const command = readCommand(payload)
    if (!command) return { verdict: 'unreadable', command }
    if (remembered.has(command.commandId)) return { verdict: 'repeated', command }
    remembered.add(command.commandId)
    const [oldest] = remembered
    if (oldest !== undefined && remembered.size > REMEMBERED_COMMANDS) remembered.delete(oldest)
    if (command.expiresAt.getTime() <= Date.now()) return { verdict: 'expired', command }
    const its = facts.commands.get(command.command)
    return its ? { verdict: 'new', command, its } : { verdict: 'unknown', command }
  }
}

function readCommand(payload: Buffer): Command | null {
  try {
    return Command.parse(JSON.parse(payload.toString()))
  } catch {
    return null
  }
}
