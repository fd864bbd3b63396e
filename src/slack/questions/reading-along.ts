import type { AnswerPart, Diagnosis } from '../../diagnosis/diagnose.ts'
import type { Screen } from '../progress/progress.ts'

/** Takes in an answer while it is written, and shows what there is. Reading never waits for showing. */
export async function takeIn(parts: AsyncIterable<AnswerPart>, screen: Screen): Promise<Diagnosis> {
  for await (const part of parts) {
    if (part.kind === 'diagnosis') return part.diagnosis
    screen.write(part.delta)
  }
  throw new Error('the diagnosis ended without a result')
}
