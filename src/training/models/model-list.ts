import { countAttributed } from '../../feedback/corrections/attribution-records.ts'
import { AppError } from '../../lib/errors.ts'
import type { Store } from '../../store/open.ts'
import { listEvaluationIds } from '../evaluation/records.ts'
import { findEvaluation } from '../evaluation/report.ts'
import { type JobRow, listJobRows } from '../jobs/job-records.ts'
import type { Jobs } from '../jobs/jobs.ts'
import { type Retirement, retiringWithin } from '../jobs/retirement.ts'
import { baseModelOf } from '../prices.ts'
import { type AliasRow, listAliases } from './alias-records.ts'

/** A model, where it comes from, what it is worth and how long it stays. */
export type ListedModel = {
  model: string
  base: string | null
  aliases: string[]
  /** Whether the server lists it; null where it lists nothing or was not asked. */
  isServed: boolean | null
  /** What it was trained on; null for one that was not trained from here. */
  data: { job: string; sha256: string; manifest: string | null; rows: number; corrections: number } | null
  /** The newest measurement; null where none of the latest measured it. */
  evaluation: { id: string; accuracy: number | null } | null
  retirement: (Retirement & { daysLeft: number }) | null
}

/** Older evaluations than these say nothing of a model that anybody still thinks of. */
const MAX_EVALUATIONS = 50

/**
 * Every model that the server lists, that was trained from here, or that plays a part. Without `jobs` no server is
 * asked; one that does not answer is told of and left out.
 */
export async function listModels(
  deps: { store: Store; jobs: Jobs | null; now?: () => Date; onUnreachable?: (error: AppError) => void },
  signal?: AbortSignal,
): Promise<ListedModel[]> {
  const { store, jobs, now = () => new Date() } = deps
  const [aliases, rows, attributedCounts, served] = await Promise.all([
    listAliases(store),
    listJobRows(store),
    countAttributed(store),
    jobs?.listServedModels(signal).catch((error: unknown) => {
      if (!(error instanceof AppError)) throw error
      deps.onUnreachable?.(error)
      return []
    }) ?? [],
  ])
  const trained = rows.filter(({ model }) => model)
  const names = [
    ...new Set([...aliases, ...trained, ...served.map(({ id }) => ({ model: id }))].map(({ model }) => model)),
  ]
  const ids = names.flatMap((name) => name ?? [])
  const [evaluations, known] = await Promise.all([
    newestEvaluations(store, ids),
    jobs?.retiring(ids, signal, served) ?? ids.map((model) => ({ model })),
  ])
  return ids.map((model) => {
    const job = trained.find((row) => row.model === model)
    const [retirement] = retiringWithin(
      Number.POSITIVE_INFINITY,
      known.filter((one) => one.model === model),
      now(),
    )
    return {
      model,
      base: job?.base_model ?? (baseModelOf(model) === model ? null : baseModelOf(model)),
      aliases: aliasesOf(model, aliases),
      isServed: served.length > 0 ? served.some(({ id }) => id === model) : null,
      data: job ? trainingDataOf(job, attributedCounts) : null,
      evaluation: evaluations.get(model) ?? null,
      retirement: retirement ?? null,
    }
  })
}

function aliasesOf(model: string, aliases: readonly AliasRow[]): string[] {
  return aliases.filter((row) => row.model === model).map(({ alias }) => alias)
}

function trainingDataOf(job: JobRow, attributedCounts: ReadonlyMap<string, number>): NonNullable<ListedModel['data']> {
  const { id, data_sha256: sha256, manifest_file: manifest, training_rows: rows } = job
  return { job: id, sha256, manifest, rows, corrections: attributedCounts.get(id) ?? 0 }
}

async function newestEvaluations(store: Store, models: readonly string[]) {
  const found = new Map<string, NonNullable<ListedModel['evaluation']>>()
  for (const id of await listEvaluationIds(store, MAX_EVALUATIONS)) {
    if (models.every((model) => found.has(model))) break
    // With the catalog in its prompt a model is measured as something else than itself.
    for (const { model, accuracy, strategy } of (await findEvaluation(store, id)).models)
      if (!found.has(model) && strategy !== 'grounded') found.set(model, { id, accuracy: accuracy.value })
  }
  return found
}
