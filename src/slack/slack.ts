import type { Catalog } from '../catalog/catalog.ts'
import type { Command } from '../commands/command.ts'
import type { Commands } from '../commands/commands.ts'
import type { Outcomes } from '../commands/outcomes.ts'
import type { WorkOrders } from '../commands/work-orders/work-orders.ts'
import type { Classify } from '../diagnosis/classification.ts'
import type { Diagnose } from '../diagnosis/diagnose.ts'
import type { Alias } from '../diagnosis/model/active-model.ts'
import { ANSWER_CACHE_MS, createAnswerCache } from '../diagnosis/questions/answer-cache.ts'
import type { Serving } from '../diagnosis/strategies.ts'
import { createSymptomSearch } from '../diagnosis/symptoms.ts'
import { openDrafts } from '../feedback/corrections/drafts.ts'
import type { DraftCorrection } from '../feedback/corrections/model-draft.ts'
import type { ExtraReactions } from '../feedback/votes/votes.ts'
import { createInFlight } from '../lib/background.ts'
import type { Logger } from '../lib/logger.ts'
import type { Outbox } from '../outbox/outbox.ts'
import { openKv } from '../store/expiring.ts'
import { isAnswering } from '../store/health.ts'
import type { Store } from '../store/open.ts'
import { postAlerts } from './alerts/alerts.ts'
import type { RetiringShown } from './blocks/models.ts'
import { APPROVAL_ASKED_MS, createApprovals } from './commands/approvals.ts'
import { createConnection, type SlackConfig } from './connection/connection.ts'
import { oauthAccess } from './connection/oauth.ts'
import { createFormDrafts } from './feedback/drafts.ts'
import type { Health } from './home/admin-section.ts'
import { createHomes } from './home/homes.ts'
import { createPermalinks, PERMALINK_MS } from './home/permalinks.ts'
import { createPrompts } from './home/suggested-prompts.ts'
import { createVoteTrend } from './home/vote-trend.ts'
import { notifyAdministrators, type ReportFile } from './models/admin-notices.ts'
import { createAuthorNotices } from './models/author-notices.ts'
import type { EndTrial, Promotions, RollBack } from './models/listeners.ts'
import type { AlertTarget } from './platform/message.ts'
import { retryabilityOf } from './platform/platform-errors.ts'
import { createProfiles, type Profiles } from './platform/profiles.ts'
import { createRoles, type RoleSettings } from './platform/roles.ts'
import { createClientsOf, tokenAccess } from './platform/workspaces.ts'
import { createPendingMessages, PENDING_MESSAGE_MS } from './posting/pending-message.ts'
import { createSessions } from './progress/agent-session.ts'
import { createLiveMessages } from './progress/live-messages.ts'
import { createProgress } from './progress/progress.ts'
import { TIMEOUTS, type Timeouts } from './progress/timeouts.ts'
import { createTypingStatuses } from './progress/typing-status.ts'
import { createActiveAnswers } from './questions/active-answers.ts'
import { createAnswerQuestion } from './questions/answer-question.ts'
import { type AnswerMessages, createAnswerMessages } from './questions/compose-answer.ts'
import { createDelivery } from './questions/delivery.ts'
import { createIntake, LEASE_MS } from './questions/intake.ts'
import { createRecovery } from './questions/recovery.ts'
import { createThreadMemory, THREAD_MEMORY_MS } from './questions/thread-memory.ts'
import { register } from './register.ts'
import { notifyAuthors } from './reviews/decision-notices.ts'
import { notifyReviewers } from './reviews/review-channel.ts'
import { notifyAssignees } from './work-orders/notices.ts'

export type SlackDeps = {
  catalog: Catalog
  store: Store
  diagnose: Diagnose
  classify: Classify
  /** The model that answers now, or in a thread, and how it is asked. */
  serving: (thread?: string | null) => Promise<Serving>
  /** Drafts a correction for its author. */
  draftFor: DraftCorrection
  /** The models that the settings name, for what was never moved. */
  configuredModels: Readonly<Record<Alias, string>>
  rollBack: RollBack
  endTrial: EndTrial
  promotions: Promotions
  /** What is shown of an evaluation beside its line. */
  reportFile: ReportFile
  commands: Commands
  workOrders: WorkOrders
  outcomes: Outcomes
  outbox: Outbox
  /** Emoji that vote as the thumbs do. */
  reactions: ExtraReactions
  /** Where devices' codes are told; null tells them nowhere. */
  alerts: AlertTarget | null
  /** Where corrections that wait are shown beside Home; null shows them nowhere else. */
  reviews: AlertTarget | null
  gatewayState: () => Health['gateway']
  /** The models in use that stop within 60 days. */
  retiring: () => readonly RetiringShown[]
  database: Health['database']
  /** Whether work orders go to a system of the company's own. */
  hasWebhook: boolean
  roles: RoleSettings
  /** This running instance, in leases and claims. */
  instance: string
  /** How long a question is its instance's alone, unless renewed. */
  leaseMs?: number
  patience?: Partial<Timeouts>
  logger: Logger
  now: () => number
}

export type Slack = AsyncDisposable & {
  /** Resolves when Slack has accepted us. Waits and tries again while Slack cannot be reached. */
  start(signal: AbortSignal): Promise<void>
  /** A command moved on: tells those it concerns, but for its answer, which an outbox job shows. */
  follow(command: Command): void
  /** Two accounts of one person. Rejects when Slack cannot tell. */
  isSamePerson: Profiles['isSame']
  /** The port we listen on; null while or where there is none. */
  port(): number | null
}

