import { z } from 'zod'
import type { Catalog } from '../../catalog/catalog.ts'
import { findCorrection } from '../../feedback/corrections/correction-records.ts'
import { isOpen } from '../../feedback/corrections/state-machine.ts'
import { findConflicts } from '../../feedback/review/conflicts.ts'
import { readStatus } from '../../feedback/review/decide.ts'
import type { Logger } from '../../lib/logger.ts'
import type { Outbox } from '../../outbox/outbox.ts'
import { openKv } from '../../store/expiring.ts'
import type { Store } from '../../store/open.ts'
import { reviewMessage } from '../blocks/review.ts'
import { callSlack } from '../platform/clients.ts'
import type { AlertTarget } from '../platform/message.ts'
import { retryabilityOf } from '../platform/platform-errors.ts'
import type { ClientsOf } from '../platform/workspaces.ts'
import { postOnce } from '../posting/post-once.ts'

/** Older messages are no longer updated. */
const KEPT_MS = 90 * 24 * 60 * 60 * 1_000

const Stands = z.object({ team: z.string(), channel: z.string(), ts: z.string() })

/**
 * Posts corrections that wait for review to the reviewers' channel: one message each, updated on changes. Each outbox
 * job is taken by one instance.
 */
export function notifyReviewers(deps: {
  /** Null when reviews are done only in App Home and at the terminal. */
  target: AlertTarget | null
  /** The app's one workspace, for a target that names none. */
  homeTeam: () => Promise<string>
  store: Store
  catalog: Catalog
  clientsOf: ClientsOf
  outbox: Outbox
  logger: Logger
  now: () => number
}): void {
  const { target, homeTeam, store, catalog, clientsOf, outbox, logger, now } = deps
  const kept = openKv<unknown>(store, { namespace: 'review-message', ttlMs: KEPT_MS })

  outbox.on('review', async (job) => {
    const row = await findCorrection(store, job.key)
    if (!row) return
    const stands = Stands.safeParse(await kept.get(row.id)).data
    if (!stands && (!target || !isOpen(readStatus(row.status)))) return
    const conflicts = isOpen(readStatus(row.status)) ? await findConflicts(store, row, catalog) : null
    const message = reviewMessage(row, { now: now(), catalog, conflicts })
    if (stands) return bringUpToDate(stands, message)
    const team = target?.team ?? (await homeTeam())
    try {
      const posted = await postOnce(await clientsOf(team), job, target?.channel ?? '', message, now())
      await kept.set(row.id, { team, ...posted })
    } catch (error) {
      // We stay out of a channel until somebody invites us: this is logged, and the next attempt may succeed.
      logger.warn({ err: error, correction: row.id, nature: retryabilityOf(error) }, 'the reviewers could not be told')
      throw error
    }
  })

  async function bringUpToDate(
    { team, channel, ts }: z.output<typeof Stands>,
    message: ReturnType<typeof reviewMessage>,
  ): Promise<void> {
    const { posting } = await clientsOf(team)
    await callSlack(() => posting.chat.update({ channel, ts, ...message }), { isRepeatable: true }).catch(
      (error: unknown) => {
        if (retryabilityOf(error) !== 'rejected') throw error
        logger.warn({ err: error, channel, ts }, 'a message to the reviewers can no longer be changed')
      },
    )
  }
}
