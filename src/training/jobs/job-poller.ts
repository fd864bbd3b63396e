import { createPoller, type Poller } from '../../lib/background.ts'
import { isAbort } from '../../lib/errors.ts'
import type { Logger } from '../../lib/logger.ts'
import type { Jobs } from './jobs.ts'

const POLL_EVERY_MS = 60_000
const DAY_MS = 24 * 60 * 60 * 1_000
/** No trainer takes that long; an older job was forgotten there. */
const MAX_JOB_AGE_MS = 30 * DAY_MS

/**
 * Looks after jobs whose terminal was closed: their end is written down, and so told, all the same. Whoever else watches
 * one writes the same; its end is told once.
 */
export function createJobPoller(deps: {
  jobs: Pick<Jobs, 'listJobs' | 'showJob'>
  /** Jobs of another trainer are not ours to ask for. */
  baseUrl: string
  logger: Logger
  now: () => number
}): Poller {
  const { jobs, baseUrl, logger, now } = deps
  return createPoller({
    name: 'jobs that nobody watches',
    everyMs: POLL_EVERY_MS,
    logger,
    async run(signal) {
      for (const { id, driver, base_url, finished_at, created_at } of await jobs.listJobs()) {
        const isOpen = finished_at === null && now() - created_at < MAX_JOB_AGE_MS
        if (!isOpen || driver !== 'openai' || base_url !== baseUrl) continue
        await jobs.showJob(id, signal).catch((error: unknown) => {
          if (!isAbort(error)) logger.debug({ err: error, job: id }, 'a job could not be looked at')
        })
      }
    },
  })
}