/** All that knows Slack, put together. Disposing stops the intake first, then waits for what is under way. */
export function createSlack(config: SlackConfig, deps: SlackDeps): Slack {
  const { store, outbox, logger, now, instance, leaseMs = LEASE_MS } = deps
  const patience = { ...TIMEOUTS, ...deps.patience }
  const { apiUrl } = config
  const access =
    config.access.kind === 'token'
      ? tokenAccess(config.access.botToken, apiUrl, logger)
      : oauthAccess(config.access, { store, apiUrl, logger, now })
  const clientsOf = createClientsOf(access)
  const inFlight = createInFlight(logger)
  const claim = createIntake({ store, instance, leaseMs, now })
  const connection = createConnection(config, { access, claim, isStoreThere: () => isAnswering(store), logger })
  const memory = createThreadMemory(openKv(store, { namespace: 'thread', ttlMs: THREAD_MEMORY_MS }))
  const roles = createRoles(deps.roles, access, logger, now)
  const cache = createAnswerCache({
    ...deps,
    kept: openKv(store, { namespace: 'answer', ttlMs: ANSWER_CACHE_MS }),
  })
  const unfinished = createPendingMessages(openKv(store, { namespace: 'unfinished', ttlMs: PENDING_MESSAGE_MS }))
  const delivery = createDelivery({ clientsOf, inFlight, logger })
  const composing = createAnswerMessages({ ...deps, delivery })
  const people = createProfiles({ clientsOf, logger, now })
  const running = createActiveAnswers({ ...deps, leaseMs, stopMs: patience.stopMs })
  const live = createLiveMessages({ clientsOf, unfinished, patience, logger })
  const screens = createProgress({
    patience,
    statuses: createTypingStatuses(clientsOf, logger),
    sessions: createSessions(clientsOf, logger),
    live,
  })
  const diagnose = cache.wrap(deps.diagnose)
  const answering = createAnswerQuestion({
    ...deps,
    diagnose,
    symptoms: createSymptomSearch(deps.catalog),
    clientsOf,
    composing,
    delivery,
    screens,
    running,
    unfinished,
    memory,
    inFlight,
    patience,
  })
  const recovery = createRecovery({ ...deps, answering, running, leaseMs, inFlight })
  const { operators, reviewers, admins } = deps.roles
  const homes = createHomes({
    ...deps,
    clientsOf,
    roles,
    inFlight,
    voteTrend: createVoteTrend(store, now),
    permalinks: createPermalinks({
      clientsOf,
      kept: openKv(store, { namespace: 'permalink', ttlMs: PERMALINK_MS }),
      logger,
    }),
    health: (team) => ({
      gateway: deps.gatewayState(),
      streams: live.mayStream(team),
      database: deps.database,
      roles: { operators: operators.length > 0, reviewers: reviewers.length > 0, admins: admins.length > 0 },
    }),
  })
  const approvals = createApprovals({
    ...deps,
    clientsOf,
    roles,
    inFlight,
    kept: openKv(store, { namespace: 'approval', ttlMs: APPROVAL_ASKED_MS }),
  })
  const liveNews = createAuthorNotices({ ...deps, clientsOf })
  const homeTeam = async () => (await access.find({ team: '', organisation: null }))?.team ?? ''
  showAnswers({ outbox, composing, logger })
  notifyAuthors({ ...deps, clientsOf })
  notifyReviewers({ ...deps, target: deps.reviews, homeTeam, clientsOf })
  notifyAssignees({ ...deps, clientsOf })
  notifyAdministrators({ ...deps, clientsOf, roles, teams: access.teams })
  if (deps.alerts)
    postAlerts({
      ...deps,
      target: deps.alerts,
      homeTeam,
      composing,
      diagnose,
      clientsOf,
    })
  register(connection.app, {
    ...deps,
    people,
    clientsOf,
    answering,
    running,
    leaseMs,
    roles,
    inFlight,
    cache,
    homes,
    prompts: createPrompts({ clientsOf, logger }),
    typed: createFormDrafts({ drafts: openDrafts(store), logger }),
    leave: access.leave,
  })
  return {
    async start(signal) {
      await connection.start(signal)
      running.start()
      recovery.start()
      liveNews.start()
    },
    follow(command) {
      homes.follow(command)
      approvals.follow(command)
    },
    isSamePerson: people.isSame,
    port: connection.port,
    async [Symbol.asyncDispose]() {
      await connection.stop()
      await liveNews[Symbol.asyncDispose]()
      await recovery[Symbol.asyncDispose]()
      await running[Symbol.asyncDispose]()
      await inFlight.drain()
    },
  }
}

/** Shows answers anew about which something changed. What Slack refuses for good, such as a deleted message, is settled. */
function showAnswers(deps: { outbox: Outbox; composing: AnswerMessages; logger: Logger }): void {
  const { outbox, composing, logger } = deps
  for (const topic of ['show', 'lapse', 'votes'] as const) {
    outbox.on(topic, async ({ key }) => {
      await composing.refresh(key).catch((error: unknown) => {
        if (retryabilityOf(error) !== 'rejected') throw error
        logger.warn({ err: error, answer: key }, 'an answer can no longer be shown anew')
      })
    })
  }
}
