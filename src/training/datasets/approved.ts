import { readCategory } from '../../diagnosis/classification.ts'
import { isDeclining } from '../../feedback/corrections/content.ts'
import { APPROVED_STATUSES } from '../../feedback/corrections/state-machine.ts'
import type { Store } from '../../store/open.ts'
import type { ApprovedCorrection } from './correction-examples.ts'
import { listConsented } from './correction-records.ts'

/**
 * Every approved correction, of answers and of log lines, none withdrawn, that somebody agreed to have trained on; in
 * the order of approval, which decides what is taught.
 */
export async function readApprovedCorrections(store: Store): Promise<ApprovedCorrection[]> {
  const rows = await listConsented(store, APPROVED_STATUSES)
  return rows.map(({ id, kind, question, weight, reason, original_text, ...said }) => ({
    id,
    question,
    weight,
    ...(kind === 'log' ? { category: readCategory(said.code) } : {}),
    statement:
      kind === 'log' || isDeclining({ kind, reason })
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
