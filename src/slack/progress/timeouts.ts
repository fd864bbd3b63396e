/** How long a person waits for what; passed in, so that tests needn't wait as long as people do. */
export type Timeouts = {
  /** A status is worth a call to Slack only for a slow answer. */
  statusAfterMs: number
  /** Most answers are one short line: they're posted whole within this time. */
  holdMs: number
  /** After this, a person wonders whether anything is happening. */
  sayAfterMs: number
  /** After this, a person has moved on; the question gets an apology and a button. */
  giveUpMs: number
  /** An older question has been asked elsewhere by now and isn't answered unasked. */
  tooOldMs: number
  /** The interval between two updates of a growing message: readers can follow, and it's within Slack's limits. */
  appendEveryMs: number
  updateEveryMs: number
  /** How long a shutdown waits for answers that are nearly done; other instances take over the rest. */
  stopMs: number
}

export const TIMEOUTS: Timeouts = {
  statusAfterMs: 300,
  holdMs: 1_200,
  sayAfterMs: 8_000,
  giveUpMs: 60_000,
  tooOldMs: 10 * 60_000,
  appendEveryMs: 800,
  updateEveryMs: 2_000,
  stopMs: 1_500,
}
