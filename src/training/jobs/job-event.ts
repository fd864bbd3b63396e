import type { TrainerError } from '../errors.ts'
import type { TrainerEvent } from './job-schema.ts'

/** What happens on the way of a job, for whoever watches. */
export type JobEvent =
  | { kind: 'uploading'; file: string; sent: number; bytes: number }
  /** It is at the trainer; `isReused` when a start that was broken off had sent it. */
  | { kind: 'uploaded'; file: string; id: string; isReused: boolean }
  | { kind: 'status'; status: string }
  | TrainerEvent
  /** The trainer does not answer for now, or takes no more requests; the job goes on, and so do we. */
  | { kind: 'unreachable'; error: TrainerError }
  /** Nothing was heard of the job for so long. */
  | { kind: 'quiet'; forMs: number; status: string }
