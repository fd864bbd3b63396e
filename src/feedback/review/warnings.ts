import { STATED_FIELDS } from '../corrections/correction-fields.ts'
import type { CorrectionRow } from '../corrections/correction-row.ts'
import { findInjections } from '../corrections/prompt-injection.ts'
import type { Difference } from '../corrections/teachability.ts'
import type { Conflicts } from './conflicts.ts'

/** What a reviewer should know before reading on; the terminal says the same. Plain text. */
export function warningsOf(row: CorrectionRow): string[] {
  return [
    ...(row.approvals_needed > 1 ? ['changes what people are told to do'] : []),
    ...(row.target === 'catalog' ? ['asks for another catalog'] : []),
    ...(row.source === 'person' ? [] : [`from ${row.source}`]),
    ...(findInjections(row).length > 0 ? ['reads like an order'] : []),
  ]
}

/** What it disagrees with, in a few words. Plain text. */
export function disagreementsOf({ catalog, approved, waiting }: Conflicts): string[] {
  const [before] = approved
  return [
    ...(catalog ? [`the catalog says otherwise (${namesOf(catalog.differences)})`] : []),
    ...(before ? [`an approved correction says otherwise (${namesOf(before.differences)})`] : []),
    ...(waiting.length > 0 ? ['another one waits for the same question'] : []),
  ]
}

function namesOf(differences: readonly Difference[]): string {
  return differences.map(({ field }) => STATED_FIELDS[field].toLowerCase()).join(', ') || 'other words'
}
