import { z } from 'zod'
import { OWN_CATALOG } from '../catalog/loading.ts'
import type { ModelConfig } from '../diagnosis/model.ts'
import { AppError } from '../lib/errors.ts'
import { LOG_LEVELS, type LogLevel } from '../lib/logger.ts'
import type { SlackConfig } from '../slack/connect.ts'
import type { StoreConfig } from '../store/open.ts'
import type { Environment, Variable } from './env.ts'

export type Config = {
  /** Null where no Slack is needed, as for most commands of the terminal. */
  slack: SlackConfig | null
  store: StoreConfig
  model: ModelConfig & {
    assistant: string
    classifier: string
    base: string
    fallback: string | null
    /** How long a question waits for models before the catalog answers alone. */
    budgetMs: number
  }
  gateway: { url: string; clientId?: string; username?: string; password?: string }
  catalogFile: string | URL
  roles: { operators: readonly string[]; reviewers: readonly string[]; admins: readonly string[] }
  logLevel: LogLevel
}

export type SettingFault = { variable: Variable; problem: string; remedy: string }

export class SettingsError extends AppError {
  override readonly name = 'SettingsError'
  readonly code = 'settings'
  readonly remedy: string
  readonly faults: readonly SettingFault[]
  constructor(faults: readonly SettingFault[]) {
    super(`${faults.length} settings are missing or malformed`)
    this.faults = faults
    const lines = faults.map(({ variable, problem, remedy }) => `  ${variable} ${problem}. ${remedy}`)
    this.remedy = `Some settings (in the environment or in .env) need your attention:\n${lines.join('\n')}`
  }
}

const MODEL_TIMEOUT_MS = 15_000
const MODEL_BUDGET_MS = 20_000
const MODEL_RETRIES = 2

/** A Slack user (`U…`, `W…`) or user group (`S…`). */
const SLACK_ID = /^[UWS][A-Z0-9]{6,}$/

/** A command of the terminal asks only for the settings it uses. */
type Needs = { slack: boolean; model: boolean }

/** Gives the settings their meaning. Throws {@link SettingsError} with every fault at once. */
export function readConfig(environment: Environment, needs: Needs = { slack: true, model: true }): Config {
  const faults: SettingFault[] = []
  const fault = (variable: Variable, problem: string, remedy: string) => {
    faults.push({ variable, problem, remedy })
    return null
  }
  const config: Config = {
    slack: needs.slack ? readSlack(environment, fault) : null,
    store: readStore(environment, fault) ?? { kind: 'sqlite', path: ':memory:' },
    model: readModel(environment, needs.model ? fault : () => null),
    gateway: readGateway(environment, fault),
    catalogFile: environment.CATALOG_FILE ?? OWN_CATALOG,
    roles: {
      operators: readPeople(environment, 'OPERATORS', fault),
      reviewers: readPeople(environment, 'REVIEWERS', fault),
      admins: readPeople(environment, 'ADMINS', fault),
    },
    logLevel: readLogLevel(environment, fault),
  }
  if (faults.length > 0) throw new SettingsError(faults)
  return config
}

type Fault = (variable: Variable, problem: string, remedy: string) => null

function readSlack(environment: Environment, fault: Fault): SlackConfig | null {
  const { SLACK_BOT_TOKEN: botToken, SLACK_APP_TOKEN: appToken, SLACK_SIGNING_SECRET: signingSecret } = environment
  const apiUrl = readUrl(environment, 'SLACK_API_URL', ['http:', 'https:'], fault)
  if (!botToken)
    fault(
      'SLACK_BOT_TOKEN',
      'is not set',
      'Copy the "Bot User OAuth Token" from your Slack app’s "OAuth & Permissions".',
    )
  else if (!/^xox[be]/.test(botToken)) fault('SLACK_BOT_TOKEN', 'is no bot token', 'It begins with xoxb-.')
  if (appToken && !appToken.startsWith('xapp-'))
    fault('SLACK_APP_TOKEN', 'is no app-level token', 'It begins with xapp- and needs the scope connections:write.')
  if (!appToken && !signingSecret)
    fault(
      'SLACK_APP_TOKEN',
      'is not set, and SLACK_SIGNING_SECRET is not either',
      'Set SLACK_APP_TOKEN for Socket Mode, or SLACK_SIGNING_SECRET and PORT for HTTP.',
    )
  const port = readPort(environment, fault)
  if (!botToken) return null
  if (appToken) return { botToken, apiUrl, transport: { kind: 'socket', appToken } }
  return signingSecret ? { botToken, apiUrl, transport: { kind: 'http', signingSecret, port } } : null
}

