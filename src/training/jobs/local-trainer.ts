import { dirname, resolve } from 'node:path'
import { UsageError } from '../../lib/errors.ts'
import { newId } from '../../lib/ids.ts'
import type { Store } from '../../store/open.ts'
import { SOURCE_FILES, writeBundle } from '../bundle/bundle.ts'
import { autoEpochs } from '../checks/cost.ts'
import { findJob, type JobRow } from './job-records.ts'
import { type JobRequest, startJob } from './start-job.ts'
import type { Trainer } from './trainer.ts'

/** Where jobs are trained that no server trains. */
export const LOCAL_BASE_URL = 'local'
const DEFAULT_NAME = 'hydrocore-local'
/** Servers, shells and files take such a name as it is. */
const NAME = /^[A-Za-z0-9][\w.-]{0,63}$/
const CONTROL_CHARACTERS = /\p{Cc}/u

type BundleOptions = {
  folder: string
  onProgress?: (progress: { done: number; total: number }) => void
}

/**
 * Somebody's own machine: a start writes a bundle and waits for the model that somebody trains with it. Nobody can be
 * asked about such a job. Without `bundle` it can't start one.
 */
export function createLocalTrainer(deps: { store: Store; now: () => number; bundle?: BundleOptions }): Trainer {
  const refuse = async (id: string): Promise<never> => {
    const row = await findJob(deps.store, id)
    const folder = dirname(row?.manifest_file ?? '')
    throw new UsageError(
      row?.model
        ? `${id} was trained by you and is done: it is ${row.model}.`
        : `${id} is trained by you: ${folder} says how. Then bring its model back with “models register NAME --bundle ${folder}”.`,
    )
  }
  return {
    driver: 'local',
    baseUrl: LOCAL_BASE_URL,
    validate({ suffix: name = DEFAULT_NAME }) {
      if (!NAME.test(name))
        throw new UsageError('--suffix takes letters, digits, dots, dashes and underscores, 64 at most.')
    },
    async start({ key, recipe, suffix: name = DEFAULT_NAME, train, validation, provenance }, { signal }) {
      if (!deps.bundle) throw new UsageError('A bundle needs a folder: give it with --out.')
      const folder = resolve(deps.bundle.folder)
      const id = newId('local', new Date(deps.now()))
      const bundle = await writeBundle({
        ...{ id, name, baseModel: key.base_model, recipe, folder, signal },
        epochs: recipe.hyperparameters.epochs ?? autoEpochs(train.check.rows),
        rows: { train: train.check.rows, validation: validation?.check.rows ?? 0 },
        kind: provenance.kind,
        corrections: provenance.corrections,
        dataSha256: train.check.sha256,
        manifestSha256: provenance.manifest?.sha256 ?? null,
        benchmark: provenance.benchmark,
        train: train.file,
        validation: validation?.file ?? null,
        ...(deps.bundle.onProgress && { onProgress: deps.bundle.onProgress }),
      })
      return {
        state: { id, status: 'bundled', model: null, fault: null },
        row: { suffix: name, ...bundledFiles(bundle) },
        trainFile: resolve(folder, SOURCE_FILES.train),
      }
    },
    findStarted: async () => null,
    fetchState: refuse,
    fetchStatePatiently: refuse,
    fetchEvents: refuse,
    listCheckpoints: refuse,
    cancel: refuse,
    pause: refuse,
    resume: refuse,
  }
}

/** A bundle's own files, as its job's row names them. */
export function bundledFiles({ folder, rows, manifestSha256 }: Awaited<ReturnType<typeof writeBundle>>) {
  return {
    train_file: resolve(folder, SOURCE_FILES.train),
    validation_file: rows.validation > 0 ? resolve(folder, SOURCE_FILES.validation) : null,
    manifest_file: resolve(folder, 'bundle.json'),
    manifest_sha256: manifestSha256,
  }
}

/** Writes a bundle to train on one's own machine and keeps it as a job that waits for its model. */
export async function startLocalJob(
  store: Store,
  { folder, onProgress, signal, ...request }: JobRequest & BundleOptions & { signal?: AbortSignal | undefined },
  now: () => number,
): Promise<JobRow> {
  if (!request.baseModel || CONTROL_CHARACTERS.test(request.baseModel))
    throw new UsageError('--model takes the name or the folder of a model.')
  const trainer = createLocalTrainer({ store, now, bundle: { folder, ...(onProgress && { onProgress }) } })
  // A bundle costs nothing, and may be written again.
  return startJob({ store, trainer, now }, { ...request, allowDuplicate: true }, { signal })
}
