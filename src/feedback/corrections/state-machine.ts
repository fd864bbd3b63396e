import { isSamePerson, type Person } from '../person.ts'
import {
  CorrectionClosedError,
  CorrectionNotClaimedError,
  CorrectionTakenError,
  NotAuthorError,
  OwnCorrectionError,
  OwnWordsNeededError,
  SecondReviewerError,
} from './errors.ts'
import type { CorrectionStatus } from './status.ts'

/**
 * The transitions of a correction. An expired claim goes from `claimed` to `claimed` by another; the first of two
 * approvals leads from `claimed` back to `proposed`, for the second reviewer. A duplicate waits again when the one it
 * was merged into is withdrawn.
 */
export const NEXT = {
  proposed: ['claimed', 'withdrawn'],
  claimed: ['claimed', 'proposed', 'approved', 'edited_and_approved', 'rejected', 'duplicate', 'withdrawn'],
  approved: ['withdrawn'],
  edited_and_approved: ['withdrawn'],
  rejected: ['withdrawn'],
  duplicate: ['proposed', 'withdrawn'],
  withdrawn: [],
} as const satisfies Record<CorrectionStatus, readonly CorrectionStatus[]>

/** Waiting for a decision: the same proposal again adds weight. */
export const OPEN_STATUSES = ['proposed', 'claimed'] as const satisfies readonly CorrectionStatus[]

/** The statuses that training rows are made from. */
export const APPROVED_STATUSES = ['approved', 'edited_and_approved'] as const satisfies readonly CorrectionStatus[]

export function isOpen(status: CorrectionStatus): boolean {
  return OPEN_STATUSES.some((open) => open === status)
}

/** What a review is decided on. */
export type UnderReview = {
  id: string
  status: CorrectionStatus
  author: Person
  /** User ids of all who ever proposed it, withdrawn or not. */
  involved: readonly string[]
  /** Who holds the claim, and until when. */
  claim: { by: string; until: number } | null
  approvalsNeeded: 1 | 2
  /** The first approver's user id while the second approval is pending. */
  firstApprover: string | null
  /** Whether a person consented to training; automatic proposals have nobody's consent. */
  hasConsent: boolean
}

/** What a person wants to do with a correction. */
export type Step = { by: Person } & (
  | { to: 'claimed' | 'released' | 'approved' | 'rejected' | 'duplicate' | 'withdrawn' }
  /** Approved in other words, which the first approval didn't cover; null when the words are the same. */
  | { to: 'edited_and_approved'; changed: { approvalsNeeded: 1 | 2 } | null }
)

/**
 * The status after a step, decided on these facts alone: nobody reviews their own, only the claim's holder decides, an
 * expired claim may be taken over, two approvals come from two people, and an author may withdraw at any time. Throws
 * the reason when a step isn't allowed.
 */
export function takeStep(correction: UnderReview, step: Step, now: number): CorrectionStatus {
  const { id, status, author, involved, claim, firstApprover } = correction
  const { to, by } = step
  if (to === 'withdrawn') {
    if (!isSamePerson(by, author)) throw new NotAuthorError(id)
    const allowed: readonly CorrectionStatus[] = NEXT[status]
    if (!allowed.includes(to)) throw new CorrectionClosedError(id, status)
    return to
  }
  if (isSamePerson(by, author) || involved.includes(by.user)) throw new OwnCorrectionError(id)
  if (!isOpen(status)) throw new CorrectionClosedError(id, status)
  const isMine = claim?.by === by.user
  if (claim && !isMine && claim.until > now) throw new CorrectionTakenError(id, claim.by)
  if (firstApprover === by.user) throw new SecondReviewerError(id)
  if (to === 'claimed') return to
  if (!isMine) throw new CorrectionNotClaimedError(id)
  if (to === 'released') return 'proposed'
  if (to === 'approved' && !correction.hasConsent) throw new OwnWordsNeededError(id)
  return to === 'approved' || to === 'edited_and_approved' ? statusApproved(correction, step) : to
}

/** The first of two approvals waits for the second, unless the words changed: nobody else has approved those. */
function statusApproved({ approvalsNeeded, firstApprover }: UnderReview, step: Step): CorrectionStatus {
  const changed = step.to === 'edited_and_approved' ? step.changed : null
  const missing = changed ? changed.approvalsNeeded - 1 : approvalsNeeded - 1 - (firstApprover === null ? 0 : 1)
  if (missing > 0) return 'proposed'
  return step.to === 'edited_and_approved' ? step.to : 'approved'
}
