import { createPoller, type Poller } from '../../lib/background.ts'
import type { Logger } from '../../lib/logger.ts'
import { claimOnce } from '../../store/lease.ts'
import type { Store } from '../../store/open.ts'
import { enqueueModelNews } from '../admin-notices.ts'
import type { Jobs } from '../jobs/jobs.ts'
import { type Retirement, retiringWithin } from '../jobs/retirement.ts'

/** A model that answers, or would when another one does not. */
export type ModelInUse = { model: string; roles: readonly string[] }
export type RetiringModel = Retirement & { daysLeft: number; roles: readonly string[] }

const DAY_MS = 24 * 60 * 60 * 1_000

/** Often enough that a new model is looked at the day it goes live. */
const POLL_EVERY_MS = 60 * 60 * 1_000

/** How many days ahead the administrators are told, once each. */
const NOTICE_DAYS: readonly number[] = [60, 30, 7]
const WARNING_DAYS = Math.max(...NOTICE_DAYS)

/** A telling is remembered until long after the model is gone. */
const NOTICE_TTL_MS = 365 * DAY_MS

export type RetirementWatcher = Poller & {
  /** What the last look found, the first to go first. */
  current(): readonly RetiringModel[]
}

/**
 * Looks after the models in use: whoever retires within 60 days stands in the log once a day, and the administrators
 * are told 60, 30 and 7 days ahead, once over all instances.
 */
export function createRetirementWatcher(deps: {
  store: Store
  jobs: Pick<Jobs, 'retiring'>
  inUse: () => Promise<readonly ModelInUse[]>
  logger: Logger
  now: () => number
}): RetirementWatcher {
  const { store, jobs, inUse, logger, now } = deps
  let found: readonly RetiringModel[] = []
  let loggedOn = ''

  async function notify({ model, roles: plays, retiresOn, daysLeft, source }: RetiringModel): Promise<void> {
    const ahead = NOTICE_DAYS.toReversed().find((days) => daysLeft <= days)
    const key = `retiring:${model}:${retiresOn}:${ahead}`
    await store.transaction().execute(async (transaction) => {
      if (!(await claimOnce(transaction, key, now() + NOTICE_TTL_MS))) return
      const news = { kind: 'retiring', model, roles: plays, retiresOn, daysLeft, source } as const
      await enqueueModelNews(transaction, key, news, now())
    })
  }

  const poller = createPoller({
    name: 'retiring models',
    everyMs: POLL_EVERY_MS,
    logger,
    async run(signal) {
      const used = await inUse()
      const known = await jobs.retiring(
        used.map(({ model }) => model),
        signal,
      )
      const rolesOf = (model: string) => used.find((one) => one.model === model)?.roles ?? []
      const today = new Date(now())
      found = retiringWithin(WARNING_DAYS, known, today).map((one) => ({ ...one, roles: rolesOf(one.model) }))
      for (const one of found) await notify(one)
      const day = today.toISOString().slice(0, 10)
      if (day === loggedOn) return
      loggedOn = day
      for (const { model, roles: plays, retiresOn, daysLeft } of found)
        logger.warn({ model, roles: plays, retiresOn, daysLeft }, 'a model in use retires soon')
    },
  })
  return { ...poller, current: () => found }
}
