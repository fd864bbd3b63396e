import type { Store } from '../../store/open.ts'
import { PromotionRefusedError } from '../errors.ts'
import type { Jobs } from '../jobs/jobs.ts'
import { dryRunPromotion, type Promoted, promote } from './promotion.ts'

export type PromotionCandidate = { alias: string; model: string; evaluationId: string }
export type DryRun = { current: string | null; headline: string | null; warnings: readonly string[] }

export type Promotions = {
  /** What a promotion would do. Throws {@link PromotionRefusedError} where the gate, or the server, is against it. */
  dryRun(candidate: PromotionCandidate): Promise<DryRun>
  promote(candidate: PromotionCandidate & { by: string; reason: string }): Promise<Promoted>
}

/** Promotion for those who do not sit at a terminal: through the gate, and to a model that answers; nothing overrides. */
export function createPromotions(deps: {
  store: Store
  jobs: Pick<Jobs, 'servesModel'>
  configuredModel: (alias: string) => string
  catalogVersion: string
  now: () => number
}): Promotions {
  const { store, jobs, configuredModel, catalogVersion, now } = deps
  const context = (alias: string) => ({ configured: configuredModel(alias), catalogVersion })

  async function requireServed(model: string): Promise<void> {
    if (!(await jobs.servesModel(model))) throw new PromotionRefusedError(`the model server does not know ${model}`)
  }
  return {
    async dryRun(candidate) {
      const { objection, warnings, headline, current } = await dryRunPromotion(
        store,
        { ...candidate, ...context(candidate.alias) },
        now,
      )
      if (objection) throw new PromotionRefusedError(objection)
      await requireServed(candidate.model)
      return { current, headline, warnings }
    },
    async promote(candidate) {
      await requireServed(candidate.model)
      return promote(store, { ...candidate, ...context(candidate.alias) }, now)
    },
  }
}
