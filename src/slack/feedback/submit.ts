import type { SlackViewMiddlewareArgs } from '@slack/bolt'
import type { Submitted } from '../../feedback/corrections/correction-records.ts'
import type { Logger } from '../../lib/logger.ts'
import type { Outbox } from '../../outbox/outbox.ts'
import { SHARED_WORDS } from '../blocks/words.ts'
import { faultsAtBlocks, type OpenForm, parseOpenForm } from '../platform/form-payloads.ts'
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
 * Submits a correction proposal: faults go to their fields, the input survives any failure, and the author is told the
 * outcome. Failures are shown at `failedAt`.
 */
export async function submitForm(
  deps: SentFormDeps,
  { body, ack }: Pick<SlackViewMiddlewareArgs, 'body' | 'ack'>,
  { propose, failedAt }: { propose: (form: OpenForm) => Promise<Proposed>; failedAt: string },
): Promise<void> {
  const form = parseOpenForm(body)
  if (!form) return ack()
  const outcome = await propose(form).catch((error: unknown): Proposed => {
    const { person, metadata: about } = form
    deps.logger.error({ err: error, user: person.user, about }, 'a correction could not be saved')
    return { faults: { [failedAt]: SHARED_WORDS.notSaved } }
  })
  if ('faults' in outcome) {
    await ack({ response_action: 'errors', errors: faultsAtBlocks(form, outcome.faults) })
    return deps.drafts.save(form)
  }
  await ack()
  deps.outbox.wake()
  await deps.drafts.submitted(form)
  const clients = await deps.clientsOf(form.person.team)
  await sendDirect(clients, form.person.user, PROPOSED[outcome.how])
}
