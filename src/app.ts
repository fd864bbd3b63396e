import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { Catalog } from './catalog/catalog.ts'
import { loadCatalog } from './catalog/loading.ts'
import { deleteOldEvents } from './commands/alerts/alert-records.ts'
import { resolveQuietAlerts } from './commands/alerts/quiet-alerts.ts'
import { type Commands, createCommands } from './commands/commands.ts'
import { createDevices } from './commands/devices/devices.ts'
import type { DeviceGateway } from './commands/devices/gateway.ts'
import { createOutcomes } from './commands/outcomes.ts'
import { postWorkOrders } from './commands/work-orders/webhook.ts'
import { createWorkOrders, type WorkOrders } from './commands/work-orders/work-orders.ts'
import type { Config } from './config/config.ts'
import { type Classify, createClassify } from './diagnosis/classification.ts'
import { createDiagnose, type Diagnose } from './diagnosis/diagnose.ts'
import { createActiveModel, createChoice } from './diagnosis/model/active-model.ts'
import { type Completions, openaiCompletions } from './diagnosis/model/chat-completion.ts'
import { type ChatModels, openaiModels } from './diagnosis/model/chat-stream.ts'
import { readLiveModels } from './diagnosis/model/live-models.ts'
import { findRunningCanary } from './diagnosis/model/model-records.ts'
import { ANSWER_CACHE_MS, type AnswerCache, createAnswerCache } from './diagnosis/questions/answer-cache.ts'
import type { Serving, Strategy } from './diagnosis/strategies.ts'
import { createApprovedStatements } from './feedback/corrections/approved-statements.ts'
import { proposeFromCommand } from './feedback/corrections/automatic-proposals.ts'
import { createDraftCorrection } from './feedback/corrections/model-draft.ts'
import { createPoller, type Poller } from './lib/background.ts'
import type { Logger } from './lib/logger.ts'
import { createOutbox, type Outbox } from './outbox/outbox.ts'
import type { Slack, SlackDeps } from './slack/slack.ts'
import { openKv, sweepExpired } from './store/expiring.ts'
import { openStore, type Store } from './store/open.ts'
import { createReportFile } from './training/evaluation/report-page/file.ts'
import { createJobPoller } from './training/jobs/job-poller.ts'
import { createJobs, type Jobs } from './training/jobs/jobs.ts'
import { checkCanaries, stopCanary } from './training/models/canary.ts'
import { rollback } from './training/models/promotion.ts'
import { createRetirementWatcher, type ModelInUse } from './training/models/retirement-watch.ts'
import { createPromotions } from './training/models/slack-promotions.ts'
import { loadPrices, type PriceLookup } from './training/prices.ts'

/** The catalog and the database: all that a terminal command needs when it asks no model. */
export type Records = AsyncDisposable & {
  config: Config
  logger: Logger
  catalog: Catalog
  store: Store
  /** What models cost, as far as it's known. */
  priceOf: PriceLookup
}

/** Everything that answers questions, without Slack and without devices. */
export type Core = Records & {
  models: ChatModels
  /** The live model, or a thread's, and how to ask it. */
  serving: (thread?: string | null) => Promise<Serving>
  diagnose: Diagnose
  /** Kept answers to first questions. */
  cache: AnswerCache
  /** The same with a chosen model and strategy, as `ask --model` uses it. */
  diagnoseWith: (model: string, strategy: Strategy) => Diagnose
  classify: Classify
  /** Complete answers with one attempt each, for evaluations. */
  completions: Completions
  jobs: Jobs
}

/** Replacements for our own parts, in place before anything is wired to them. */
export type CoreOverrides = { logger: Logger; models?: ChatModels; now?: () => number }

/** Nobody waits for these, and a reasoning model takes its time. */
const COMPLETION_TIMEOUT_MS = 120_000

export async function openRecords(config: Config, { logger }: CoreOverrides): Promise<Records> {
  const catalog = await loadCatalog(config.catalogFile)
  const priceOf = await loadPrices(config.pricesFile)
  const store = await openStore(config.store, logger)
  return { config, logger, catalog, store, priceOf, [Symbol.asyncDispose]: () => store.destroy() }
}

