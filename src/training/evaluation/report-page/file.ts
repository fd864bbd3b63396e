import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Catalog } from '../../../catalog/catalog.ts'
import type { Store } from '../../../store/open.ts'
import { OutdatedReportError, UnknownEvaluationError } from '../../errors.ts'
import { findReport, type Report } from '../report.ts'

/** The page of a report; the charts take a quarter of a second to load, which only who wants them waits for. */
export async function renderReport(report: Report, catalog: Catalog): Promise<string> {
  const { renderReportPage: writeReportPage } = await import('./page.ts')
  return writeReportPage(report, catalog)
}

/** A stored report as a file to be sent, which goes when it is disposed of; null where there is none to show. */
export async function createReportFile({ store, catalog }: { store: Store; catalog: Catalog }, evaluation: string) {
  const report = await findReport(store, evaluation).catch((error: unknown) => {
    if (error instanceof UnknownEvaluationError || error instanceof OutdatedReportError) return null
    throw error
  })
  if (!report) return null
  await using made = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'hydrocore-report-'))
  made.defer(() => rm(folder, { recursive: true, force: true }))
  const name = `${evaluation}.html`
  const path = join(folder, name)
  await writeFile(path, await renderReport(report, catalog))
  const held = made.move()
  return { path, name, title: `Evaluation ${evaluation}`, [Symbol.asyncDispose]: () => held.disposeAsync() }
}
