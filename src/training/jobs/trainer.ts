import type { FileCheck } from '../../formats/validating.ts'
import type { Recipe } from '../datasets/recipe.ts'
import type { JobEvent } from './job-event.ts'
import type { JobKey, JobRow } from './job-records.ts'
import type { JobCheckpoint, JobState, TrainerEvent } from './job-schema.ts'
import type { DataProvenance } from './provenance.ts'

/** A job that may be started: its files are checked, and what names it is known. */
export type PreparedJob = {
  key: JobKey
  recipe: Recipe
  suffix: string | undefined
  /** The caller's own metadata. */
  metadata: Readonly<Record<string, string>>
  train: { file: string; check: FileCheck }
  validation: { file: string; check: FileCheck } | null
  provenance: DataProvenance
}

export type StartOptions = { onEvent?: (event: JobEvent) => void; signal?: AbortSignal | undefined }

/** A job that runs, or waits for somebody to run it. */
export type StartedJob = {
  state: Pick<JobState, 'id' | 'status' | 'model' | 'fault'>
  /** What its row says instead of the prepared job, where the trainer keeps files of its own. */
  row?: Partial<Pick<JobRow, 'suffix' | 'train_file' | 'validation_file' | 'manifest_file' | 'manifest_sha256'>>
  /** The file whose rows the model is trained on. */
  trainFile: string
  /** Forgets what was kept for a start that breaks off; called once the job is in our records. */
  onSaved?(): Promise<void>
}

/**
 * Whoever trains: a server that speaks OpenAI's files and jobs, or somebody's own machine. A new one is one more file.
 * A trainer says what it can't do with a `UsageError` that has a remedy, and what went wrong there with a
 * `TrainerError`. Job states are OpenAI's words (`job-schema.ts` names the final ones).
 */
export type Trainer = {
  readonly driver: JobRow['driver']
  /** Names the trainer in job rows. */
  readonly baseUrl: string
  /** Throws a `UsageError` for what it would never take; called before anything is sent. */
  validate(job: PreparedJob): void
  /** Brings the files there and starts the job; asked once, since two jobs would be paid for twice. */
  start(job: PreparedJob, options: StartOptions): Promise<StartedJob>
  /** A job like this that runs there although we kept nothing of it; null where there's none, or nobody can tell. */
  findStarted(key: JobKey, signal?: AbortSignal): Promise<JobState | null>
  fetchState(id: string, signal?: AbortSignal): Promise<JobState>
  /** The same, asked again for a while where the trainer is busy or away. */
  fetchStatePatiently(id: string, signal?: AbortSignal): Promise<JobState>
  /** What happened and isn't in `seen` yet; it joins `seen`. Empty where the trainer tells nothing. */
  fetchEvents(id: string, seen: Set<string>, signal?: AbortSignal): Promise<TrainerEvent[]>
  /** Empty where the trainer keeps none. */
  listCheckpoints(id: string, signal?: AbortSignal): Promise<JobCheckpoint[]>
  cancel(id: string, signal?: AbortSignal): Promise<JobState>
  /** Throws `TrainerError` with the code `cannot_pause` where the trainer offers no pause. */
  pause(id: string, signal?: AbortSignal): Promise<JobState>
  resume(id: string, signal?: AbortSignal): Promise<JobState>
}
