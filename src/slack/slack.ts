import type { Catalog } from '../catalog/catalog.ts'
import type { Command } from '../commands/command.ts'
import type { Commands } from '../commands/dispatch.ts'
import type { Errands } from '../commands/errands.ts'
import type { Outcomes } from '../commands/outcomes.ts'
import type { WorkOrders } from '../commands/work-orders.ts'
import type { Alias } from '../diagnosis/active-model.ts'
import { ANSWER_CACHE_MS, createAnswerCache } from '../diagnosis/answer-cache.ts'
import type { Classify } from '../diagnosis/classification.ts'
import type { Diagnose } from '../diagnosis/diagnose.ts'
import type { Serving } from '../diagnosis/strategies.ts'
import { createSymptomSearch } from '../diagnosis/symptoms.ts'
import type { Drafting } from '../feedback/drafting.ts'
import { openDrafts } from '../feedback/drafts.ts'
import type { ExtraReactions } from '../feedback/votes.ts'
import { createInFlight } from '../lib/background.ts'
import type { Logger } from '../lib/logger.ts'
import { openExpiring } from '../store/expiring.ts'
import { isAnswering } from '../store/health.ts'
import type { Store } from '../store/open.ts'
import { type AlertTarget, tellAlerts } from './alerts.ts'
import { createAnswering } from './answering.ts'
import { APPROVAL_ASKED_MS, createApprovals } from './approvals.ts'
import { type Composing, createComposing } from './composing.ts'
import { createConnection, type SlackConfig } from './connect.ts'
import { createDelivery } from './delivery.ts'
import { createHomes } from './home/homes.ts'
import { createPermalinks, PERMALINK_MS } from './home/permalinks.ts'
import { createVoteTrend } from './home/vote-trend.ts'
import { createIntake, LEASE_MS } from './intake.ts'
import type { EndTrial, Promotions, RollBack } from './listeners/models.ts'
import { createLiveMessages } from './live-message.ts'
import { createLiveNews } from './live-news.ts'
import { type ReportFile, tellAdministrators } from './model-news.ts'
import type { RetiringShown } from './models-shown.ts'
import { oauthAccess } from './oauth-access.ts'
import { PATIENCE, type Patience } from './patience.ts'
import { createPeople, type People } from './people.ts'
import { natureOf } from './platform-errors.ts'
import { createPrompts } from './prompts.ts'
import { createRecovery } from './recovery.ts'
import { register } from './register.ts'
import { tellReviewers } from './review-channel.ts'
import { createRoles, type RoleSettings } from './roles.ts'
import { createRunning } from './running.ts'
import { createScreens } from './screen.ts'
import { createSessions } from './sessions.ts'
import { createStatuses } from './status.ts'
import { createThreadMemory, THREAD_MEMORY_MS } from './threads.ts'
import { createTyped } from './typed.ts'
import { createUnfinishedNotes, UNFINISHED_MS } from './unfinished.ts'
import { tellVerdicts } from './verdicts.ts'
import type { Health } from './views/home-admin.ts'
import { tellAssignees } from './work-order-news.ts'
import { createClientsOf, tokenAccess } from './workspaces.ts'

export type SlackParts = {
  catalog: Catalog
  store: Store
  diagnose: Diagnose
  classify: Classify
  /** The model that answers now, or in a thread, and how it is asked. */
  serving: (thread?: string | null) => Promise<Serving>
  /** Drafts a correction for its author. */
  draftFor: Drafting
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
  errands: Errands
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
  patience?: Partial<Patience>
  logger: Logger
  now: () => number
}

export type Slack = AsyncDisposable & {
  /** Resolves when Slack has accepted us. Waits and tries again while Slack cannot be reached. */
  start(signal: AbortSignal): Promise<void>
  /** A command moved on: tells those it concerns, but for its answer, which an errand shows. */
  follow(command: Command): void
  /** Two accounts of one person. Rejects when Slack cannot tell. */
  isSamePerson: People['isSame']
  /** The port we listen on; null while or where there is none. */
  port(): number | null
}

