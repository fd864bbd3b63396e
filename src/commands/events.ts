import { createInFlight } from '../lib/background.ts'
import type { Logger } from '../lib/logger.ts'
import type { Command, CommandStep } from './command.ts'

/** Hears each step that this process made. What it throws is logged. */
export type ChangeListener = (command: Command, step: CommandStep) => void | Promise<void>

export type CommandEvents = {
  onChange(listener: ChangeListener): () => void
  emit(command: Command, step: CommandStep): void
  /** Resolves when every listener has heard everything. */
  drain(): Promise<void>
}

/** Tells listeners of steps. Those of one command are told one after the other, so that the newest is shown last. */
export function createCommandEvents(logger: Logger): CommandEvents {
  const listeners = new Set<ChangeListener>()
  const lastOf = new Map<string, Promise<void>>()
  const inFlight = createInFlight(logger)

  const tellOne = async (listener: ChangeListener, command: Command, step: CommandStep) => {
    try {
      await listener(command, step)
    } catch (error) {
      logger.error({ err: error, command: command.id, step: step.id }, 'a listener to commands failed')
    }
  }
  return {
    onChange(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    emit(command, step) {
      const before = lastOf.get(command.id) ?? Promise.resolve()
      const told = before.then(async () => {
        await Promise.all([...listeners].map((listener) => tellOne(listener, command, step)))
        if (lastOf.get(command.id) === told) lastOf.delete(command.id)
      })
      lastOf.set(command.id, told)
      inFlight.track('news of a command', () => told)
    },
    drain: inFlight.drain,
  }
}
