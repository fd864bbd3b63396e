import type { Alias } from '../../diagnosis/model/active-model.ts'
import { type CanaryRow, listModelHistory, type ModelHistoryRow } from '../../diagnosis/model/model-records.ts'
import { readArms } from '../../feedback/votes/canary-votes.ts'
import type { Store } from '../../store/open.ts'
import { benchmarkOf } from '../datasets/training-history.ts'
import { AliasChangedError, PromotionRefusedError, RollbackRefusedError } from '../errors.ts'
import { findEvaluation, listReports } from '../evaluation/report.ts'
import { type AliasRow, findAlias } from './alias-records.ts'
import { evaluateGate, type GateResult } from './gate.ts'
import { type NewHistoryEntry, recordPromotion } from './model-history.ts'

export type PromotionRequest = {
  alias: string
  model: string
  /** Who decided, for the record. */
  by: string
  reason: string
  evaluationId?: string
  /** Goes past the gate; the record says so. */
  override?: boolean
  /** The model that the settings name, which answers until one is promoted. */
  configured?: string
  /** Today's facts: a model that was measured with others is promoted with a warning. */
  catalogVersion?: string
}

/** A new name would be stored and followed by nobody. */
const ALIASES: ReadonlySet<string> = new Set<Alias>(['assistant', 'classifier'])

export type Promoted = {
  /** Of the move, in the history. */
  id: string
  alias: string
  model: string
  previousModel: string | null
  reason: string
  warnings: readonly string[]
  headline: string | null
}

const NO_EVALUATION: GateResult = { objection: 'no evaluation speaks for it', warnings: [], headline: null }

type DryRunRequest = Pick<PromotionRequest, 'alias' | 'model' | 'evaluationId' | 'configured' | 'catalogVersion'>

/** What a promotion would replace, and what the gate says of it. Throws {@link PromotionRefusedError}. */
export async function dryRunPromotion(
  store: Store,
  { alias, model, evaluationId, configured, catalogVersion }: DryRunRequest,
  now: () => number,
): Promise<GateResult & { row: AliasRow | null; current: string | null; evaluation: string | null }> {
  requireAlias(alias, PromotionRefusedError)
  const row = await findAlias(store, alias)
  const current = row?.model ?? (configured || null)
  if (current === model) throw new PromotionRefusedError(`${alias} stands for ${model} already`)
  const report = evaluationId ? await findEvaluation(store, evaluationId) : null
  const gate = report
    ? evaluateGate(report, {
        candidate: model,
        current,
        catalogVersion: catalogVersion ?? null,
        // Of a model from elsewhere nothing is known: what the live one was to be measured on is then as good for it.
        benchmark: (await benchmarkOf(store, model)) ?? (current === null ? null : await benchmarkOf(store, current)),
        otherReports: await listReports(store),
        now: now(),
      })
    : NO_EVALUATION
  return { ...gate, row, current, evaluation: report?.id ?? null }
}

/** Lets an alias stand for another model, past the gate. Throws {@link PromotionRefusedError}. */
export async function promote(
  store: Store,
  request: PromotionRequest,
  now: () => number = Date.now,
): Promise<Promoted> {
  const { alias, model, by, reason, override = false } = request
  if (!reason.trim()) throw new PromotionRefusedError('a promotion needs a reason')
  const { row, current, evaluation, objection, warnings, headline } = await dryRunPromotion(store, request, now)
  if (objection && !override) throw new PromotionRefusedError(objection)
  const reasons = [
    reason.trim(),
    evaluation && `evaluation ${evaluation}${headline ? `: ${headline}` : ''}`,
    objection && `past the gate although ${objection}`,
    ...warnings,
  ]
  return applyPromotion(
    store,
    row,
    {
      alias,
      kind: 'promoted',
      model,
      previous_model: current,
      changed_by: by,
      changed_at: now(),
      evaluation_id: evaluation,
      is_override: objection ? 1 : 0,
      reason: reasons.filter(Boolean).join('; '),
    },
    { warnings, headline, told: [reason.trim(), objection && 'past the gate'].filter(Boolean).join(', ') },
  )
}

export type RollbackRequest = {
  alias: string
  by: string
  reason?: string
  /** The model that they mean to take away: when another one is live by now, nothing is done. */
  from?: string
  /** An earlier one than the one before. */
  to?: string
}

/**
 * Puts the model back that the alias stood for before, or an earlier one; asked again without `to`, it undoes itself.
 * Of two who ask at once for the same, one is refused.
 */
export async function rollback(
  store: Store,
  request: RollbackRequest,
  now: () => number = Date.now,
): Promise<Promoted> {
  const { alias, by, from, to } = request
  requireAlias(alias, RollbackRefusedError)
  const row = await findAlias(store, alias)
  if (from !== undefined && row?.model !== from) throw new AliasChangedError(alias)
  if (!row?.previous_model) throw new RollbackRefusedError(`${alias} stood for no other model before`)
  const model = to ?? row.previous_model
  if (model === row.model) throw new RollbackRefusedError(`${alias} stands for ${model} already`)
  if (to !== undefined && !(await listFormerModels(store, alias)).includes(to))
    throw new RollbackRefusedError(`${alias} never stood for ${to}; “models history” shows what it stood for`)
  return applyPromotion(store, row, {
    alias,
    kind: 'rolled_back',
    model,
    previous_model: row.model,
    changed_by: by,
    changed_at: now(),
    evaluation_id: null,
    is_override: 0,
    reason: request.reason?.trim() || `rolled back from ${row.model}`,
  })
}

/** What an alias stood for before now, the latest first, each once. */
export async function listFormerModels(store: Store, alias: string): Promise<string[]> {
  const entries = (await listModelHistory(store, { alias })).filter(changesAlias)
  const [now] = entries
  const models = entries.flatMap(({ model, previous_model }) => [model, ...(previous_model ? [previous_model] : [])])
  return [...new Set(models)].filter((model) => model !== now?.model)
}

function changesAlias({ kind }: ModelHistoryRow): boolean {
  return kind === 'promoted' || kind === 'rolled_back'
}

function requireAlias(alias: string, Refused: typeof PromotionRefusedError | typeof RollbackRefusedError): void {
  if (!ALIASES.has(alias)) throw new Refused(`there is no alias ${alias}, only ${[...ALIASES].join(' and ')}`)
}

async function applyPromotion(
  store: Store,
  current: AliasRow | null,
  entry: NewHistoryEntry,
  { told = entry.reason, ...said }: Partial<Pick<Promoted, 'warnings' | 'headline'>> & { told?: string } = {},
): Promise<Promoted> {
  const figuresOf = async ({ id }: CanaryRow) => JSON.stringify(await readArms(store, id))
  const id = await recordPromotion(store, entry, current?.model ?? null, { told, figuresOf })
  if (id === null) throw new AliasChangedError(entry.alias)
  const { alias, model, previous_model: previousModel, reason } = entry
  return { id, alias, model, previousModel, reason, warnings: [], headline: null, ...said }
}
