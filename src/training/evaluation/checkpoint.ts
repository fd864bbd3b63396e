import type { Store } from '../../store/open.ts'
import { listCheckpoint, saveCheckpointRow } from './records.ts'
import type { Outcome } from './scoring.ts'

type RecordedAnswer = Pick<Outcome, 'said' | 'latencyMs' | 'failure' | 'usage'>

/** What a run has heard so far, in the database: a process that dies takes nothing with it. */
export type Checkpoint = {
  find(arm: string, row: number): RecordedAnswer | null
  save(arm: string, row: number, heard: RecordedAnswer): Promise<void>
}

export async function openCheckpoint(store: Store, runKey: string, now: () => number): Promise<Checkpoint> {
  const keyOf = (arm: string, row: number) => `${row} ${arm}`
  const saved = new Map(
    (await listCheckpoint(store, runKey)).map((one): [string, RecordedAnswer] => [
      keyOf(one.arm, one.row_number),
      {
        said: one.output,
        failure: one.failure,
        latencyMs: one.latency_ms,
        usage:
          one.prompt_tokens === null || one.completion_tokens === null
            ? null
            : { promptTokens: one.prompt_tokens, completionTokens: one.completion_tokens },
      },
    ]),
  )
  return {
    find: (arm, row) => saved.get(keyOf(arm, row)) ?? null,
    save: (arm, row, { said, failure, latencyMs, usage }) =>
      saveCheckpointRow(store, {
        run_key: runKey,
        arm,
        row_number: row,
        output: said,
        failure,
        latency_ms: latencyMs,
        prompt_tokens: usage?.promptTokens ?? null,
        completion_tokens: usage?.completionTokens ?? null,
        recorded_at: now(),
      }),
  }
}
