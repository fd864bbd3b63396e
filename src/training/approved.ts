import { APPROVED_STATUSES } from '../feedback/review-states.ts'
import type { Store } from '../store/open.ts'
import type { Correction } from './corrections.ts'
import { listConsented } from './records.ts'

/** The reason of a correction that says: no answer would have been right. */
const DECLINE = 'should_not_have_answered'

/**
 * Every approved correction, none withdrawn, that its author agreed to have trained on; in the order of approval,
 * which decides what is taught.
 */
export async function readApproved(store: Store): Promise<Correction[]> {
  const rows = await listConsented(store, APPROVED_STATUSES)
  return rows.map(({ id, question, weight, reason, original_text, ...said }) => ({
    id,
    question,
    weight,
    statement:
      reason === DECLINE
        ? null
        : {
            code: said.code,
            problem: said.problem,
            action: said.action,
            command: said.command,
            fallback: said.fallback,
          },
    original: original_text,
  }))
}
