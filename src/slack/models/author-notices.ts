import type { Serving } from '../../diagnosis/strategies.ts'
import { takeAuthorNotices } from '../../feedback/corrections/attribution.ts'
import { createPoller, type Poller } from '../../lib/background.ts'
import type { Logger } from '../../lib/logger.ts'
import type { Store } from '../../store/open.ts'
import type { ClientsOf } from '../platform/workspaces.ts'
import { sendDirect } from '../posting/notify.ts'
import { correctionIsLive } from './words.ts'

/** The authors of a promoted model's corrections can wait. */
const LOOK_EVERY_MS = 30_000

/**
 * Tells the authors of corrections that the live model learnt from them, once, from whichever instance sees it first.
 */
export function createAuthorNotices(deps: {
  store: Store
  serving: () => Promise<Serving>
  clientsOf: ClientsOf
  logger: Logger
  now: () => number
}): Poller {
  const { store, clientsOf, logger, now } = deps
  return createPoller({
    name: 'news of the live model',
    everyMs: LOOK_EVERY_MS,
    logger,
    async run() {
      for (const { correction, people } of await takeAuthorNotices(store, (await deps.serving()).model, now()))
        for (const { user, team } of people)
          await clientsOf(team)
            .then((clients) => sendDirect(clients, user, correctionIsLive(correction.code)))
            .catch((error: unknown) => logger.warn({ err: error, correction: correction.id }, 'an author was not told'))
    },
  })
}
