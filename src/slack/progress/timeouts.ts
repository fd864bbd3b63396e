/** How long a person waits for what. Given in from outside, so that tests need not wait as long as people do. */
export type Timeouts = {
  /** A status is worth a call to Slack only when the answer takes a while. */
  statusAfterMs: number
  /** Most answers are one short line: until then nothing is posted, and then all of it at once. */
  holdMs: number
  /** From here on a person wonders whether anything happens. */
  sayAfterMs: number
  /** After this a person has gone on; the question gets an apology and a button. */
  giveUpMs: number
  /** An older question has been asked elsewhere by now; it is not answered unasked. */
  tooOldMs: number
  /** Between two steps of a growing message, streamed or updated: what a reader can follow and Slack's limits allow. */
  appendEveryMs: number
  updateEveryMs: number
  /** How long stopping waits for answers that are nearly there; the others are left to who comes next. */
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
