import type { Store } from '../store/open.ts'
import { NotDuplicateError } from './errors.ts'
import type { Person } from './person.ts'
import { type CorrectionRow, listBackers } from './records.ts'
import { isOpen } from './review-states.ts'
import { changeBy, getCorrection, isApproved, type Review, readStatus, reviewed } from './reviewing.ts'

/** Closes a claimed correction that says what another one says already; its weight and its people go to that one. */
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
  return changeBy(store, id, now, () => ({
    step: { to: 'duplicate', by },
    change: reviewed(by, note, now),
    named: 'duplicate',
    note,
    into: of,
  }))
}

/** Who hears what becomes of a correction: its author, and everybody who proposed the same. No one of the house. */
export async function listProposers(store: Store, id: string): Promise<Person[]> {
  const { author, author_team, source } = await getCorrection(store, id)
  const backers = await listBackers(store, id)
  if (source !== 'person') return []
  return [{ user: author, team: author_team }, ...backers.filter(({ user }) => user !== author)]
}