export async function openCore(config: Config, overrides: CoreOverrides): Promise<Core> {
  const records = await openRecords(config, overrides)
  const { catalog, store, logger } = records
  const models = overrides.models ?? openaiModels(config.model)
  const now = overrides.now ?? Date.now
  const choose = createChoice(store, 'assistant', config.model.assistant, now)
  const { fallback: fallbackModel, base, strategy, budgetMs, baseUrl, apiKey } = config.model
  // Only a fine-tuned model is promoted and rolled back; the other strategies ask the base model.
  const serving = async (thread: string | null = null): Promise<Serving> => {
    const chosen = strategy === 'fine-tuned' ? await choose(thread) : { model: base, trial: null }
    return { ...chosen, strategy }
  }
  const cache = createAnswerCache({ catalog, kept: openKv(store, { namespace: 'answer', ttlMs: ANSWER_CACHE_MS }) })
  const asking = {
    catalog,
    models,
    budgetMs,
    logger,
    approved: createApprovedStatements({ store, catalog, now }),
    devicesEndingWith: createDevices({ store, catalog }).endingWith,
  }
  const answers = openaiCompletions({ baseUrl, apiKey, timeoutMs: COMPLETION_TIMEOUT_MS })
  return {
    ...records,
    models,
    serving,
    cache,
    diagnose: createDiagnose({ ...asking, serving, fallbackModel, cache }),
    diagnoseWith: (model, strategy) =>
      createDiagnose({ ...asking, serving: async () => ({ model, strategy, trial: null }), fallbackModel: null }),
    classify: createClassify({
      models,
      activeModel: createActiveModel(store, 'classifier', config.model.classifier, now),
    }),
    completions: answers,
    jobs: createJobs({ baseUrl, apiKey, store, completions: answers, now }),
  }
}

export type App = AsyncDisposable & {
  core: Core
  commands: Commands
  gateway: DeviceGateway
  workOrders: WorkOrders
  /** Jobs to be done by any live instance. */
  outbox: Outbox
  /** Resolves when Slack has accepted the connection and events may arrive. */
  start(signal: AbortSignal): Promise<void>
  /** Runs each piece of background work once, in order. Tests use it instead of sleeping. */
  drainAll(): Promise<void>
  /** The listening port; null while or where there is none. */
  port(): number | null
}

export type AppOverrides = CoreOverrides & { gateway?: DeviceGateway; instance?: string } & Pick<
    SlackDeps,
    'timeouts' | 'leaseMs'
  >

/** How soon a canary that does worse is stopped. */
const CHECK_CANARIES_EVERY_MS = 5_000
/** Expired rows are never read; they only take up space. */
const SWEEP_EVERY_MS = 10 * 60 * 1_000

/** Slack and MQTT take half of the loading time, and the terminal doesn't need them. */
export async function loadAdapters() {
  const [{ createSlack }, { connectGateway }] = await Promise.all([
    import('./slack/slack.ts'),
    import('./commands/devices/gateway.ts'),
  ])
  return { createSlack, connectGateway }
}

