import type { Store } from '../../store/open.ts'
import { getCorrection } from '../corrections/correction-records.ts'
import type { CorrectionRow } from '../corrections/correction-row.ts'
import { NotDuplicateError } from '../corrections/errors.ts'
import { isOpen } from '../corrections/state-machine.ts'
import { isApproved, type Review, readStatus, reviewed, updateOptimistically } from './decide.ts'

/** Closes a claimed correction that repeats another one, which takes over its weight and people. */
export async function closeAsDuplicate(
  store: Store,
  { id, by, of }: Review & { of: string },
  now: number,
): Promise<CorrectionRow> {
  const [row, other] = [await getCorrection(store, id), await getCorrection(store, of)]
  const status = readStatus(other.status)
  if (id === of) throw new NotDuplicateError(id, of, 'it is the same one')
  if (row.kind !== other.kind) throw new NotDuplicateError(id, of, 'one is about an answer, the other about a log line')
  if (!isOpen(status) && !isApproved(status))
    throw new NotDuplicateError(id, of, `${of} is ${status.replaceAll('_', ' ')}`)
  const note = `The same as ${of}.`
  return updateOptimistically(store, id, now, () => ({
    step: { to: 'duplicate', by },
    change: reviewed(by, note, now),
    named: 'duplicate',
    note,
    into: of,
  }))
}
