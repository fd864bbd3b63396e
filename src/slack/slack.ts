import type { Catalog } from '../catalog/catalog.ts'
import type { Command } from '../commands/command.ts'
import type { Commands } from '../commands/commands.ts'
import type { Outcomes } from '../commands/outcomes.ts'
import type { WorkOrders } from '../commands/work-orders/work-orders.ts'
import type { Classify } from '../diagnosis/classification.ts'
import { openThreadMemory } from '../diagnosis/conversation/thread-memory.ts'
import type { Diagnose } from '../diagnosis/diagnose.ts'
import type { Alias } from '../diagnosis/model/active-model.ts'
import type { AnswerCache } from '../diagnosis/questions/answer-cache.ts'
import type { Serving } from '../diagnosis/strategies.ts'
import { openDrafts } from '../feedback/corrections/drafts.ts'
import type { DraftCorrection } from '../feedback/corrections/model-draft.ts'
import type { ExtraReactions } from '../feedback/votes/votes.ts'
import { createInFlight, type Poller } from '../lib/background.ts'
import type { Logger } from '../lib/logger.ts'
import type { Outbox } from '../outbox/outbox.ts'
import { openKv } from '../store/expiring.ts'
import { isAnswering } from '../store/health.ts'
import type { Store } from '../store/open.ts'
import { createAlerts } from './alerts/alerts.ts'
import type { RetiringShown } from './blocks/models.ts'
import { APPROVAL_ASKED_MS, createApprovals } from './commands/approvals.ts'
import { createCommandButtons } from './commands/command-buttons.ts'
import { tellDenials } from './commands/denials.ts'
import { createConnection, type SlackConfig } from './connection/connection.ts'
import { oauthAccess } from './connection/oauth.ts'
import { createUninstall } from './connection/uninstall.ts'
import { createExports } from './exports/exports.ts'
import { createFormDrafts } from './feedback/drafts.ts'
import { createFeedback } from './feedback/feedback.ts'
import type { Health } from './home/admin-section.ts'
import { createHome } from './home/home.ts'
import { createHomes } from './home/homes.ts'
import { createPermalinks, PERMALINK_MS } from './home/permalinks.ts'
import { createPrompts } from './home/suggested-prompts.ts'
import { createVoteTrend } from './home/vote-trend.ts'
import { createHydrocoreCommand } from './hydrocore/hydrocore.ts'
import { createLogLines } from './log-lines/log-lines.ts'
import type { ReportFile } from './models/admin-notices.ts'
import type { EndCanary, Promotions, RollBack } from './models/listeners.ts'
import { createModels } from './models/models.ts'
import type { Feature } from './platform/feature.ts'
import type { AlertTarget } from './platform/message.ts'
import { createProfiles, type Profiles } from './platform/profiles.ts'
import { createRoles, type RoleSettings } from './platform/roles.ts'
import { type Access, createClientsOf, tokenAccess } from './platform/workspaces.ts'
import { createPendingMessages, PENDING_MESSAGE_MS } from './posting/pending-message.ts'
import { createSessions } from './progress/agent-session.ts'
import { createLiveMessages, type LiveMessages } from './progress/live-messages.ts'
import { createProgress } from './progress/progress.ts'
import { TIMEOUTS, type Timeouts } from './progress/timeouts.ts'
import { createTypingStatuses } from './progress/typing-status.ts'
import { createAllowance } from './questions/allowance.ts'
import { createAnswerMessages } from './questions/compose-answer.ts'
import { createDelivery } from './questions/delivery.ts'
import { createIntake, LEASE_MS } from './questions/intake.ts'
import { createQuestions } from './questions/questions.ts'
import { createReviews } from './reviews/reviews.ts'
import { createWorkOrderForms } from './work-orders/work-orders.ts'

