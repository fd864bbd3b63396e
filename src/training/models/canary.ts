import type { Catalog } from '../../catalog/catalog.ts'
import { type CanaryRow, findRunningCanary } from '../../diagnosis/model/model-records.ts'
import { newId } from '../../lib/ids.ts'
import type { Store } from '../../store/open.ts'
import { CanaryRefusedError } from '../errors.ts'
import { findAlias } from './alias-records.ts'
import { type CanaryFigures, describeCanaryFigures, fallBackReason, readCanaryFigures } from './canary-guard.ts'
import { endCanary, insertCanary, listRunningCanaries, type NewHistoryEntry } from './model-history.ts'

/** Half of the threads at most: the other arm is what it is compared with. */
export const MAX_SHARE = 50

export type CanaryRequest = {
  alias: string
  model: string
  /** Of a hundred threads. */
  share: number
  /** Ends by itself after this time. */
  durationMs?: number
  by: string
  reason?: string
  /** The model that the settings name, which is live until one is promoted. */
  configured: string
}

/** Lets a model answer in a share of the threads, beside the live one. Throws {@link CanaryRefusedError}. */
export async function startCanary(
  store: Store,
  request: CanaryRequest,
  now: () => number = Date.now,
): Promise<CanaryRow> {
  const { alias, model, share, durationMs, by, reason } = request
  if (alias !== 'assistant')
    throw new CanaryRefusedError('only the assistant is tried on a share; what the classifier says is not judged')
  if (!Number.isInteger(share) || share < 1 || share > MAX_SHARE)
    throw new CanaryRefusedError(`a share is a whole number from 1 to ${MAX_SHARE}`)
  const live = (await findAlias(store, alias))?.model ?? request.configured
  if (live === model) throw new CanaryRefusedError(`${model} is live already`)
  const started_at = now()
  const ends_at = durationMs === undefined ? null : started_at + durationMs
  const canary = {
    ...{ id: newId('can', new Date(started_at)), alias, model, live_model: live, share },
    ...{ started_by: by, started_at, ends_at },
  }
  const words = reason?.trim() || `tried on ${share} % of the threads`
  if (!(await insertCanary(store, canary, historyEntryOf(canary, 'canary_started', by, words, started_at))))
    throw new CanaryRefusedError('another model is being tried; end that first (“models canary --stop”)')
  return { ...canary, running_alias: alias, outcome: null, ended_at: null, figures: null }
}

/** Ends a trial by hand. Throws {@link CanaryRefusedError} when none runs. */
export async function stopCanary(
  store: Store,
  catalog: Catalog,
  { alias, by, reason, id }: { alias: string; by: string; reason?: string; id?: string },
  now: () => number = Date.now,
): Promise<CanaryRow> {
  const canary = await findRunningCanary(store, alias)
  if (!canary || (id !== undefined && canary.id !== id)) throw new CanaryRefusedError('no model is being tried')
  const figures = await readCanaryFigures(store, canary.id, catalog)
  const words = [reason?.trim(), describeCanaryFigures(figures)].filter(Boolean).join('; ')
  if (!(await finish(store, canary, 'stopped', { by, words, standing: figures }, now())))
    throw new CanaryRefusedError('it ended just now')
  return canary
}

/**
 * Looks at what is being tried: what did worse than the live model is taken away, what has had its time ends. Any
 * instance may look; a trial ends once.
 */
export async function checkCanaries(store: Store, catalog: Catalog, now: number): Promise<void> {
  const by = 'the assistant itself'
  for (const canary of await listRunningCanaries(store)) {
    const figures = await readCanaryFigures(store, canary.id, catalog)
    const why = await fallBackReason(store, canary.id, figures, now)
    const words = why ?? `its time is up; ${describeCanaryFigures(figures)}`
    if (why !== null) await finish(store, canary, 'fell_back', { by, words, standing: figures }, now)
    else if (canary.ends_at !== null && canary.ends_at <= now)
      await finish(store, canary, 'time_up', { by, words, standing: figures }, now)
  }
}

function finish(
  store: Store,
  canary: CanaryRow,
  outcome: 'stopped' | 'fell_back' | 'time_up',
  { by, words, standing: { arms, forbidden } }: { by: string; words: string; standing: CanaryFigures },
  now: number,
): Promise<boolean> {
  const kind = outcome === 'fell_back' ? 'canary_fell_back' : 'canary_ended'
  const closing = { outcome, figures: JSON.stringify({ ...arms, forbidden }), ended_at: now }
  return endCanary(store, canary.id, closing, historyEntryOf(canary, kind, by, words, now))
}

function historyEntryOf(
  { alias, model, live_model }: Pick<CanaryRow, 'alias' | 'model' | 'live_model'>,
  kind: NewHistoryEntry['kind'],
  by: string,
  reason: string,
  at: number,
): NewHistoryEntry {
  const who = { changed_by: by, changed_at: at, evaluation_id: null, is_override: 0 } as const
  return { alias, kind, model, previous_model: live_model, reason, ...who }
}
