import type { Store } from '../store/open.ts'
import { type Correction, contentKey } from './corrections.ts'
import { CorrectionMissingError, RejectionReasonError } from './errors.ts'
import type { Person } from './person.ts'
import {
  type CorrectionChange,
  type CorrectionRow,
  changeCorrection,
  countStatuses,
  findCorrection,
  listExportsWith,
  listQueue,
  type QueuePlace,
} from './records.ts'
import { CORRECTION_STATUSES, type CorrectionStatus, isOpen, type Step, takeStep } from './review-states.ts'

/** How long nobody else may take a correction: enough to think about it, short enough for the next shift. */
export const CLAIM_LEASE_MS = 15 * 60 * 1000
const MOST_REASON_CHARS = 500

type Review = { id: string; by: Person }

/** Takes a correction for review, or keeps it longer. Of many at once one has it; the others get a CorrectionTakenError. */
export function claimCorrection(store: Store, { id, by }: Review, now: number): Promise<CorrectionRow> {
  const claim = { lease_owner: by.user, lease_until: now + CLAIM_LEASE_MS }
  return changeBy(store, id, { to: 'claimed', by }, now, () => claim)
}

/** Gives a claimed correction back to the queue. */
export function releaseCorrection(store: Store, { id, by }: Review, now: number): Promise<CorrectionRow> {
  return changeBy(store, id, { to: 'released', by }, now, () => NO_CLAIM)
}

/** Approves a claimed correction as it stands. */
export function approveCorrection(store: Store, { id, by }: Review, now: number): Promise<CorrectionRow> {
  return changeBy(store, id, { to: 'approved', by }, now, () => reviewed(by, null, now))
}

/** Approves a claimed correction in the reviewer's words; without a difference it is approved as it stands. */
export function editAndApprove(
  store: Store,
  { id, by, correction }: Review & { correction: Correction },
  now: number,
): Promise<CorrectionRow> {
  const { question, code, problem, action, command, fallback } = correction
  const content = { question, code, problem, action, command, fallback }
  return changeBy(store, id, { to: 'edited_and_approved', by }, now, (row) => ({
    ...reviewed(by, null, now),
    ...content,
    ...(contentKey(row) === contentKey(content) ? { status: 'approved' } : {}),
  }))
}

/** Rejects a claimed correction; its author reads the reason. */
export function rejectCorrection(
  store: Store,
  { id, by, reason }: Review & { reason: string },
  now: number,
): Promise<CorrectionRow> {
  const words = reason.trim()
  if (words === '' || words.length > MOST_REASON_CHARS) return Promise.reject(new RejectionReasonError())
  return changeBy(store, id, { to: 'rejected', by }, now, () => reviewed(by, words, now))
}

/** Closes a claimed correction that says what another one says already. */
export function closeAsDuplicate(
  store: Store,
  { id, by, of }: Review & { of: string },
  now: number,
): Promise<CorrectionRow> {
  return changeBy(store, id, { to: 'duplicate', by }, now, () => reviewed(by, `The same as ${of}.`, now))
}

export type Withdrawn = {
  correction: CorrectionRow
  /** Ids of the exports made before that hold it; later ones leave it out. */
  exports: readonly string[]
}

/** Takes an author's own correction back, in whatever state it is. */
export async function withdrawCorrection(store: Store, { id, by }: Review, now: number): Promise<Withdrawn> {
  const correction = await changeBy(store, id, { to: 'withdrawn', by }, now, () => NO_CLAIM)
  return { correction, exports: await listExportsWith(store, id) }
}

const NO_CLAIM = { lease_owner: null, lease_until: null }

function reviewed(by: Person, note: string | null, now: number) {
  return { ...NO_CLAIM, reviewer: by.user, reviewer_team: by.team, review_note: note, reviewed_at: now }
}

/** Decides on what was read and writes only if that still holds; else it reads and decides again. */
async function changeBy(
  store: Store,
  id: string,
  step: Step,
  now: number,
  changeOf: (row: CorrectionRow) => CorrectionChange,
): Promise<CorrectionRow> {
  for (;;) {
    const row = await getCorrection(store, id)
    const status = takeStep(underReview(row), step, now)
    const change = { status, ...(isOpen(status) ? {} : { open_key: null }), ...changeOf(row) }
    if (await changeCorrection(store, row, change)) return { ...row, ...change }
  }
}

function underReview({ id, status, author, author_team, lease_owner, lease_until }: CorrectionRow) {
  return {
    id,
    status: readStatus(status),
    author: { user: author, team: author_team },
    claim: lease_owner === null ? null : { by: lease_owner, until: lease_until ?? 0 },
  }
}

function readStatus(text: string): CorrectionStatus {
  const status = CORRECTION_STATUSES.find((known) => known === text)
  if (!status) throw new TypeError(`the database holds an unknown correction status: ${text}`)
  return status
}

/** One correction with all that is known of it. Throws CorrectionMissingError. */
export async function getCorrection(store: Store, id: string): Promise<CorrectionRow> {
  const row = await findCorrection(store, id)
  if (!row) throw new CorrectionMissingError(id)
  return row
}

export type QueuePage = {
  corrections: readonly CorrectionRow[]
  /** Leads to the next page, safe in a button's value; null on the last one. */
  next: string | null
}

/** A page of the queue: the most proposed first, of these the oldest. An unreadable `after` gives the first page. */
export async function pageCorrections(
  store: Store,
  { statuses, size, after = null }: { statuses: readonly CorrectionStatus[]; size: number; after?: string | null },
): Promise<QueuePage> {
  const rows = await listQueue(store, { statuses, size: size + 1, after: readPlace(after) })
  const corrections = rows.slice(0, size)
  const last = corrections.at(-1)
  return { corrections, next: rows.length > size && last ? writePlace(last) : null }
}

function writePlace({ weight, created_at, id }: QueuePlace): string {
  return [weight, created_at, id].join('.')
}

function readPlace(text: string | null): QueuePlace | null {
  const [, weight, at, id = ''] = /^(\d{1,9})\.(\d{1,15})\.(cor_\w{1,40})$/.exec(text ?? '') ?? []
  return weight === undefined ? null : { weight: Number(weight), created_at: Number(at), id }
}

/** How many corrections stand at each status, none left out. */
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
