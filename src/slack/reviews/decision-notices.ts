import type { Catalog } from '../../catalog/catalog.ts'
import { findCorrection } from '../../feedback/corrections/correction-records.ts'
import type { CorrectionRow } from '../../feedback/corrections/correction-row.ts'
import { parseNoticeKey } from '../../feedback/corrections/notices.ts'
import { CORRECTION_STATES } from '../../feedback/labels.ts'
import { readStatus } from '../../feedback/review/decide.ts'
import type { Logger } from '../../lib/logger.ts'
import type { Outbox } from '../../outbox/outbox.ts'
import type { Store } from '../../store/open.ts'
import { proposedText } from '../blocks/correction.ts'
import { directChannel } from '../platform/clients.ts'
import { cut, escapeMrkdwn } from '../platform/escaping.ts'
import { retryabilityOf } from '../platform/platform-errors.ts'
import type { ClientsOf } from '../platform/workspaces.ts'
import { postOnce } from '../posting/post-once.ts'
import { decisionNotice, supporterNotice } from './words.ts'

const MAX_QUOTED = 600

/** Tells everybody who proposed a correction about its outcome, whether decided in Slack or at the terminal. */
export function notifyAuthors(deps: {
  store: Store
  catalog: Catalog
  clientsOf: ClientsOf
  outbox: Outbox
  logger: Logger
  now: () => number
}): void {
  const { store, catalog, clientsOf, outbox, logger, now } = deps
  outbox.on('verdict', async (job) => {
    const { id, person, news } = parseNoticeKey(job.key)
    const row = await findCorrection(store, id)
    const text =
      row &&
      (news
        ? supporterNotice(news, codeOf(row), CORRECTION_STATES[readStatus(row.status)])
        : decisionNotice(row, wordsOf(row)))
    if (!text) return
    try {
      const clients = await clientsOf(person.team)
      await postOnce(clients, job, await directChannel(clients, person.user), { text, blocks: [] }, now())
    } catch (error) {
      if (retryabilityOf(error) !== 'rejected') throw error
      logger.warn({ err: error, correction: id, user: person.user }, 'an author could not be told of a review')
    }
  })

  function wordsOf(row: CorrectionRow) {
    return {
      code: codeOf(row),
      note: escapeMrkdwn(row.review_note ?? ''),
      taught: escapeMrkdwn(cut(proposedText(row, catalog), MAX_QUOTED)),
    }
  }
}

function codeOf({ kind, code }: CorrectionRow): string {
  return escapeMrkdwn(kind === 'log' ? '' : code)
}
