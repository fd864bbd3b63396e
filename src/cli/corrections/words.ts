import type { Catalog } from '../../catalog/catalog.ts'
import { listModelsWith } from '../../feedback/corrections/attribution-records.ts'
import { contentOf, targetText } from '../../feedback/corrections/content.ts'
import type { CorrectionRow } from '../../feedback/corrections/correction-row.ts'
import { findInjections } from '../../feedback/corrections/prompt-injection.ts'
import { isOpen } from '../../feedback/corrections/state-machine.ts'
import { listNotes, listProposers } from '../../feedback/corrections/supporter-records.ts'
import { type Difference, STATEMENT_FIELDS } from '../../feedback/corrections/teachability.ts'
import { listExportsWith } from '../../feedback/exports/records.ts'
import { adviceWords, CORRECTION_STATES, likelyWords, REASONS, REVIEW_WORDS } from '../../feedback/labels.ts'
import { type Conflicts, findConflicts } from '../../feedback/review/conflicts.ts'
import { readStatus } from '../../feedback/review/decide.ts'
import { findLikelyDuplicates, type LikelyDuplicate } from '../../feedback/review/likely-duplicates.ts'
import { awaitsSecondApproval } from '../../feedback/review/queue.ts'
import { listSteps, type StepRow } from '../../feedback/review/related-records.ts'
import { warningsOf } from '../../feedback/review/warnings.ts'
import type { Store } from '../../store/open.ts'
import { printable } from '../printing.ts'

const MAX_LISTED_CHARS = 90

/** What a correction teaches, in the exact words a model would learn. */
export function targetOf(row: CorrectionRow, catalog: Catalog): string {
  return targetText(
    contentOf(row),
    catalog.codes.map(({ code }) => code),
  )
}

export function asListed(row: CorrectionRow, catalog: Catalog) {
  return {
    id: row.id,
    kind: row.kind,
    code: row.code || '–',
    status: stateOf(row),
    times: row.weight,
    beware: warningsOf(row).join(', ') || '–',
    proposed: targetOf(row, catalog).slice(0, MAX_LISTED_CHARS),
    author: row.author,
    since: timeOf(row.created_at),
  }
}

/** The state in Slack's words, and the number of missing approvals. */
export function stateOf(row: CorrectionRow): string {
  const words = CORRECTION_STATES[row.status as keyof typeof CORRECTION_STATES] ?? row.status
  return awaitsSecondApproval(row) ? `${words}, approved by 1 of 2` : words
}

export type Shown = {
  correction: CorrectionRow
  /** The user ids of its supporters. */
  backers: readonly string[]
  notes: readonly { by: string; note: string }[]
  conflicts: Conflicts
  likely: readonly LikelyDuplicate[]
  history: readonly StepRow[]
  exports: readonly string[]
  models: readonly string[]
  orders: ReturnType<typeof findInjections>
}

/** A correction with all its details. */
export async function readCorrectionShown(store: Store, correction: CorrectionRow, catalog: Catalog): Promise<Shown> {
  const [people, notes, conflicts, likely, history, exports, models] = await Promise.all([
    listProposers(store, correction),
    listNotes(store, correction.id),
    findConflicts(store, correction, catalog),
    isOpen(readStatus(correction.status)) ? findLikelyDuplicates(store, correction) : [],
    listSteps(store, correction.id),
    listExportsWith(store, correction.id),
    listModelsWith(store, correction.id),
  ])
  const backers = people.flatMap(({ user }) => (user === correction.author ? [] : [user]))
  return { correction, backers, notes, conflicts, likely, history, exports, models, orders: findInjections(correction) }
}

/** The same as text lines. */
export function asShown(
  { correction: row, backers, notes, conflicts, likely, history, exports, models, orders }: Shown,
  catalog: Catalog,
): string {
  const lines: [string, unknown][] = [
    ['id', row.id],
    ['status', stateOf(row)],
    [row.kind === 'log' ? 'log line' : 'question', row.question],
    ['said', row.original_text],
    ['proposed', targetOf(row, catalog)],
    ['reason', REASONS[row.reason as keyof typeof REASONS] ?? row.reason],
    ['note', row.note],
    ['author', row.author],
    ['proposed also by', backers.join(', ') || null],
    ...notes.map(({ by, note }): [string, unknown] => [`note by ${by}`, note]),
    ['model', row.model],
    ['proposed times', row.weight],
    ['approvals', row.approvals_needed],
    ['first approval', row.first_approver],
    ['reviewer', row.reviewer],
    ['review note', row.review_note],
    ['created', timeOf(row.created_at)],
    ['beware', warningsOf(row).join(', ') || null],
    ...orders.map(({ field, words }): [string, unknown] => [
      REVIEW_WORDS.readsLikeOrder,
      `in the ${field}: “${words}”`,
    ]),
    ...againstCatalog(conflicts, row),
    ...conflicts.approved.map(({ correction, differences, isSameQuestion }): [string, unknown] => [
      REVIEW_WORDS.approvedDiffers,
      `${correction.id}${isSameQuestion ? `, ${REVIEW_WORDS.sameQuestion}` : ''}: ${sideBySide(differences)}`,
    ]),
    ...conflicts.waiting.map(({ id, ...other }): [string, unknown] => [
      REVIEW_WORDS.waitsAsWell,
      `${id}: ${targetOf({ id, ...other }, catalog)}${mergeHint(row, id)}`,
    ]),
    ...likely.map(({ correction: { id, question, status, ...other }, isSameAnswer }): [string, unknown] => [
      likelyWords(status, isSameAnswer),
      `${id}: ${question}${isSameAnswer ? '' : ` ${targetOf({ id, question, status, ...other }, catalog)}`}${mergeHint(row, id)}`,
    ]),
    ['in exports', exports.join(', ') || null],
    ['in models', models.join(', ') || null],
    ...history.map(({ at, step, actor, note, content_before }): [string, unknown] => [
      timeOf(at),
      [step.replaceAll('_', ' '), `by ${actor}`, note, content_before && `before: ${content_before}`]
        .filter(Boolean)
        .join(' · '),
    ]),
  ]
  return lines.map(([name, value]) => `${`${name}:`.padEnd(17)} ${printable(value)}`).join('\n')
}

/** The command to type while something can still be done. */
function mergeHint({ id, status }: CorrectionRow, into: string): string {
  return isOpen(readStatus(status)) ? ` (hydrocore corrections merge ${id} --into ${into})` : ''
}

function againstCatalog({ catalog }: Conflicts, { id, status }: CorrectionRow): [string, unknown][] {
  if (!catalog) return []
  const hint = isOpen(readStatus(status)) ? ` (hydrocore corrections catalog-wrong ${id})` : ''
  const road = catalog.isTeachable ? adviceWords(catalog.newAdvice) : `${REVIEW_WORDS.catalogForbids}${hint}`
  return [[REVIEW_WORDS.catalogDiffers, `${sideBySide(catalog.differences)}. ${road}`]]
}

export function sideBySide(differences: readonly Difference[]): string {
  return (
    STATEMENT_FIELDS.flatMap((field) => differences.filter((one) => one.field === field))
      .map(({ field, here, there }) => `${field} "${here ?? 'none'}" instead of "${there ?? 'none'}"`)
      .join('; ') || 'other words'
  )
}

export function timeOf(at: number): string {
  return new Date(at).toISOString().slice(0, 16).replace('T', ' ')
}
