import type { Store } from '../../store/open.ts'
import { type Content, questionHash } from '../corrections/content.ts'
import { type CorrectionChange, changeCorrection, getCorrection } from '../corrections/correction-records.ts'
import type { CorrectionRow } from '../corrections/correction-row.ts'
import { APPROVED_STATUSES, isOpen, type Step, takeStep, type UnderReview } from '../corrections/state-machine.ts'
import { CORRECTION_STATUSES, type CorrectionStatus } from '../corrections/status.ts'
import { listInvolved } from '../corrections/supporter-records.ts'
import type { Person } from '../person.ts'

export type Review = { id: string; by: Person }

/** One step of a review: what is wanted, what it changes, and what is recorded. */
export type ReviewPlan = {
  step: Step
  change: CorrectionChange
  /** The step's name in the history; null for nothing worth recording. */
  named: string | null
  note?: string
  contentBefore?: string | null
  /** The correction that takes over its weight and people. */
  into?: string
}

export const NO_LEASE = { lease_owner: null, lease_until: null }
const NO_FIRST = { first_approver: null, first_approver_team: null, first_approved_at: null }

/** What every decision changes. */
export function reviewed(by: Person, note: string | null, now: number) {
  return { ...NO_LEASE, reviewer: by.user, reviewer_team: by.team, review_note: note, reviewed_at: now }
}

/** The columns that hold what a correction teaches. */
export function targetText({ question, code, problem, action, command, fallback, reason }: Content) {
  return { question, question_hash: questionHash(question), code, problem, action, command, fallback, reason }
}

/** Decides on what was read and writes only if that still holds; otherwise reads and decides again. */
export async function updateOptimistically(
  store: Store,
  id: string,
  now: number,
  moveOf: (row: CorrectionRow) => ReviewPlan,
): Promise<CorrectionRow> {
  for (;;) {
    const row = await getCorrection(store, id)
    const involved = await listInvolved(store, id)
    const { step, change: wanted, named, note = null, contentBefore = null, into } = moveOf(row)
    const status = takeStep(underReview(row, involved), step, now)
    const change = changeTo(status, step, row, wanted, now)
    const kept = named === null ? null : { step: nameOf(named, status), by: step.by, note, contentBefore }
    if (await changeCorrection(store, row, change, { step: kept, into, now })) return { ...row, ...change }
  }
}

/** What a step changes, given its target status: the first of two approvals isn't a decision yet. */
function changeTo(
  status: CorrectionStatus,
  { to, by }: Step,
  row: CorrectionRow,
  wanted: CorrectionChange,
  now: number,
): CorrectionChange {
  if (status === 'proposed' && to !== 'released') {
    const { reviewer: _by, reviewer_team: _team, review_note: _note, reviewed_at: _at, ...change } = wanted
    return { ...change, status, first_approver: by.user, first_approver_team: by.team, first_approved_at: now }
  }
  if (isOpen(status)) return { ...wanted, status }
  const isNew = wanted.is_edited === 1
  const isEdited = isNew || row.is_edited === 1
  return {
    ...wanted,
    status: isApproved(status) ? (isEdited ? 'edited_and_approved' : 'approved') : status,
    dedup_key: null,
    // Words that only this reviewer has seen have no other approval.
    ...(isNew ? NO_FIRST : {}),
  }
}

function nameOf(named: string, status: CorrectionStatus): string {
  return status === 'proposed' && named !== 'released' ? `${named}_first` : named
}

export function isApproved(status: CorrectionStatus): boolean {
  return APPROVED_STATUSES.some((approved) => approved === status)
}

/** The facts a step is decided on. */
export function underReview(row: CorrectionRow, involved: readonly string[]): UnderReview {
  const { id, author, author_team, lease_owner, lease_until } = row
  return {
    id,
    status: readStatus(row.status),
    author: { user: author, team: author_team },
    involved,
    claim: lease_owner === null ? null : { by: lease_owner, until: lease_until ?? 0 },
    approvalsNeeded: row.approvals_needed,
    firstApprover: row.first_approver,
    hasConsent: row.consent !== null,
  }
}

export function readStatus(text: string): CorrectionStatus {
  const status = CORRECTION_STATUSES.find((known) => known === text)
  if (!status) throw new TypeError(`the database holds an unknown correction status: ${text}`)
  return status
}
