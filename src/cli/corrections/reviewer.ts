import { userInfo } from 'node:os'
import { Option } from 'commander'
import type { CorrectionRow } from '../../feedback/corrections/correction-row.ts'
import type { Person } from '../../feedback/person.ts'
import type { Review } from '../../feedback/review/decide.ts'
import { claimCorrection, releaseCorrection } from '../../feedback/review/queue.ts'
import { UsageError } from '../../lib/errors.ts'
import type { Store } from '../../store/open.ts'

export type As = { as?: string }

/** The person at the terminal; two approvals need two names. */
export const AS = () => new Option('--as <name>', 'who you are (your user name on this machine unless given)')

const NAME = /^[\p{L}\p{N}._@-]{1,40}$/u

/** A person at the terminal has a name, never a Slack id: `terminal:ruth`. */
export function personAt({ as }: As): Person {
  const name = as ?? userInfo().username
  if (!NAME.test(name)) throw new UsageError('--as takes a name of letters, digits and . _ @ -, up to 40 of them.')
  return { user: `terminal:${name}`, team: 'terminal' }
}

/** Claims a correction, does the work, and releases it on failure, so that a refusal doesn't block others. */
export async function review(
  store: Store,
  taken: Review,
  work: (taken: Review) => Promise<CorrectionRow>,
): Promise<CorrectionRow> {
  const claimed = await claimCorrection(store, taken, Date.now())
  try {
    return await work(taken)
  } catch (error) {
    // It may be decided by now; the first error is the one to report.
    if (claimed.status === 'claimed') await releaseCorrection(store, taken, Date.now()).catch(() => undefined)
    throw error
  }
}
