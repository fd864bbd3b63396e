import type { Store } from '../../store/open.ts'
import { PromotionRefusedError } from '../errors.ts'
import type { Jobs } from '../jobs/jobs.ts'
import { type Moved, promote, weighPromotion } from './promotion.ts'

export type Wanted = { alias: string; model: string; evaluationId: string }
export type Weighed = { current: string | null; headline: string | null; warnings: readonly string[] }

export type Promotions = {
  /** What a promotion would do. Throws {@link PromotionRefusedError} where the gate, or the server, is against it. */
  weigh(wanted: Wanted): Promise<Weighed>
  promote(wanted: Wanted & { by: string; reason: string }): Promise<Moved>
}

/** Promotion for those who do not sit at a terminal: through the gate, and to a model that answers; nothing overrides. */
export function createPromotions(parts: {
  store: Store
  jobs: Pick<Jobs, 'servesModel'>
  configuredAs: (alias: string) => string
  catalogVersion: string
  now: () => number
}): Promotions {
  const { store, jobs, configuredAs, catalogVersion, now } = parts
  const known = (alias: string) => ({ configured: configuredAs(alias), catalogVersion })

  async function mustServe(model: string): Promise<void> {
    if (!(await jobs.servesModel(model))) throw new PromotionRefusedError(`the model server does not know ${model}`)
  }
  return {
    async weigh(wanted) {
      const { why, warnings, headline, current } = await weighPromotion(
        store,
        { ...wanted, ...known(wanted.alias) },
        now,
      )
      if (why) throw new PromotionRefusedError(why)
      await mustServe(wanted.model)
      return { current, headline, warnings }
    },
    async promote(wanted) {
      await mustServe(wanted.model)
      return promote(store, { ...wanted, ...known(wanted.alias) }, now)
    },
  }
}
