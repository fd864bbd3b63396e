import { randomUUID } from 'node:crypto'
import type { Command } from 'commander'
import manifest from '../../manifest/socket.json' with { type: 'json' }
import type { Catalog } from '../catalog/catalog.ts'
import { loadCatalog } from '../catalog/loading.ts'
import { connectGateway } from '../commands/devices/gateway.ts'
import { type Config, readConfig, SettingsError } from '../config/config.ts'
import type { Environment } from '../config/env.ts'
import { askPlainly } from '../diagnosis/ask-in-words.ts'
import { openaiModels } from '../diagnosis/model/chat-stream.ts'
import { readLiveModels } from '../diagnosis/model/live-models.ts'
import { AppError } from '../lib/errors.ts'
import { type CheckResult, fail, ok, runCheck, warn } from '../lib/health-check.ts'
import type { Logger } from '../lib/logger.ts'
import { checkSlack, type NamedChannel } from '../slack/tools/doctor.ts'
import { tryWriting } from '../store/health.ts'
import { openStore, type Store } from '../store/open.ts'
import { createJobs } from '../training/jobs/jobs.ts'
import { checkModels, type ModelRole } from '../training/models/doctor.ts'
import { printable } from './printing.ts'
import { loggerFor, readSettings, type Terminal } from './program.ts'

const LOOK_WITHIN_MS = 15_000
const CONNECT_WITHIN_MS = 5_000

class NotWellError extends AppError {
  constructor(faults: number) {
    super({
      code: 'not_well',
      message: `${faults} faults were found`,
      remedy: `${faults === 1 ? 'One fault has' : `${faults} faults have`} to be put right; each says how.`,
    })
  }
}

/** `doctor`: whether everything the bot needs is there. Sends nothing to Slack channels or devices. */
export function addDoctor(program: Command, terminal: Terminal): void {
  program
    .command('doctor')
    .description('checks settings, Slack, database, broker, models and catalog, and says what to do')
    .option('--json', 'as JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const { settings, own } = await readSettings(terminal)
      const findings: CheckResult[] = []
      for await (const some of examine(settings, loggerFor(own), terminal.signal)) {
        findings.push(...some)
        if (!json) for (const finding of some) terminal.out(lineOf(finding))
      }
      if (json) terminal.out(JSON.stringify(findings, null, 2))
      const faults = findings.filter(({ verdict }) => verdict === 'fault').length
      if (faults > 0) throw new NotWellError(faults)
    })
}

const SIGN = { ok: 'ok   ', warn: 'warn ', fault: 'FAULT' } as const

function lineOf({ what, verdict, says, todo }: CheckResult): string {
  const line = `${SIGN[verdict]}  ${what}: ${printable(says)}`
  return todo ? `${line}\n       → ${printable(todo)}` : line
}

/** Runs all checks at once and reports in a fixed order, each as soon as the ones before it are done. */
async function* examine(settings: Environment, logger: Logger, signal: AbortSignal) {
  const { config, findings } = readWhatCanBe(settings)
  yield findings
  const within = { withinMs: LOOK_WITHIN_MS, signal }
  const { slack } = config
  await using opened = new AsyncDisposableStack()
  const store = openStore(config.store, logger)
  opened.defer(async () => (await store.catch(() => null))?.destroy())
  const catalog = loadCatalog(config.catalogFile)
  const scopes = manifest.oauth_config.scopes.bot
  const channels = channelsOf(config)
  const looking = [
    runCheck('catalog', async () => [aboutCatalog(await catalog)], within),
    ...(slack
      ? [runCheck('Slack', (ended) => checkSlack(slack, { scopes, channels, logger, signal: ended }), within)]
      : []),
    runCheck('database', async () => [await checkDatabase(config, await store)], within),
    ...(config.model.assistant
      ? [runCheck('models', (ended) => lookAtModels(config, store, catalog, ended), within)]
      : []),
    runCheck('broker', () => checkBroker(config, logger), within),
    Promise.resolve(aboutRoles(config)),
  ]
  for (const found of looking) yield await found
}

/** From all settings down to the fewest. */
const NEEDS = [
  { slack: true, model: true },
  { slack: false, model: true },
  { slack: true, model: false },
  { slack: false, model: false },
]

