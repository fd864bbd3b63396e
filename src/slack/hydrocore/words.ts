import { listOf } from '../blocks/words.ts'

export const WORDS = {
  notAuditor: 'Only administrators and operators can read the audit.',
  auditStarted: 'All steps come as a file in a direct message.',
  nothingSent: 'No command was ever offered there.',
  unknownSubcommand: 'I do not know that command. Here is what I can do:',
} as const
export function waitForReview(count: number): string {
  return count === 1
    ? '1 correction waits for review. Open my Home tab to review it.'
    : `${count} corrections wait for review. Open my Home tab to review them.`
}

/** The reply when the text isn't a device id. */
export function noSuchDevice(nearest: readonly string[]): string {
  return nearest.length > 0 ? `That is no device id. Did you mean ${listOf(nearest)}?` : 'That is no device id.'
}
