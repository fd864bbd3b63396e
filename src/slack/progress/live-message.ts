import type { RateLimiterMemory } from 'rate-limiter-flexible'
import type { Posted } from '../platform/message.ts'

/** A message that grows while the model writes, until the final one replaces it. */
export type LiveMessage = Posted & {
  /** A streamed message is rich text and must remain so. */
  readonly isRich: boolean
  /** Shows the text so far. Returns at once and never fails: the final message has whatever can't be shown now. */
  show(text: string): void
  /** Shows our own words instead, where they can be removed again. */
  say(words: string): void
  /** Stops the growing. False when the final message can't replace it. */
  close(): Promise<boolean>
  /** Deletes it, as the final message is posted elsewhere. */
  remove(): Promise<void>
  /** Aborts when the person presses Slack's stop button. */
  readonly stopped: AbortSignal
}

/** The person it grows for; Slack requires it in channels. */
export type Reader = { user: string; team: string }

/**
 * Starting and stopping a stream are Tier 2, some 20 a minute for the whole workspace; each answer needs both, and
 * other instances stream too.
 */
export const STREAMS_A_MINUTE = 8

/** Errors that depend on the place or the arguments and would come again. */
export const NOT_HERE: readonly string[] = ['channel_type_not_supported', 'invalid_arguments']

export async function takeOne(budget: RateLimiterMemory, team: string): Promise<boolean> {
  return budget.consume(team).then(
    () => true,
    () => false,
  )
}

/** An existing message that the answer replaces. */
export type ExistingMessage = Posted & { isStream: boolean }
