import type { Store } from '../../store/open.ts'
import { contentKey, contentOf } from '../corrections/content.ts'
import type { CorrectionRow } from '../corrections/correction-row.ts'
import type { Correction } from '../corrections/corrections.ts'
import { CorrectionNotClaimedError, OtherKindError, RejectionReasonError } from '../corrections/errors.ts'
import type { LogCorrection } from '../corrections/log-corrections.ts'
import { isOpen } from '../corrections/state-machine.ts'
import type { CorrectionStatus } from '../corrections/status.ts'
import { cautionFor } from '../corrections/teachability.ts'
import { NO_LEASE, type Review, readStatus, reviewed, targetText, updateOptimistically } from './decide.ts'
import { countStatuses, listQueue, type QueuePlace } from './queue-records.ts'

/** How long a claim lasts: enough to think, short enough for the next shift. */
export const CLAIM_LEASE_MS = 15 * 60 * 1000
const MAX_REASON_CHARS = 500

/**
 * Claims a correction for review, or renews the claim. Of many at once one gets it; the others get a
 * CorrectionTakenError.
 */
export function claimCorrection(store: Store, { id, by }: Review, now: number): Promise<CorrectionRow> {
  return updateOptimistically(store, id, now, (row) => ({
    step: { to: 'claimed', by },
    change: { lease_owner: by.user, lease_until: now + CLAIM_LEASE_MS },
    // A renewal isn't an event.
    named: row.lease_owner === by.user ? null : 'claimed',
  }))
}

/** Renews a claim for its active holder; one that was released isn't taken again. */
export function renewClaim(store: Store, { id, by }: Review, now: number): Promise<CorrectionRow> {
  return updateOptimistically(store, id, now, (row) => {
    if (row.lease_owner !== by.user) throw new CorrectionNotClaimedError(id)
    return {
      step: { to: 'claimed', by },
      change: { lease_owner: by.user, lease_until: now + CLAIM_LEASE_MS },
      named: null,
    }
  })
}

/** Releases a claimed correction back to the queue. */
export function releaseCorrection(store: Store, { id, by }: Review, now: number): Promise<CorrectionRow> {
  return updateOptimistically(store, id, now, () => ({
    step: { to: 'released', by },
    change: NO_LEASE,
    named: 'released',
  }))
}

/**
 * Approves a claimed correction as it stands. Where two approvals are needed, the first leaves it in the queue for a
 * second reviewer: {@link awaitsSecondApproval} tells.
 */
export function approveCorrection(store: Store, { id, by }: Review, now: number): Promise<CorrectionRow> {
  return updateOptimistically(store, id, now, () => ({
    step: { to: 'approved', by },
    change: reviewed(by, null, now),
    named: 'approved',
  }))
}

/** Whether one reviewer approved it and a second one still must. */
export function awaitsSecondApproval(row: Pick<CorrectionRow, 'status' | 'first_approver'>): boolean {
  return isOpen(readStatus(row.status)) && row.first_approver !== null
}

/**
 * Approves a claimed correction in the reviewer's words; without a difference it's approved as it stands. The author's
 * words stay in its history. An automatic proposal becomes the reviewer's own.
 */
export function editAndApprove(
  store: Store,
  { id, by, correction }: Review & { correction: Correction | LogCorrection },
  now: number,
): Promise<CorrectionRow> {
  const content = contentOf(correction)
  return updateOptimistically(store, id, now, (row) => {
    if (row.kind !== content.kind) throw new OtherKindError(id)
    const before = contentOf(row)
    const isSame = contentKey(before) === contentKey(content)
    const care = cautionFor(content, correction.standing, row.original_text)
    const consent = row.consent ?? correction.consent
    return {
      step: { to: 'edited_and_approved', by, changed: isSame ? null : { approvalsNeeded: care.approvals_needed } },
      change: {
        ...reviewed(by, null, now),
        consent,
        // An automatic proposal is theirs from now on: to answer for, and to withdraw.
        ...(row.consent === null ? { author: by.user, author_team: by.team } : {}),
        ...(isSame ? {} : { ...targetText(content), ...care, ...aimOf(correction.standing), is_edited: 1 }),
      },
      named: isSame ? 'approved' : 'edited',
      contentBefore: isSame ? null : JSON.stringify(before),
    }
  })
}

function aimOf({ target, catalogFingerprint }: Correction['standing']) {
  return { target, catalog_fingerprint: catalogFingerprint }
}

/** Rejects a claimed correction; its author reads the reason. */
export function rejectCorrection(
  store: Store,
  { id, by, reason }: Review & { reason: string },
  now: number,
): Promise<CorrectionRow> {
  const words = reason.trim()
  if (words === '' || words.length > MAX_REASON_CHARS) return Promise.reject(new RejectionReasonError())
  return updateOptimistically(store, id, now, () => ({
    step: { to: 'rejected', by },
    change: reviewed(by, words, now),
    named: 'rejected',
    note: words,
  }))
}

export type QueuePage = {
  corrections: readonly CorrectionRow[]
  /** The cursor of the next page, safe in a button's value; null on the last page. */
  next: string | null
}

/**
 * A page of the queue: the most proposed first, then the riskiest, then the oldest. An unreadable `after` gives the
 * first page.
 */
export async function pageCorrections(
  store: Store,
  {
    statuses,
    kind,
    size,
    after = null,
  }: { statuses: readonly CorrectionStatus[]; kind?: CorrectionRow['kind']; size: number; after?: string | null },
): Promise<QueuePage> {
  const rows = await listQueue(store, { statuses, kind, size: size + 1, after: readPlace(after) })
  const corrections = rows.slice(0, size)
  const last = corrections.at(-1)
  return { corrections, next: rows.length > size && last ? writePlace(last) : null }
}

function writePlace({ priority, created_at, id }: QueuePlace): string {
  return [priority, created_at, id].join('.')
}

function readPlace(text: string | null): QueuePlace | null {
  const [, rank, at, id = ''] = /^(-?\d{1,9})\.(\d{1,15})\.(cor_\w{1,40})$/.exec(text ?? '') ?? []
  return rank === undefined ? null : { priority: Number(rank), created_at: Number(at), id }
}

/** The number of corrections at each status, zeros included. */
export async function countCorrections(store: Store): Promise<Record<CorrectionStatus, number>> {
  const counts: Record<CorrectionStatus, number> = {
    proposed: 0,
    claimed: 0,
    approved: 0,
    edited_and_approved: 0,
    rejected: 0,
    duplicate: 0,
    withdrawn: 0,
  }
  for (const { status, count } of await countStatuses(store)) counts[readStatus(status)] = count
  return counts
}
