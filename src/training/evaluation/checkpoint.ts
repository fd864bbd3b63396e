import type { Store } from '../../store/open.ts'
import { keepAnswer, listKept } from './records.ts'
import type { Outcome } from './scoring.ts'

type Heard = Pick<Outcome, 'said' | 'latencyMs' | 'failure' | 'usage'>

/** What a run has heard so far, in the database: a process that dies takes nothing with it. */
export type Kept = {
  find(arm: string, row: number): Heard | null
  keep(arm: string, row: number, heard: Heard): Promise<void>
}

export async function openKept(store: Store, runKey: string, now: () => number): Promise<Kept> {
  const nameOf = (arm: string, row: number) => `${row} ${arm}`
  const known = new Map(
    (await listKept(store, runKey)).map((one): [string, Heard] => [
      nameOf(one.arm, one.row_number),
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
    find: (arm, row) => known.get(nameOf(arm, row)) ?? null,
    keep: (arm, row, { said, failure, latencyMs, usage }) =>
      keepAnswer(store, {
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
