import { createInFlight } from '../lib/background.ts'
import type { Logger } from '../lib/logger.ts'
import type { Command, CommandStep } from './command.ts'

/** Receives each step made by this process. What it throws is logged. */
export type ChangeListener = (command: Command, step: CommandStep) => void | Promise<void>

export type CommandEmitter = {
  onChange(listener: ChangeListener): () => void
  emit(command: Command, step: CommandStep): void
  /** Resolves when every listener has received everything. */
  drain(): Promise<void>
}

/** Notifies listeners of steps, those of one command in order, so that the newest is shown last. */
export function createCommandEmitter(logger: Logger): CommandEmitter {
  const listeners = new Set<ChangeListener>()
  const lastByCommand = new Map<string, Promise<void>>()
  const inFlight = createInFlight(logger)

  const notify = async (listener: ChangeListener, command: Command, step: CommandStep) => {
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
      const before = lastByCommand.get(command.id) ?? Promise.resolve()
      const notified = before.then(async () => {
        await Promise.all([...listeners].map((listener) => notify(listener, command, step)))
        if (lastByCommand.get(command.id) === notified) lastByCommand.delete(command.id)
      })
      lastByCommand.set(command.id, notified)
      inFlight.track('news of a command', () => notified)
    },
    drain: inFlight.drain,
  }
}
