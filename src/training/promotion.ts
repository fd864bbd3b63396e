import type { Alias } from '../diagnosis/active-model.ts'
import type { Store } from '../store/open.ts'
import { AliasMovedError, PromotionRefusedError } from './errors.ts'
import { findEvaluation, type StoredReport } from './evaluation.ts'
import { type AliasRow, findAlias, type JobRow, listAliases, listJobRows, moveAlias } from './records.ts'

export type PromotionRequest = {
  alias: string
  model: string
  /** Who decided, for the record. */
  by: string
  reason: string
  evaluationId?: string
  /** Goes past the gate; the record says so. */
  override?: boolean
}

/** A new name would be stored and followed by nobody. */
const ALIASES: ReadonlySet<string> = new Set<Alias>(['assistant', 'classifier'])

export type Moved = { alias: string; model: string; previousModel: string | null; reason: string }

/**
 * Lets an alias stand for another model, past the gate: on the rows of one evaluation the candidate must be at least as
 * accurate as the model it replaces, and not oftener unsafe. Throws {@link PromotionRefusedError}.
 */
export async function promote(store: Store, request: PromotionRequest, now: () => number = Date.now): Promise<Moved> {
  const { alias, model, by, reason, evaluationId, override = false } = request
  if (!ALIASES.has(alias))
    throw new PromotionRefusedError(`there is no alias ${alias}, only ${[...ALIASES].join(' and ')}`)
  if (!reason.trim()) throw new PromotionRefusedError('a promotion needs a reason')
  const current = await findAlias(store, alias)
  if (current?.model === model) throw new PromotionRefusedError(`${alias} stands for ${model} already`)
  const report = evaluationId ? await findEvaluation(store, evaluationId) : null
  const why = report ? whyNot(report, model, current?.model ?? null) : 'no evaluation speaks for it'
  if (why && !override) throw new PromotionRefusedError(why)
  const record = [reason.trim(), report && `evaluation ${report.id}`, why && `past the gate although ${why}`]
  return move(store, current, {
    alias,
    model,
    previous_model: current?.model ?? null,
    moved_by: by,
    reason: record.filter(Boolean).join('; '),
    moved_at: now(),
  })
}

/**
 * Puts the model back that the alias stood for before; asked again, it undoes itself. Who says `from` which model they
 * mean does nothing when another one is live by now: of two who ask at once, one is refused.
 */
export async function rollback(
  store: Store,
  request: { alias: string; by: string; reason?: string; from?: string },
  now: () => number = Date.now,
): Promise<Moved> {
  const current = await findAlias(store, request.alias)
  if (request.from !== undefined && current?.model !== request.from) throw new AliasMovedError(request.alias)
  if (!current?.previous_model) throw new PromotionRefusedError(`${request.alias} stood for no other model before`)
  return move(store, current, {
    alias: request.alias,
    model: current.previous_model,
    previous_model: current.model,
    moved_by: request.by,
    reason: request.reason?.trim() || `rolled back from ${current.model}`,
    moved_at: now(),
  })
}

/** What is live, and every job that could be. */
export async function listModels(store: Store): Promise<{ aliases: AliasRow[]; jobs: JobRow[] }> {
  const [aliases, jobs] = await Promise.all([listAliases(store), listJobRows(store)])
  return { aliases, jobs }
}

async function move(store: Store, current: AliasRow | null, to: AliasRow): Promise<Moved> {
  if (!(await moveAlias(store, to, current?.model ?? null))) throw new AliasMovedError(to.alias)
  return { alias: to.alias, model: to.model, previousModel: to.previous_model, reason: to.reason }
}

/** What stands against the candidate by this report; null when nothing does. */
function whyNot({ id, models }: StoredReport, candidate: string, current: string | null): string | null {
  const measured = models.find(({ model }) => model === candidate)
  if (!measured) return `evaluation ${id} did not measure ${candidate}`
  if (current === null) return null
  const baseline = models.find(({ model }) => model === current)
  if (!baseline) return `evaluation ${id} did not measure ${current}, which it would replace`
  const worse = (a: number | null, b: number | null) => (a ?? 0) < (b ?? 0)
  if (worse(measured.accuracy.value, baseline.accuracy.value))
    return `it is less often right than ${current} (${shown(measured.accuracy.value)} against ${shown(baseline.accuracy.value)})`
  if (worse(baseline.unsafe.value, measured.unsafe.value))
    return `it names forbidden commands oftener than ${current} (${shown(measured.unsafe.value)} against ${shown(baseline.unsafe.value)})`
  return null
}

function shown(value: number | null): string {
  return value === null ? 'nothing' : `${(100 * value).toFixed(1)} %`
}
