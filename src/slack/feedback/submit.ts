import type { SlackViewMiddlewareArgs } from '@slack/bolt'
import type { Kept } from '../../feedback/corrections/correction-records.ts'
import type { Logger } from '../../lib/logger.ts'
import type { Errands } from '../../outbox/outbox.ts'
import { PROPOSED, WORDS } from '../blocks/words.ts'
import { faultsAtBlocks, type OpenForm, readOpenForm } from '../platform/form-payloads.ts'
import type { ClientsOf } from '../platform/workspaces.ts'
import { tellInPrivate } from '../posting/notify.ts'
import type { Typed } from './drafts.ts'

export type SentFormParts = {
  clientsOf: ClientsOf
  typed: Typed
  errands: Pick<Errands, 'soon'>
  logger: Logger
}

/** What came of a proposal: its place in the queue, or faults by the form's fields. */
export type Proposed = { faults: Readonly<Record<string, string | undefined>> } | Pick<Kept, 'how'>

/**
 * A form that proposes a correction was sent: faults go to their fields, nothing typed is lost whatever goes wrong, and
 * who sent it hears what became of it. Of a failure it is told at `failedAt`.
 */
export async function takeSent(
  parts: SentFormParts,
  { body, ack }: Pick<SlackViewMiddlewareArgs, 'body' | 'ack'>,
  { propose, failedAt }: { propose: (form: OpenForm) => Promise<Proposed>; failedAt: string },
): Promise<void> {
  const form = readOpenForm(body)
  if (!form) return ack()
  const outcome = await propose(form).catch((error: unknown): Proposed => {
    const { person, metadata: about } = form
    parts.logger.error({ err: error, user: person.user, about }, 'a correction could not be saved')
    return { faults: { [failedAt]: WORDS.notSaved } }
  })
  if ('faults' in outcome) {
    await ack({ response_action: 'errors', errors: faultsAtBlocks(form, outcome.faults) })
    return parts.typed.keep(form)
  }
  await ack()
  parts.errands.soon()
  await parts.typed.sent(form)
  const clients = await parts.clientsOf(form.person.team)
  await tellInPrivate(clients, form.person.user, PROPOSED[outcome.how])
}
