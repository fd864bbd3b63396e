import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { Catalog } from './catalog/catalog.ts'
import { loadCatalog } from './catalog/loading.ts'
import { sweepEvents } from './commands/alert-records.ts'
import { type Commands, createCommands } from './commands/dispatch.ts'
import { createErrands, type Errands } from './commands/errands.ts'
import { connectGateway, type DeviceGateway } from './commands/gateway.ts'
import { createOutcomes } from './commands/outcomes.ts'
import { endQuietAlerts } from './commands/quiet-alerts.ts'
import { postWorkOrders } from './commands/webhook.ts'
import { createWorkOrders, type WorkOrders } from './commands/work-orders.ts'
import type { Config } from './config/config.ts'
import { createActiveModel } from './diagnosis/active-model.ts'
import { type Classify, createClassify } from './diagnosis/classification.ts'
import { createDiagnose, type Diagnose } from './diagnosis/diagnose.ts'
import { type Models, openaiModels } from './diagnosis/model.ts'
import { proposeFromCommand } from './feedback/house-proposals.ts'
import { createBackground } from './lib/background.ts'
import type { Logger } from './lib/logger.ts'
import { createSlack, type Slack, type SlackParts } from './slack/slack.ts'
import { sweepExpired } from './store/expiring.ts'
import { openStore, type Store } from './store/open.ts'
import { createJobs, type Jobs } from './training/jobs.ts'
import { rollback } from './training/promotion.ts'

/** The catalog and the records: all that commands of the terminal need which ask no model. */
export type Records = AsyncDisposable & { config: Config; logger: Logger; catalog: Catalog; store: Store }

/** What answers questions, without Slack and without devices. */
export type Core = Records & {
  models: Models
  /** The model that plays the assistant now. */
  activeModel: () => Promise<string>
  diagnose: Diagnose
  /** The same with a model of one's choice, as `ask --model` and evaluations use it. */
  diagnoseWith: (model: string) => Diagnose
  classify: Classify
  jobs: Jobs
}

/** Parts given from outside take the place of ours, before anything is wired to them. */
export type GivenCore = { logger: Logger; models?: Models; now?: () => number }

export async function openRecords(config: Config, { logger }: GivenCore): Promise<Records> {
  const catalog = await loadCatalog(config.catalogFile)
  const store = await openStore(config.store, logger)
  return { config, logger, catalog, store, [Symbol.asyncDispose]: () => store.destroy() }
}

export async function openCore(config: Config, given: GivenCore): Promise<Core> {
  const records = await openRecords(config, given)
  const { catalog, store, logger } = records
  const models = given.models ?? openaiModels(config.model)
  const now = given.now ?? Date.now
  const activeModel = createActiveModel(store, 'assistant', config.model.assistant, now)
  const { fallback: fallbackModel, budgetMs, baseUrl, apiKey } = config.model
  return {
    ...records,
    models,
    activeModel,
    diagnose: createDiagnose({ catalog, models, activeModel, fallbackModel, budgetMs, logger }),
    diagnoseWith: (model) =>
      createDiagnose({ catalog, models, activeModel: async () => model, fallbackModel: null, budgetMs, logger }),
    classify: createClassify({
      models,
      activeModel: createActiveModel(store, 'classifier', config.model.classifier, now),
    }),
    jobs: createJobs({ baseUrl, apiKey, store, now }),
  }
}

export type App = AsyncDisposable & {
  core: Core
  commands: Commands
  gateway: DeviceGateway
  workOrders: WorkOrders
  /** What is left to be done by whoever is alive. */
  errands: Errands
  /** Resolves when Slack has accepted us and events may come. */
  start(signal: AbortSignal): Promise<void>
  /** The port we listen on; null while or where there is none. */
  port(): number | null
}

export type Given = GivenCore & { gateway?: DeviceGateway; instance?: string } & Pick<
    SlackParts,
    'patience' | 'leaseMs'
  >

/** Expired rows are never read again; they only take up room. */
const SWEEP_EVERY_MS = 10 * 60 * 1_000

/** The whole bot, put together and not yet started. What was opened here is closed in the reverse order. */
export async function createApp(config: Config, given: Given): Promise<App> {
  const { logger, now = Date.now } = given
  if (!config.slack) throw new TypeError('the app needs Slack settings')
  await using opened = new AsyncDisposableStack()
  const core = opened.use(await openCore(config, given))
  const instance = given.instance ?? `${hostname()}-${randomUUID().slice(0, 8)}`
  const gateway =
    given.gateway ?? opened.use(await connectGateway({ ...config.gateway, clientId: clientIdOf(config), logger }))
  const { catalog, store } = core
  const date = () => new Date(now())
  // Opened first, closed last: what the others leave behind is still carried.
  const errands = opened.use(createErrands({ store, logger, now: date }))
  const commands = opened.use(
    createCommands({
      catalog,
      gateway,
      store,
      errands,
      isAlerting: config.alerts !== null,
      logger,
      hasOperators: config.roles.operators.length > 0,
      isSamePerson: (one, other) => slack.isSamePerson(one, other),
      now: date,
    }),
  )
  const { webhook } = config.workOrders
  const workOrders = createWorkOrders({ catalog, store, errands, hasWebhook: webhook !== null, now: date })
  const outcomes = createOutcomes({ catalog, store, errands, now: date })
  endQuietAlerts({ store, errands, now: date })
  if (webhook) postWorkOrders({ errands, webhook, now: date })
  errands.on('failure', async ({ subject }) => {
    const command = await commands.find(subject)
    if (command) await proposeFromCommand(store, command, catalog, now())
  })
  const { patience = {}, leaseMs } = given
  const slack: Slack = opened.use(
    createSlack(config.slack, {
      ...core,
      configuredModels: { assistant: config.model.assistant, classifier: config.model.classifier },
      rollBack: (request) => rollback(core.store, request, now),
      commands,
      workOrders,
      outcomes,
      errands,
      alerts: config.alerts,
      gatewayState: () => gateway.state(),
      database: config.store.kind === 'sqlite' ? 'SQLite' : 'PostgreSQL',
      roles: config.roles,
      instance,
      patience,
      ...(leaseMs === undefined ? {} : { leaseMs }),
      now,
    }),
  )
  const sweeping = opened.use(
    createBackground({
      name: 'expired state',
      everyMs: SWEEP_EVERY_MS,
      async run() {
        await sweepExpired(store)
        await sweepEvents(store, date())
      },
      logger,
    }),
  )
  // Later news finds its way to Slack without an import upward.
  commands.onChange(slack.follow)
  const held = opened.move()
  return {
    core,
    commands,
    gateway,
    workOrders,
    errands,
    async start(signal) {
      commands.start()
      sweeping.start()
      await slack.start(signal)
      errands.start()
    },
    port: slack.port,
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  }
}

/**
 * The same after every restart, so that the broker keeps what devices said meanwhile. Several instances need one each:
 * the host's name tells them apart.
 */
function clientIdOf({ gateway }: Config): string {
  return gateway.clientId ?? `hydrocore-assistant-${hostname()}`
}