/** The settings' faults, and a configuration from the valid ones, so that the rest can be checked too. */
function readWhatCanBe(settings: Environment): { config: Config; findings: CheckResult[] } {
  const tried = NEEDS.map((needs) => tryReading(settings, needs))
  const [whole] = tried
  const config = tried.find((one): one is Config => !(one instanceof SettingsError))
  if (!config) throw whole
  if (!(whole instanceof SettingsError)) return { config, findings: [ok('settings', 'can all be read')] }
  return { config, findings: whole.faults.map(({ variable, problem, remedy }) => fail(variable, problem, remedy)) }
}

function tryReading(settings: Environment, needs: (typeof NEEDS)[number]): Config | SettingsError {
  try {
    return readConfig(settings, needs)
  } catch (error) {
    if (error instanceof SettingsError) return error
    throw error
  }
}

function channelsOf({ alerts, reviews }: Config): NamedChannel[] {
  return [
    ...(alerts ? [{ variable: 'ALERT_CHANNEL', channel: alerts.channel }] : []),
    ...(reviews ? [{ variable: 'REVIEW_CHANNEL', channel: reviews.channel }] : []),
  ]
}

function aboutCatalog({ version, codes, commands }: Catalog): CheckResult {
  return ok('catalog', `version ${version} with ${codes.length} codes and ${Object.keys(commands).length} commands`)
}

async function checkDatabase({ store: { kind } }: Config, store: Store): Promise<CheckResult> {
  await tryWriting(store)
  const name = kind === 'sqlite' ? 'SQLite' : 'PostgreSQL'
  return ok('database', `${name} answers, its tables are up to date, and it takes a row`)
}

/** The database knows which of them are live. */
async function lookAtModels(
  config: Config,
  opening: Promise<Store>,
  catalog: Promise<Catalog>,
  signal: AbortSignal,
): Promise<readonly CheckResult[]> {
  const store = await opening.catch(() => null)
  if (!store)
    return [warn('models', 'were not asked: which are live stands in the database', 'Put the database right first.')]
  const { baseUrl, apiKey } = config.model
  const [entry] = await catalog.then(({ codes }) => codes).catch(() => [])
  return checkModels(await modelRoles(config, store), {
    models: openaiModels({ ...config.model, retries: 0 }),
    jobs: createJobs({ baseUrl, apiKey, store, now: Date.now }),
    question: askPlainly(entry?.code ?? 'E-01'),
    signal,
  })
}

async function modelRoles({ model }: Config, store: Store): Promise<ModelRole[]> {
  const { assistant, classifier, base, fallback, strategy } = model
  const live = await readLiveModels(store, { assistant, classifier })
  return [
    ...live.map((one) => ({
      role: one.alias,
      model: one.model,
      isNeeded: one.alias === 'classifier' || strategy === 'fine-tuned',
    })),
    { role: 'base model', model: base, isNeeded: strategy !== 'fine-tuned' },
    ...(fallback ? [{ role: 'fallback', model: fallback, isNeeded: false }] : []),
  ]
}

/** With its own client id, since two connections with the same id would disconnect each other. */
async function checkBroker({ gateway }: Config, logger: Logger): Promise<CheckResult[]> {
  const { host } = new URL(gateway.url)
  let lastFault: unknown = null
  const note = (fields: unknown) => {
    if (typeof fields === 'object' && fields !== null && 'err' in fields) lastFault = fields.err
  }
  await using passing = await connectGateway({
    ...gateway,
    clientId: `hydrocore-doctor-${randomUUID()}`,
    isCleanSession: true,
    connectTimeoutMs: CONNECT_WITHIN_MS,
    logger: { ...logger, info: () => undefined, debug: note, warn: note, error: note },
  })
  if (passing.state() === 'connected') return [ok('broker', `${host} lets us in, and listen to what devices say`)]
  const why = lastFault instanceof Error && lastFault.message ? lastFault.message : 'it does not answer'
  return [
    fail(
      'broker',
      `${host} cannot be used: ${why}`,
      'Check MQTT_URL, MQTT_USERNAME and MQTT_PASSWORD, and that it runs.',
    ),
  ]
}

const OFF = {
  operators: ['OPERATORS', 'nobody may send commands'],
  reviewers: ['REVIEWERS', 'nobody may review corrections'],
  admins: ['ADMINS', 'nobody sees the admin’s page'],
} as const

function aboutRoles({ roles }: Config): CheckResult[] {
  return (Object.keys(OFF) as (keyof typeof OFF)[]).map((role) => {
    const [variable, off] = OFF[role]
    const { length } = roles[role]
    return length > 0
      ? ok(role, `${length} named`)
      : warn(role, off, `Set ${variable} to Slack user ids (U…) or user-group ids (S…).`)
  })
}
