import type { Catalog } from '../../catalog/catalog.ts'
import type { Store } from '../../store/open.ts'
import { ExportChangedError } from '../corrections/errors.ts'
import { fingerprintOf } from '../corrections/teachability.ts'
import {
  type ExportFilter,
  judgedLineOf,
  type LineSettings,
  labelOf,
  lineOf,
  matchesFilter,
  type SkipReason,
} from './lines.ts'
import type { ExportLine } from './manifest.ts'
import {
  countAll,
  type ExportedCorrection,
  type ExportedLine,
  type ExportRow,
  findExported,
  findJudged,
  listByAge,
  listExportedBefore,
  listJudged,
  listLines,
} from './records.ts'

/** Enough rows to be fast, few enough that none is still needed when memory is collected. */
const PAGE_ROWS = 100

/** A page of an export: its lines, and the reasons for skipped ones. */
export type Page = { lines: readonly (ExportLine | SkipReason)[]; done: number; total: number }

type Asked = { store: Store; catalog: Catalog; kind: 'answer' | 'log'; filter?: ExportFilter }

/** Approved corrections matching a filter, as lines; oldest first. */
export async function* approvedPages(
  { store, catalog, kind, filter = {} }: Asked,
  settings: LineSettings,
): AsyncGenerator<Page> {
  const total = await countAll(store)
  const measure = { catalog, fingerprint: fingerprintOf(catalog) }
  let done = 0
  for await (const rows of pagesOf((after) => listByAge(store, { after, size: PAGE_ROWS }))) {
    const meant = rows.filter((row) => matchesFilter(row, kind, filter))
    const before = filter.neverExported ? await exportedBefore(store, 'correction_id', meant) : NONE
    done += rows.length
    const lines = meant.filter(({ id }) => !before.has(id)).map((row) => lineOf(row, settings, measure))
    yield { lines, done, total: Math.max(total, done) }
  }
}

/** Judged answers matching a filter, as lines; oldest first. */
export async function* judgedPages(
  { store, filter = {} }: Pick<Asked, 'store' | 'filter'>,
  settings: LineSettings,
): AsyncGenerator<Page> {
  const { since = 0, code, neverExported = false } = filter
  let done = 0
  for await (const answers of pagesOf((after) => listJudged(store, { after, size: PAGE_ROWS }))) {
    const meant = answers.filter(
      ({ created_at, findings }) => created_at >= since && (code === undefined || findings[0]?.code === code),
    )
    const before = neverExported ? await exportedBefore(store, 'answer_id', meant) : NONE
    done += answers.length
    const lines = meant.filter(({ id }) => !before.has(id)).map((one) => judgedLineOf(one, labelOf(one), settings))
    yield { lines, done, total: done }
  }
}

/** The lines of an export as recorded; votes and the catalog may have changed since, and aren't consulted. */
export async function* rewrittenPages(
  store: Store,
  { id, rows }: Pick<ExportRow, 'id' | 'rows'>,
  settings: LineSettings,
): AsyncGenerator<Page> {
  for (let after = 0; after < rows; after += PAGE_ROWS) {
    const recorded = await listLines(store, id, { after, size: PAGE_ROWS })
    const [corrections, answers] = await Promise.all([
      findExported(store, idsOf(recorded, 'correction_id')),
      findJudged(store, idsOf(recorded, 'answer_id')),
    ])
    const correctionBy = new Map(corrections.map((one) => [one.id, one]))
    if (recorded.some((line) => wasWithdrawn(line, correctionBy.get(line.correction_id ?? ''))))
      throw new ExportChangedError(id, 'withdrawn')
    const answerBy = new Map(answers.map((one) => [one.id, one]))
    const lines = recorded.flatMap(({ correction_id, answer_id, label }) => {
      const correction = correctionBy.get(correction_id ?? '')
      const answer = answerBy.get(answer_id ?? '')
      if (correction) return [lineOf(correction, settings, null)]
      return answer ? [judgedLineOf(answer, label, settings)] : []
    })
    yield { lines, done: Math.min(rows, after + PAGE_ROWS), total: rows }
  }
}

/** Whether its author, in whose name it was exported, withdrew it since. */
function wasWithdrawn({ author }: ExportedLine, correction: ExportedCorrection | undefined): boolean {
  if (!correction) return false
  return correction.status === 'withdrawn' || (author !== null && author !== correction.author)
}

const NONE: ReadonlySet<string> = new Set()

function exportedBefore(store: Store, column: 'correction_id' | 'answer_id', rows: readonly { id: string }[]) {
  return listExportedBefore(
    store,
    column,
    rows.map(({ id }) => id),
  )
}

function idsOf<K extends string>(rows: readonly Readonly<Record<K, string | null>>[], column: K): string[] {
  return rows.flatMap((row) => row[column] ?? [])
}

/** Pages by id; the next one is read while the last is processed. */
async function* pagesOf<T extends { id: string }>(read: (after: string) => Promise<T[]>): AsyncGenerator<T[]> {
  let coming = read('')
  for (;;) {
    const page = await coming
    const last = page.at(-1)
    if (!last) return
    coming = read(last.id)
    // A reader that stops no longer waits for it.
    coming.catch(() => undefined)
    yield page
  }
}