const DEFAULT_PORT = 3_000

function readPort({ PORT }: Environment, fault: Fault): number {
  if (PORT === undefined) return DEFAULT_PORT
  const port = Number(PORT)
  if (Number.isInteger(port) && port >= 0 && port < 65_536) return port
  fault('PORT', 'is no port', 'Use a whole number from 0 to 65535, such as 3000.')
  return DEFAULT_PORT
}

const DEFAULT_DATABASE = 'sqlite:data/hydrocore.db'

function readStore({ DATABASE_URL = DEFAULT_DATABASE }: Environment, fault: Fault): StoreConfig | null {
  if (DATABASE_URL.startsWith('sqlite:')) {
    const path = DATABASE_URL.slice('sqlite:'.length).replace(/^\/\/(?=\/)/, '')
    if (path) return { kind: 'sqlite', path }
  }
  if (/^postgres(ql)?:\/\//.test(DATABASE_URL) && URL.canParse(DATABASE_URL))
    return { kind: 'postgres', url: DATABASE_URL }
  return fault(
    'DATABASE_URL',
    'is no database address',
    'Use sqlite:data/hydrocore.db or postgres://user:password@host:5432/name.',
  )
}

function readModel(environment: Environment, fault: Fault): Config['model'] {
  const { OPENAI_API_KEY, ASSISTANT_MODEL, CLASSIFIER_MODEL, BASE_MODEL, FALLBACK_MODEL } = environment
  if (!OPENAI_API_KEY)
    fault('OPENAI_API_KEY', 'is not set', 'Set the key of your model server; any text where it asks for none.')
  if (!ASSISTANT_MODEL)
    fault(
      'ASSISTANT_MODEL',
      'is not set',
      'Name the model that answers: your fine-tuned model, or a base model to begin with.',
    )
  const assistant = ASSISTANT_MODEL ?? ''
  return {
    baseUrl: readUrl(environment, 'OPENAI_BASE_URL', ['http:', 'https:'], fault) ?? 'https://api.openai.com/v1',
    apiKey: OPENAI_API_KEY ?? 'not-set',
    timeoutMs: MODEL_TIMEOUT_MS,
    retries: MODEL_RETRIES,
    assistant,
    classifier: CLASSIFIER_MODEL ?? assistant,
    base: BASE_MODEL ?? assistant,
    fallback: FALLBACK_MODEL ?? null,
    budgetMs: MODEL_BUDGET_MS,
  }
}

function readGateway(environment: Environment, fault: Fault): Config['gateway'] {
  const url = readUrl(environment, 'MQTT_URL', ['mqtt:', 'mqtts:', 'ws:', 'wss:'], fault) ?? 'mqtt://127.0.0.1:1883'
  const { MQTT_USERNAME: username, MQTT_PASSWORD: password } = environment
  return { url, ...(username ? { username } : {}), ...(password ? { password } : {}) }
}

function readUrl(environment: Environment, variable: Variable, schemes: string[], fault: Fault): string | null {
  const value = environment[variable]
  if (value === undefined) return null
  if (URL.canParse(value) && schemes.includes(new URL(value).protocol)) return value
  return fault(variable, 'is no address', `It begins with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}.`)
}

function readPeople(environment: Environment, variable: Variable, fault: Fault): readonly string[] {
  const ids = (environment[variable] ?? '').split(/[\s,]+/).filter(Boolean)
  const wrong = ids.filter((id) => !SLACK_ID.test(id))
  if (wrong.length > 0)
    fault(variable, `names ${wrong.join(', ')}`, 'Use Slack user ids (U…) or user-group ids (S…), with commas between.')
  return ids
}

function readLogLevel({ LOG_LEVEL = 'info' }: Environment, fault: Fault): LogLevel {
  const level = z.enum(LOG_LEVELS).safeParse(LOG_LEVEL)
  if (level.success) return level.data
  fault('LOG_LEVEL', `is ${LOG_LEVEL}`, `Use one of ${LOG_LEVELS.join(', ')}.`)
  return 'info'
}
