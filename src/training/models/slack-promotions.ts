import type { Store } from '../../store/open.ts'
import { PromotionRefusedError } from '../errors.ts'
import type { Jobs } from '../jobs/jobs.ts'
import { dryRunPromotion, type Promoted, promote } from './promotion.ts'

export type PromotionWanted = { alias: string; model: string; evaluationId: string }
export type DryRun = { current: string | null; headline: string | null; warnings: readonly string[] }

export type Promotions = {
  /** What a promotion would do. Throws {@link PromotionRefusedError} where the gate, or the server, is against it. */
  weigh(wanted: PromotionWanted): Promise<DryRun>
  promote(wanted: PromotionWanted & { by: string; reason: string }): Promise<Promoted>
}

/** Promotion for those who do not sit at a terminal: through the gate, and to a model that answers; nothing overrides. */
export function createPromotions(deps: {
  store: Store
  jobs: Pick<Jobs, 'servesModel'>
  configuredAs: (alias: string) => string
  catalogVersion: string
  now: () => number
}): Promotions {
  const { store, jobs, configuredAs, catalogVersion, now } = deps
  const known = (alias: string) => ({ configured: configuredAs(alias), catalogVersion })

  async function mustServe(model: string): Promise<void> {
    if (!(await jobs.servesModel(model))) throw new PromotionRefusedError(`the model server does not know ${model}`)
  }
  return {
    async weigh(wanted) {
      const { why, warnings, headline, current } = await dryRunPromotion(
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