export type SlackDeps = {
  catalog: Catalog
  store: Store
  diagnose: Diagnose
  /** Kept answers, to be forgotten after a thumbs-down. */
  cache: Pick<AnswerCache, 'forget'>
  classify: Classify
  /** The model that answers now, in a given thread or in general, and its strategy. */
  serving: (thread?: string | null) => Promise<Serving>
  draftFor: DraftCorrection
  /** The models from the settings, for aliases that were never moved. */
  configuredModels: Readonly<Record<Alias, string>>
  rollBack: RollBack
  endTrial: EndCanary
  promotions: Promotions
  /** The report shown with an evaluation's line. */
  reportFile: ReportFile
  commands: Commands
  workOrders: WorkOrders
  outcomes: Outcomes
  outbox: Outbox
  /** Emoji that count as thumbs. */
  reactions: ExtraReactions
  /** Where device alerts are posted; null for nowhere. */
  alerts: AlertTarget | null
  /** Where waiting corrections are shown beside App Home; null for nowhere else. */
  reviews: AlertTarget | null
  gatewayState: () => Health['gateway']
  /** The models in use that will be retired within 60 days. */
  retiring: () => readonly RetiringShown[]
  database: Health['database']
  /** Whether work orders go to a system of the company's own. */
  hasWebhook: boolean
  roles: RoleSettings
  /** How many questions one person may ask in an hour. */
  questionsPerPerson: number
  /** Identifies this running instance in leases and claims. */
  instance: string
  /** How long a question belongs to one instance, unless renewed. */
  leaseMs?: number
  timeouts?: Partial<Timeouts>
  logger: Logger
  now: () => number
}

export type Slack = AsyncDisposable & {
  /** Resolves when Slack has accepted us. Retries while Slack can't be reached. */
  start(signal: AbortSignal): Promise<void>
  /** The features' background work, once started. */
  readonly background: readonly Poller[]
  /** A command changed state: tells those concerned. Its answer is updated by an outbox job. */
  follow(command: Command): void
  /** Whether two accounts belong to one person. Rejects when Slack can't answer. */
  isSamePerson: Profiles['isSame']
  /** The port we listen on; null without one. */
  port(): number | null
}

