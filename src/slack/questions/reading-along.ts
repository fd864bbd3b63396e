import type { AnswerPart, Diagnosis } from '../../diagnosis/diagnose.ts'
import type { Progress } from '../progress/progress.ts'

/** Takes in an answer while it is written, and shows what there is. Reading never waits for showing. */
export async function consumeStream(deps: AsyncIterable<AnswerPart>, progress: Progress): Promise<Diagnosis> {
  for await (const part of deps) {
    if (part.kind === 'diagnosis') return part.diagnosis
    progress.write(part.delta)
  }
  throw new Error('the diagnosis ended without a result')
}