/** The whole bot, wired but not started. Everything opened here is closed in reverse order. */
export async function createApp(config: Config, overrides: AppOverrides): Promise<App> {
  const { logger, now = Date.now } = overrides
  if (!config.slack) throw new TypeError('the app needs Slack settings')
  const { createSlack, connectGateway } = await loadAdapters()
  await using opened = new AsyncDisposableStack()
  const core = opened.use(await openCore(config, overrides))
  const instance = overrides.instance ?? `${hostname()}-${randomUUID().slice(0, 8)}`
  const gateway =
    overrides.gateway ?? opened.use(await connectGateway({ ...config.gateway, clientId: mqttClientId(config), logger }))
  const { catalog, store } = core
  const date = () => new Date(now())
  // Opened first and closed last, so that jobs left by the others still run.
  const outbox = opened.use(createOutbox({ store, logger, now: date }))
  const commands = opened.use(
    createCommands({
      catalog,
      gateway,
      store,
      outbox,
      isAlerting: config.alerts !== null,
      logger,
      hasOperators: config.roles.operators.length > 0,
      isSamePerson: (one, other) => slack.isSamePerson(one, other),
      now: date,
    }),
  )
  const { webhook } = config.workOrders
  const workOrders = createWorkOrders({ catalog, store, outbox, hasWebhook: webhook !== null, now: date })
  const outcomes = createOutcomes({ catalog, store, outbox, now: date })
  resolveQuietAlerts({ store, outbox, now: date })
  if (webhook) postWorkOrders({ outbox, webhook, now: date })
  outbox.on('failure', async ({ key }) => {
    const command = await commands.find(key)
    if (command) await proposeFromCommand(store, command, catalog, now())
  })
  const { timeouts = {}, leaseMs } = overrides
  const slack: Slack = opened.use(
    createSlack(config.slack, {
      ...core,
      draftFor: createDraftCorrection({ catalog, models: core.models, model: config.model.base }),
      configuredModels: { assistant: config.model.assistant, classifier: config.model.classifier },
      rollBack: (request) => rollback(core.store, request, now),
      promotions: createPromotions({
        ...core,
        configuredModel: (alias) => (alias === 'classifier' ? config.model.classifier : config.model.assistant),
        catalogVersion: catalog.version,
        now,
      }),
      endTrial: (request) => stopCanary(core.store, catalog, { alias: 'assistant', ...request }, now),
      reportFile: (evaluation) => createReportFile(core, evaluation),
      retiring: () => retirements.current(),
      commands,
      workOrders,
      outcomes,
      outbox,
      reactions: config.votes,
      alerts: config.alerts,
      reviews: config.reviews,
      hasWebhook: webhook !== null,
      gatewayState: () => gateway.state(),
      database: config.store.kind === 'sqlite' ? 'SQLite' : 'PostgreSQL',
      roles: config.roles,
      questionsPerPerson: config.questionsPerPerson,
      instance,
      timeouts,
      ...(leaseMs === undefined ? {} : { leaseMs }),
      now,
    }),
  )
  const sweep = opened.use(
    createPoller({
      name: 'expired state',
      everyMs: SWEEP_EVERY_MS,
      async run() {
        await sweepExpired(store)
        await deleteOldEvents(store, date())
      },
      logger,
    }),
  )
  const canaries = opened.use(
    createPoller({
      name: 'models on trial',
      everyMs: CHECK_CANARIES_EVERY_MS,
      run: () => checkCanaries(store, catalog, now()),
      logger,
    }),
  )
  const jobs = opened.use(createJobPoller({ jobs: core.jobs, baseUrl: config.model.baseUrl, logger, now }))
  const retirements = opened.use(
    createRetirementWatcher({ store, jobs: core.jobs, inUse: () => modelsInUse(core), logger, now }),
  )
  const background: readonly Poller[] = [commands, sweep, canaries, retirements, jobs]
  // Later events reach Slack by subscription, without an upward import.
  commands.onChange(slack.follow)
  const held = opened.move()
  return {
    core,
    commands,
    gateway,
    workOrders,
    outbox,
    async start(signal) {
      for (const poller of background) poller.start()
      await slack.start(signal)
      outbox.start()
    },
    async drainAll() {
      for (const poller of [...background, ...slack.background, outbox]) await poller.runOnce()
    },
    port: slack.port,
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  }
}

/** The models whose retirement would be noticed: those in use and the one to fall back to. */
async function modelsInUse({ store, serving, config }: Core): Promise<ModelInUse[]> {
  const { assistant, classifier, fallback } = config.model
  const [{ model, strategy }, live, canary] = await Promise.all([
    serving(),
    readLiveModels(store, { assistant, classifier }),
    findRunningCanary(store, 'assistant'),
  ])
  const roles = [
    ...live.map((one) => ({ model: one.model, role: one.alias as string })),
    ...(strategy === 'fine-tuned' ? [] : [{ model, role: 'base model' }]),
    ...(fallback ? [{ model: fallback, role: 'fallback' }] : []),
    ...(canary ? [{ model: canary.model, role: 'on trial' }] : []),
  ]
  return [...Map.groupBy(roles, (one) => one.model)].map(([name, all]) => ({
    model: name,
    roles: all.map(({ role }) => role),
  }))
}

/**
 * The same after every restart, so that the broker keeps messages for us meanwhile. The host name tells instances
 * apart.
 */
function mqttClientId({ gateway }: Config): string {
  return gateway.clientId ?? `hydrocore-assistant-${hostname()}`
}
