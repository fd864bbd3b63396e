import type { Serving } from '../../diagnosis/strategies.ts'
import { takeLiveNews } from '../../feedback/corrections/attribution.ts'
import { type Background, createBackground } from '../../lib/background.ts'
import type { Logger } from '../../lib/logger.ts'
import type { Store } from '../../store/open.ts'
import { nowLive } from '../blocks/words.ts'
import type { ClientsOf } from '../platform/workspaces.ts'
import { tellInPrivate } from '../posting/notify.ts'

/** A promotion is no hurry for the people whose corrections are in it. */
const LOOK_EVERY_MS = 30_000

/** Tells everybody whose correction is in the model that answers now, once, whichever instance sees it first. */
export function createLiveNews(parts: {
  store: Store
  serving: () => Promise<Serving>
  clientsOf: ClientsOf
  logger: Logger
  now: () => number
}): Background {
  const { store, clientsOf, logger, now } = parts
  return createBackground({
    name: 'news of the live model',
    everyMs: LOOK_EVERY_MS,
    logger,
    async run() {
      for (const { correction, people } of await takeLiveNews(store, (await parts.serving()).model, now()))
        for (const { user, team } of people)
          await clientsOf(team)
            .then((clients) => tellInPrivate(clients, user, nowLive(correction.code)))
            .catch((error: unknown) => logger.warn({ err: error, correction: correction.id }, 'an author was not told'))
    },
  })
}
