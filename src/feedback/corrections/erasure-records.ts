import type { Store } from '../../store/open.ts'
import type { Person } from '../person.ts'
import { questionHash } from './content.ts'
import { changeIn, holdCorrection } from './correction-records.ts'
import { APPROVED_STATUSES, isOpen } from './state-machine.ts'
import { CORRECTION_STATUSES } from './status.ts'

/**
 * Takes the corrections of an answer out of the queue whose question was deleted, with the question's words. What was
 * approved stays: its author agreed to that. So does what others proposed in the same words. Returns their ids.
 */
export function eraseCorrectionsOf(store: Store, answerId: string, by: Person, now: number): Promise<string[]> {
  return store.transaction().execute(async (transaction) => {
    const erased: string[] = []
    const found = await transaction
      .selectFrom('corrections')
      .select('id')
      .where('answer_id', '=', answerId)
      .where('status', 'not in', APPROVED_STATUSES)
      .orderBy('id')
      .execute()
    for (const { id } of found) {
      const row = await holdCorrection(transaction, id)
      const status = CORRECTION_STATUSES.find((one) => one === row?.status)
      if (!row || !status || (isOpen(status) && row.weight > 1)) continue
      const words = { question: '', question_hash: questionHash(''), original_text: '', note: null, dedup_key: null }
      const end = { status: 'withdrawn', withdrawn_at: now, lease_owner: null, lease_until: null }
      const isQueued = isOpen(status)
      await changeIn(transaction, row, isQueued ? { ...words, ...end } : words, {
        step: isQueued ? { step: 'withdrawn', by } : null,
        now,
      })
      await transaction
        .updateTable('correction_steps')
        .set({ content_before: null })
        .where('correction_id', '=', id)
        .execute()
      erased.push(id)
    }
    return erased
  })
}
