import type { Submitted } from '../../feedback/corrections/correction-records.ts'
import { AppError } from '../../lib/errors.ts'
import type { Logger } from '../../lib/logger.ts'
import type { Outbox } from '../../outbox/outbox.ts'
import { SHARED_WORDS } from '../blocks/words.ts'
import { faultsAtBlocks, type OpenForm } from '../platform/form-payloads.ts'
import { onFieldForm } from '../platform/listeners.ts'
import type { ClientsOf } from '../platform/workspaces.ts'
import { sendDirect } from '../posting/notify.ts'
import type { FormDrafts } from './drafts.ts'
import { PROPOSED } from './words.ts'

export type SentFormDeps = {
  clientsOf: ClientsOf
  drafts: FormDrafts
  outbox: Pick<Outbox, 'wake'>
  logger: Logger
}

/** The outcome of a proposal: its place in the queue, or faults by field. */
export type Proposed = { faults: Readonly<Record<string, string | undefined>> } | Pick<Submitted, 'how'>

/**
 * A correction was submitted: faults go to their fields, the input survives any failure, and the author is told the
 * outcome. Failures are shown at `failedAt`.
 */
export function onProposalSent(
  deps: SentFormDeps,
  { propose, failedAt }: { propose: (form: OpenForm) => Promise<Proposed>; failedAt: string },
) {
  return onFieldForm(async function onProposalSent(form) {
    const outcome = await propose(form).catch((error: unknown): Proposed => {
      deps.logger.error({ err: error, user: form.person.user, about: form.metadata }, 'a correction could not be saved')
      return { faults: { [failedAt]: error instanceof AppError ? error.remedy : SHARED_WORDS.notSaved } }
    })
    if ('faults' in outcome)
      return { errors: faultsAtBlocks(form, outcome.faults), afterwards: () => deps.drafts.save(form) }
    return {
      async afterwards() {
        deps.outbox.wake()
        await deps.drafts.submitted(form)
        const clients = await deps.clientsOf(form.person.team)
        await sendDirect(clients, form.person.user, PROPOSED[outcome.how])
      },
    }
  })
}
