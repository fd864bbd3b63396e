import type { RateLimiterMemory } from 'rate-limiter-flexible'
import type { Posted } from '../platform/message.ts'

/** A message that grows while the model writes, until the final one takes its place. */
export type LiveMessage = Posted & {
  /** What was streamed is rich text, and has to stay so. */
  readonly isRich: boolean
  /** Shows the text so far. Returns at once and never fails: what cannot be shown now is shown by the final message. */
  show(text: string): void
  /** Shows words of ours instead, where they can be taken back. */
  say(words: string): void
  /** Ends the growing. False when the final message cannot take its place. */
  close(): Promise<boolean>
  /** Takes it away, since the final message stands elsewhere. */
  remove(): Promise<void>
  /** Aborted when the person pressed Slack's own stop button. */
  readonly stopped: AbortSignal
}

/** For whom it grows: in channels Slack wants to know. */
export type Reader = { user: string; team: string }

/**
 * Starting and stopping a stream are Tier 2, some 20 a minute for the whole workspace; each answer needs both, and
 * other instances of ours stream too.
 */
export const STREAMS_A_MINUTE = 8

/** Answers that say so of the place or of our way of asking, and would say so again. */
export const NOT_HERE: readonly string[] = ['channel_type_not_supported', 'invalid_arguments']

export async function takeOne(budget: RateLimiterMemory, team: string): Promise<boolean> {
  return budget.consume(team).then(
    () => true,
    () => false,
  )
}

/** A message that stands from before, in whose place the answer goes. */
export type ExistingMessage = Posted & { isStream: boolean }
