import {
  CorrectionClosedError,
  CorrectionNotClaimedError,
  CorrectionTakenError,
  NotAuthorError,
  OwnCorrectionError,
} from './errors.ts'
import { isSamePerson, type Person } from './person.ts'

export const CORRECTION_STATUSES = [
  'proposed',
  'claimed',
  'approved',
  'edited_and_approved',
  'rejected',
  'duplicate',
  'withdrawn',
] as const
export type CorrectionStatus = (typeof CORRECTION_STATUSES)[number]

/** Where a correction may go from each status. A claim that ran out goes from `claimed` to `claimed` by another. */
export const NEXT = {
  proposed: ['claimed', 'withdrawn'],
  claimed: ['claimed', 'proposed', 'approved', 'edited_and_approved', 'rejected', 'duplicate', 'withdrawn'],
  approved: ['withdrawn'],
  edited_and_approved: ['withdrawn'],
  rejected: ['withdrawn'],
  duplicate: ['withdrawn'],
  withdrawn: [],
} as const satisfies Record<CorrectionStatus, readonly CorrectionStatus[]>

/** Waiting for a decision: the same proposal made again adds weight to one of these. */
export const OPEN_STATUSES = ['proposed', 'claimed'] as const satisfies readonly CorrectionStatus[]
/** What training rows are made of. */
export const APPROVED_STATUSES = ['approved', 'edited_and_approved'] as const satisfies readonly CorrectionStatus[]

export function isOpen(status: CorrectionStatus): boolean {
  return OPEN_STATUSES.some((open) => open === status)
}

/** What a review rests on. */
export type UnderReview = {
  id: string
  status: CorrectionStatus
  author: Person
  /** Who holds the claim, and until when nobody else may take it. */
  claim: { by: string; until: number } | null
}

/** What a person wants to do with a correction: the status it shall have. */
export type Step = { to: Exclude<CorrectionStatus, 'proposed'> | 'released'; by: Person }

/**
 * The status after a step, decided by what is known alone: nobody reviews their own, only who holds the claim decides,
 * a claim that ran out may be taken over, and an author may withdraw at any time. Throws why a step is not allowed.
 */
export function takeStep(correction: UnderReview, { to, by }: Step, now: number): CorrectionStatus {
  const { id, status, author, claim } = correction
  const target: CorrectionStatus = to === 'released' ? 'proposed' : to
  const allowed: readonly CorrectionStatus[] = NEXT[status]
  if (target === 'withdrawn') {
    if (!isSamePerson(by, author)) throw new NotAuthorError(id)
    if (!allowed.includes(target)) throw new CorrectionClosedError(id, status)
    return target
  }
  if (isSamePerson(by, author)) throw new OwnCorrectionError(id)
  if (!isOpen(status)) throw new CorrectionClosedError(id, status)
  const isMine = claim?.by === by.user
  if (claim && !isMine && claim.until > now) throw new CorrectionTakenError(id, claim.by)
  if (target === 'claimed') return target
  if (!isMine || !allowed.includes(target)) throw new CorrectionNotClaimedError(id)
  return target
}
