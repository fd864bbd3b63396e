import { z } from 'zod'
import type { Completions } from '../../diagnosis/model/chat-completion.ts'
import { ModelFaultError } from '../../diagnosis/model/errors.ts'
import { TrainerError } from '../errors.ts'
import { listItems } from './job-schema.ts'
import { READ_TIMEOUT_MS } from './openai-trainer.ts'
import type { PollingIntervals } from './polling.ts'
import { type TrainerClient, withErrors, withRetry } from './trainer-client.ts'

export type ServedModel = { id: string; shutdownDate: string | null | undefined }

export type ServedModels = {
  /** Whether the server would still answer as this model. */
  serves(model: string, signal?: AbortSignal): Promise<boolean>
  /** Every model the server lists; empty where it lists none. */
  list(signal?: AbortSignal): Promise<ServedModel[]>
}

/** Enough for a model to show that it is there. */
const PROBE_MAX_TOKENS = 16
const ListedModel = z.object({ id: z.string().min(1), shutdown_date: z.string().nullish().catch(undefined) })
const NOT_FOUND_CODES: ReadonlySet<string> = new Set(['unknown_job', 'unknown_model', 'no_training'])

/** What a server answers as, by its list or by asking. */
export function createServedModels(deps: {
  client: TrainerClient
  polling: PollingIntervals
  /** To ask a model itself whether it is there, at servers that list none. */
  completions: Completions | undefined
}): ServedModels {
  const { client, polling } = deps
  const readOptions = { timeout: READ_TIMEOUT_MS }
  const readWithRetry = <T>(ask: () => Promise<T>, what: string, signal?: AbortSignal) =>
    withRetry(() => withErrors(ask, 'reading', what), { polling, busyRetries: 4, unreachableRetries: 2, signal })

  async function list(signal?: AbortSignal): Promise<ServedModel[]> {
    const get = () => client.get('/models', { signal, ...readOptions })
    const answer = await readWithRetry(get, 'models', signal).catch((error: unknown) => {
      if (error instanceof TrainerError && error.code === 'unknown_job') return null
      throw error
    })
    return (listItems(answer) ?? []).flatMap((item) => {
      const read = ListedModel.safeParse(item)
      return read.success ? { id: read.data.id, shutdownDate: read.data.shutdown_date } : []
    })
  }

  async function probeModel(model: string, signal = new AbortController().signal): Promise<boolean> {
    if (!deps.completions) return false
    try {
      await deps.completions(
        { model, messages: [{ role: 'user', content: 'Hello' }], mostTokens: PROBE_MAX_TOKENS },
        signal,
      )
      return true
    } catch (error) {
      if (error instanceof ModelFaultError && error.code === 'model_missing') return false
      throw error
    }
  }

  return {
    list,
    async serves(model, signal) {
      try {
        await readWithRetry(() => client.models.retrieve(model, { signal, ...readOptions }), model, signal)
        return true
      } catch (error) {
        const isUnknown = error instanceof TrainerError && NOT_FOUND_CODES.has(error.code)
        if (!isUnknown) throw error
        // Not every server tells of one model, though it lists them all; some do neither, and answer all the same.
        const served = await list(signal)
        return served.length > 0 ? served.some(({ id }) => id === model) : probeModel(model, signal)
      }
    },
  }
}