/** Assembles everything that knows Slack. Disposing stops the intake first, then waits for work in progress. */
export function createSlack(config: SlackConfig, deps: SlackDeps): Slack {
  const { catalog, store, commands, workOrders, outcomes, outbox, serving, logger, now, instance } = deps
  const { leaseMs = LEASE_MS, configuredModels, retiring, hasWebhook } = deps
  const timeouts = { ...TIMEOUTS, ...deps.timeouts }
  const access = openAccess(config, { store, logger, now })
  const clientsOf = createClientsOf(access)
  const homeTeam = async () => (await access.find({ team: '', organisation: null }))?.team ?? ''
  const inFlight = createInFlight(logger)
  const intake = createIntake({ catalog, store, devices: commands.devices, instance, leaseMs, now })
  const isStoreThere = () => isAnswering(store)
  const connection = createConnection(config, { access, claim: intake.claim, isStoreThere, logger })
  const roles = createRoles(deps.roles, access, logger, now)
  const profiles = createProfiles({ clientsOf, logger, now })
  const keptDrafts = openDrafts(store)
  const drafts = createFormDrafts({ drafts: keptDrafts, logger })
  const { diagnose, cache } = deps
  const delivery = createDelivery({ clientsOf, inFlight, logger })
  const answerMessages = createAnswerMessages({ catalog, store, commands, workOrders, outcomes, delivery, roles, now })
  const pendingMessages = createPendingMessages(openKv(store, { namespace: 'unfinished', ttlMs: PENDING_MESSAGE_MS }))
  const live = createLiveMessages({ clientsOf, pendingMessages, timeouts, logger })
  const progress = createProgress({
    timeouts,
    statuses: createTypingStatuses(clientsOf, logger),
    sessions: createSessions(clientsOf, logger),
    live,
  })
  const memory = openThreadMemory(store)
  const homes = createHomes({
    catalog,
    store,
    configuredModels,
    serving,
    retiring,
    hasWebhook,
    clientsOf,
    roles,
    inFlight,
    logger,
    now,
    voteTrend: createVoteTrend(store, now),
    permalinks: createPermalinks({
      clientsOf,
      kept: openKv(store, { namespace: 'permalink', ttlMs: PERMALINK_MS }),
      logger,
    }),
    health: healthOf(deps, live),
  })
  const kept = openKv(store, { namespace: 'approval', ttlMs: APPROVAL_ASKED_MS })
  const approvals = createApprovals({ catalog, commands, clientsOf, roles, outbox, kept, inFlight, logger })
  tellDenials({ store, commands, outbox, clientsOf, now })

  const models = { catalog, store, configuredModels, serving, retiring, roles, homes, logger, ...movesOf(deps) }
  const features: readonly Feature[] = [
    createQuestions({
      catalog,
      store,
      instance,
      leaseMs,
      intake,
      diagnose,
      commands,
      workOrders,
      drafts: keptDrafts,
      clientsOf,
      answerMessages,
      delivery,
      progress,
      pendingMessages,
      memory,
      allowance: createAllowance({ store, perHour: deps.questionsPerPerson }),
      outbox,
      inFlight,
      timeouts,
      logger,
      now,
    }),
    createCommandButtons({ catalog, commands, roles, clientsOf, inFlight, logger }),
    createWorkOrderForms({
      store,
      commands,
      workOrders,
      profiles,
      roles,
      homes,
      clientsOf,
      outbox,
      inFlight,
      logger,
    }),
    createFeedback({
      catalog,
      store,
      clientsOf,
      cache,
      drafts,
      draftFor: deps.draftFor,
      reactions: deps.reactions,
      outbox,
      inFlight,
      logger,
      now,
    }),
    createLogLines({ catalog, store, classify: deps.classify, clientsOf, drafts, outbox, inFlight, logger, now }),
    createHome({
      homes,
      prompts: createPrompts({ clientsOf, logger }),
      commands,
      roles,
      store,
      inFlight,
      logger,
      now,
    }),
    createExports({ catalog, store, clientsOf, roles, homes, inFlight, logger, now }),
    createReviews({
      catalog,
      store,
      clientsOf,
      roles,
      drafts,
      homes,
      outbox,
      target: deps.reviews,
      homeTeam,
      logger,
      now,
    }),
    createModels({ ...models, outbox, teams: access.teams, reportFile: deps.reportFile, clientsOf, now }),
    createHydrocoreCommand({ ...models, commands, clientsOf, inFlight, now }),
    createAlerts({
      target: deps.alerts,
      homeTeam,
      catalog,
      store,
      commands,
      answerMessages,
      memory,
      diagnose,
      clientsOf,
      outbox,
      logger,
      now,
    }),
    createUninstall(access),
  ]
  for (const { register } of features) register(connection.app)
  const background = features.flatMap((one) => one.background)

  return {
    background,
    async start(signal) {
      await connection.start(signal)
      for (const poller of background) poller.start()
    },
    follow(command) {
      homes.follow(command)
      approvals.follow(command)
    },
    isSamePerson: profiles.isSame,
    port: connection.port,
    async [Symbol.asyncDispose]() {
      await connection.stop()
      for (const one of features.toReversed()) await one[Symbol.asyncDispose]()
      await inFlight.drain()
    },
  }
}

function openAccess(
  { access, apiUrl }: SlackConfig,
  { store, logger, now }: Pick<SlackDeps, 'store' | 'logger' | 'now'>,
): Access {
  if (access.kind === 'token') return tokenAccess(access.botToken, apiUrl, logger)
  return oauthAccess(access, { store, apiUrl, logger, now })
}

const movesOf = ({ rollBack, endTrial, promotions }: SlackDeps) => ({ rollBack, endTrial, promotions })

function healthOf({ gatewayState, database, roles: { operators, reviewers, admins } }: SlackDeps, live: LiveMessages) {
  const roles = { operators: operators.length > 0, reviewers: reviewers.length > 0, admins: admins.length > 0 }
  return (team: string): Health => ({ gateway: gatewayState(), streams: live.mayStream(team), database, roles })
}
