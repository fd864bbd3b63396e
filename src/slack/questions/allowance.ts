import { countQuestionsOf, type QuestionRow } from '../../diagnosis/questions/question-records.ts'
import type { Store } from '../../store/open.ts'

const HOUR_MS = 60 * 60 * 1_000
const DAY_MS = 24 * HOUR_MS
/** A whole day of asking as fast as an hour allows is no person's. */
const HOURS_A_DAY = 6

/** `used_up` is said once; what comes after is `beyond`, and is met with silence. */
export type Allowance = (
  question: Pick<QuestionRow, 'team' | 'user_id' | 'created_at'>,
) => Promise<'within' | 'used_up' | 'beyond'>

/** What one person may ask in an hour and in a day, over all instances: it's counted in the table of questions. */
export function createAllowance({ store, perHour }: { store: Store; perHour: number }): Allowance {
  const windows = [
    { ms: HOUR_MS, most: perHour },
    { ms: DAY_MS, most: perHour * HOURS_A_DAY },
  ]
  return async ({ team, user_id: user, created_at: at }) => {
    const counts = await Promise.all(
      windows.map(async ({ ms, most }) => (await countQuestionsOf(store, { team, user }, at - ms, most + 2)) - most),
    )
    const over = Math.max(...counts)
    return over <= 0 ? 'within' : over === 1 ? 'used_up' : 'beyond'
  }
}
