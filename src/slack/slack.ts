import type { Catalog } from '../catalog/catalog.ts'
import type { Commands } from '../commands/dispatch.ts'
import { ANSWER_CACHE_MS, createAnswerCache } from '../diagnosis/answer-cache.ts'
import type { Classify } from '../diagnosis/classification.ts'
import type { Diagnose } from '../diagnosis/diagnose.ts'
import { createSymptomSearch } from '../diagnosis/symptoms.ts'
import { createInFlight } from '../lib/background.ts'
import type { Logger } from '../lib/logger.ts'
import { openExpiring } from '../store/expiring.ts'
import type { Store } from '../store/open.ts'
import { createAnswering } from './answering.ts'
import { createClients } from './clients.ts'
import { createConnection, type SlackConfig } from './connect.ts'
import { createIntake } from './intake.ts'
import { createLiveMessages } from './live-message.ts'
import { createRecovery } from './recovery.ts'
import { register } from './register.ts'
import { createRoles, type RoleSettings } from './roles.ts'
import { createStatuses } from './status.ts'
import { createThreadMemory, THREAD_MEMORY_MS } from './threads.ts'

export type SlackParts = {
  catalog: Catalog
  store: Store
  diagnose: Diagnose
  classify: Classify
  /** The model that answers now. */
  activeModel: () => Promise<string>
  commands: Commands
  roles: RoleSettings
  /** This running instance, in leases and claims. */
  instance: string
  logger: Logger
  now: () => number
}

export type Slack = AsyncDisposable & {
  /** Resolves when Slack has accepted us. Waits and tries again while Slack cannot be reached. */
  start(signal: AbortSignal): Promise<void>
  /** Shows an answer anew after something about it changed. */
  refresh(answerId: string): Promise<void>
}

/** All that knows Slack, put together. Disposing stops the intake first, then waits for what is under way. */
export function createSlack(config: SlackConfig, parts: SlackParts): Slack {
  const { store, logger, now, instance } = parts
  const clients = createClients(config.botToken, config.apiUrl, logger)
  const inFlight = createInFlight(logger)
  const intake = createIntake({ store, instance, now, botUserId: () => connection.identity().botUserId })
  const connection = createConnection(config, clients, intake, logger)
  const memory = createThreadMemory(openExpiring(store, { namespace: 'thread', ttlMs: THREAD_MEMORY_MS }))
  const roles = createRoles(parts.roles, clients, () => connection.identity().team, logger, now)
  const cache = createAnswerCache({
    ...parts,
    kept: openExpiring(store, { namespace: 'answer', ttlMs: ANSWER_CACHE_MS }),
  })
  const answering = createAnswering({
    ...parts,
    diagnose: cache.wrap(parts.diagnose),
    symptoms: createSymptomSearch(parts.catalog),
    live: createLiveMessages(clients, logger),
    statuses: createStatuses(clients, logger),
    clients,
    memory,
    inFlight,
  })
  const recovery = createRecovery({ ...parts, answering, clients, inFlight })
  register(connection.app, {
    ...parts,
    clients,
    answering,
    roles,
    inFlight,
    cache,
    identity: connection.identity,
    home: () => connection.identity().team,
  })
  return {
    async start(signal) {
      await connection.start(signal)
      recovery.start()
    },
    refresh: answering.refresh,
    async [Symbol.asyncDispose]() {
      await connection.stop()
      await recovery[Symbol.asyncDispose]()
      await inFlight.drain()
    },
  }
}