/** All that knows Slack, put together. Disposing stops the intake first, then waits for what is under way. */
export function createSlack(config: SlackConfig, parts: SlackParts): Slack {
  const { store, errands, logger, now, instance, leaseMs = LEASE_MS } = parts
  const patience = { ...PATIENCE, ...parts.patience }
  const { apiUrl } = config
  const access =
    config.access.kind === 'token'
      ? tokenAccess(config.access.botToken, apiUrl, logger)
      : oauthAccess(config.access, { store, apiUrl, logger, now })
  const clientsOf = createClientsOf(access)
  const inFlight = createInFlight(logger)
  const claim = createIntake({ store, instance, leaseMs, now })
  const connection = createConnection(config, { access, claim, isStoreThere: () => isAnswering(store), logger })
  const memory = createThreadMemory(openExpiring(store, { namespace: 'thread', ttlMs: THREAD_MEMORY_MS }))
  const roles = createRoles(parts.roles, access, logger, now)
  const cache = createAnswerCache({
    ...parts,
    kept: openExpiring(store, { namespace: 'answer', ttlMs: ANSWER_CACHE_MS }),
  })
  const unfinished = createUnfinishedNotes(openExpiring(store, { namespace: 'unfinished', ttlMs: UNFINISHED_MS }))
  const delivery = createDelivery({ clientsOf, inFlight, logger })
  const composing = createComposing({ ...parts, delivery })
  const people = createPeople({ clientsOf, logger, now })
  const running = createRunning({ ...parts, leaseMs, stopMs: patience.stopMs })
  const live = createLiveMessages({ clientsOf, unfinished, patience, logger })
  const screens = createScreens({
    patience,
    statuses: createStatuses(clientsOf, logger),
    sessions: createSessions(clientsOf, logger),
    live,
  })
  const diagnose = cache.wrap(parts.diagnose)
  const answering = createAnswering({
    ...parts,
    diagnose,
    symptoms: createSymptomSearch(parts.catalog),
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
  const recovery = createRecovery({ ...parts, answering, running, leaseMs, inFlight })
  const { operators, reviewers, admins } = parts.roles
  const homes = createHomes({
    ...parts,
    clientsOf,
    roles,
    inFlight,
    voteTrend: createVoteTrend(store, now),
    permalinks: createPermalinks({
      clientsOf,
      kept: openExpiring(store, { namespace: 'permalink', ttlMs: PERMALINK_MS }),
      logger,
    }),
    health: (team) => ({
      gateway: parts.gatewayState(),
      streams: live.mayStream(team),
      database: parts.database,
      roles: { operators: operators.length > 0, reviewers: reviewers.length > 0, admins: admins.length > 0 },
    }),
  })
  const approvals = createApprovals({
    ...parts,
    clientsOf,
    roles,
    inFlight,
    kept: openExpiring(store, { namespace: 'approval', ttlMs: APPROVAL_ASKED_MS }),
  })
  const liveNews = createLiveNews({ ...parts, clientsOf })
  const homeTeam = async () => (await access.find({ team: '', organisation: null }))?.team ?? ''
  showAnswers({ errands, composing, logger })
  tellVerdicts({ ...parts, clientsOf })
  tellReviewers({ ...parts, target: parts.reviews, homeTeam, clientsOf })
  tellAssignees({ ...parts, clientsOf })
  tellAdministrators({ ...parts, clientsOf, roles, teams: access.teams })
  if (parts.alerts)
    tellAlerts({
      ...parts,
      target: parts.alerts,
      homeTeam,
      composing,
      diagnose,
      clientsOf,
    })
  register(connection.app, {
    ...parts,
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
    typed: createTyped({ drafts: openDrafts(store), logger }),
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
function showAnswers(parts: { errands: Errands; composing: Composing; logger: Logger }): void {
  const { errands, composing, logger } = parts
  for (const topic of ['show', 'lapse', 'votes'] as const) {
    errands.on(topic, async ({ subject }) => {
      await composing.refresh(subject).catch((error: unknown) => {
        if (natureOf(error) !== 'refused') throw error
        logger.warn({ err: error, answer: subject }, 'an answer can no longer be shown anew')
      })
    })
  }
}
