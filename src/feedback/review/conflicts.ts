import type { Catalog } from '../../catalog/catalog.ts'
import type { Statement } from '../../diagnosis/answer.ts'
import type { Store } from '../../store/open.ts'
import { contentKey, contentOf, isDeclining } from '../corrections/content.ts'
import type { CorrectionRow } from '../corrections/correction-row.ts'
import { newAdviceIn } from '../corrections/new-advice.ts'
import { APPROVED_STATUSES, OPEN_STATUSES } from '../corrections/state-machine.ts'
import { catalogStatement, type Difference, differencesOf, isTeachable } from '../corrections/teachability.ts'
import { listApprovedOfCode, listSameQuestion } from './related-records.ts'

/** What a correction disagrees with, to be shown beside it. */
export type Conflicts = {
  /** What the catalog says about the code; null where it agrees or doesn't know it. */
  catalog: {
    statement: Statement
    differences: readonly Difference[]
    /** It can be taught as it is. Otherwise it asks for a change of the catalog. */
    isTeachable: boolean
    /** The words with which it tells people to do something that the catalog says nowhere; empty for another wording. */
    newAdvice: readonly string[]
  } | null
  /** Approved corrections that say something else; those of the same question first, then newest first. */
  approved: readonly { correction: CorrectionRow; differences: readonly Difference[]; isSameQuestion: boolean }[]
  /** Waiting corrections of the same question; one may be a duplicate. */
  waiting: readonly CorrectionRow[]
}

const MAX_SHOWN = 3

/** Approved ones that agree are skipped; among this many, one that differs is found. */
const MAX_READ = 20

/** Compares a correction with the catalog, with approved corrections, and with waiting ones. */
export async function findConflicts(store: Store, row: CorrectionRow, catalog: Catalog): Promise<Conflicts> {
  const [ofCode, ofQuestion, waiting] = await Promise.all([
    row.code === '' || row.kind === 'log' ? [] : listApprovedOfCode(store, row, MAX_READ),
    row.question_hash === '' ? [] : listSameQuestion(store, row, { statuses: APPROVED_STATUSES, most: MAX_READ }),
    row.question_hash === '' ? [] : listSameQuestion(store, row, { statuses: OPEN_STATUSES, most: MAX_SHOWN }),
  ])
  const others = new Map([...ofQuestion, ...ofCode].map((other) => [other.id, other]))
  const approved = [...others.values()]
    .filter((other) => saysOtherwise(row, other))
    .map((correction) => ({
      correction,
      differences: differencesOf(row, correction),
      isSameQuestion: correction.question_hash === row.question_hash && row.question_hash !== '',
    }))
  return { catalog: againstCatalog(row, catalog), approved: approved.slice(0, MAX_SHOWN), waiting }
}

/** Whether two would teach different answers, whatever the question. */
function saysOtherwise(row: CorrectionRow, other: CorrectionRow): boolean {
  const asked = { question: '' }
  return contentKey({ ...contentOf(row), ...asked }) !== contentKey({ ...contentOf(other), ...asked })
}

function againstCatalog(row: CorrectionRow, catalog: Catalog): Conflicts['catalog'] {
  const content = contentOf(row)
  if (row.kind === 'log' || isDeclining(content)) return null
  const statement = catalogStatement(row.code, catalog)
  if (!statement) return null
  const differences = differencesOf(row, statement)
  if (differences.length === 0) return null
  return {
    statement,
    differences,
    isTeachable: isTeachable(content, catalog),
    newAdvice: newAdviceIn(content, catalog),
  }
}
