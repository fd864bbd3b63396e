import { z } from 'zod'
import { OWN_CATALOG } from '../catalog/loading.ts'
import type { WebhookConfig } from '../commands/work-orders/webhook.ts'
import type { ModelConfig } from '../diagnosis/model/chat-stream.ts'
import { STRATEGIES, type Strategy } from '../diagnosis/strategies.ts'
import { type ExtraReactions, valueOfReaction } from '../feedback/votes/votes.ts'
import { AppError } from '../lib/errors.ts'
import { LOG_LEVELS, type LogLevel, redact } from '../lib/logger.ts'
import type { SlackConfig } from '../slack/connection/connection.ts'
import type { StoreConfig } from '../store/open.ts'
import type { Environment, Variable } from './env.ts'
import { readKeys } from './secrets.ts'

export type Config = {
  /** Null where Slack isn't needed, as for most terminal commands. */
  slack: SlackConfig | null
  store: StoreConfig
  model: ModelConfig & {
    assistant: string
    classifier: string
    base: string
    fallback: string | null
    /** How the assistant is asked; `grounded` and `base` ask the base model. */
    strategy: Strategy
    /** Compares answers when an evaluation asks for it; null if unset. */
    judge: string | null
    /** Milliseconds a question waits for models before the catalog answers alone. */
    budgetMs: number
  }
  gateway: { url: string; clientId?: string; username?: string; password?: string }
  /** Emoji that count as votes. */
  votes: ExtraReactions
  /** Where device alerts are posted; null for nowhere. `team` is null where there's only one workspace. */
  alerts: { channel: string; team: string | null } | null
  /** Where waiting corrections are posted, besides Home; null for nowhere else. */
  reviews: { channel: string; team: string | null } | null
  workOrders: { webhook: WebhookConfig | null }
  /** How many questions one person may ask in an hour. */
  questionsPerPerson: number
  catalogFile: string | URL
  /** Prices in addition to the built-in ones. */
  pricesFile: string | null
  roles: { operators: readonly string[]; reviewers: readonly string[]; admins: readonly string[] }
  logLevel: LogLevel
}

export type SettingFault = { variable: Variable; problem: string; remedy: string }

export class SettingsError extends AppError {
  readonly faults: readonly SettingFault[]
  constructor(faults: readonly SettingFault[]) {
    const lines = faults.map(({ variable, problem, remedy }) => `  ${variable} ${problem}. ${remedy}`)
    super({
      code: 'settings',
      message: `${faults.length} settings are missing or malformed`,
      remedy: `Some settings (in the environment or in .env) need your attention:\n${lines.join('\n')}`,
    })
    this.faults = faults
  }
}

const MODEL_TIMEOUT_MS = 15_000
const MODEL_BUDGET_MS = 20_000
const MODEL_RETRIES = 2

/** A Slack user (`U…`, `W…`) or user group (`S…`). */
const SLACK_ID = /^[UWS][A-Z0-9]{6,}$/

/** A terminal command asks only for the settings it uses. */
type Needs = { slack: boolean; model: boolean }

/** Parses the settings. Throws {@link SettingsError} with every fault at once. */
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
    votes: readVotes(environment, fault),
    alerts: readChannel(environment, 'ALERT_CHANNEL', fault),
    reviews: readChannel(environment, 'REVIEW_CHANNEL', fault),
    workOrders: { webhook: readWebhook(environment, fault) },
    questionsPerPerson: readQuestionLimit(environment, fault),
    catalogFile: environment.CATALOG_FILE ?? OWN_CATALOG,
    pricesFile: environment.PRICES_FILE ?? null,
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
  const access = readAccess(environment, fault)
  const transport = readTransport(environment, fault)
  const apiUrl = readUrl(environment, 'SLACK_API_URL', ['http:', 'https:'], fault)
  return access && transport ? { access, apiUrl, transport } : null
}

/** A bot token serves one workspace; a client id and secret serve every workspace that installs the app. */
function readAccess(environment: Environment, fault: Fault): SlackConfig['access'] | null {
  const { SLACK_BOT_TOKEN: botToken, SLACK_CLIENT_ID, SLACK_CLIENT_SECRET } = environment
  if (SLACK_CLIENT_ID || SLACK_CLIENT_SECRET) return readOAuth(environment, fault)
  if (!botToken)
    return fault(
      'SLACK_BOT_TOKEN',
      'is not set',
      'Copy the "Bot User OAuth Token" from your Slack app’s "OAuth & Permissions", or set SLACK_CLIENT_ID and SLACK_CLIENT_SECRET to serve several workspaces.',
    )
  if (!/^xox[be]/.test(botToken)) return fault('SLACK_BOT_TOKEN', 'is no bot token', 'It begins with xoxb-.')
  return { kind: 'token', botToken }
}

function readOAuth(environment: Environment, fault: Fault): SlackConfig['access'] | null {
  const { SLACK_CLIENT_ID: clientId, SLACK_CLIENT_SECRET: clientSecret, INSTALLATIONS_KEY } = environment
  if (environment.SLACK_BOT_TOKEN)
    fault(
      'SLACK_BOT_TOKEN',
      'is set beside SLACK_CLIENT_ID',
      'Keep the token for one workspace, or the client id and secret for several, not both.',
    )
  if (environment.SLACK_APP_TOKEN && environment.PORT === undefined)
    fault('PORT', 'is not set', 'People install the app on a page of ours, so it needs a port beside Socket Mode too.')
  const where = 'Copy it from "Basic Information" of your Slack app.'
  if (!clientId) fault('SLACK_CLIENT_ID', 'is not set', where)
  if (!clientSecret) fault('SLACK_CLIENT_SECRET', 'is not set', where)
  const keys = readKeys(INSTALLATIONS_KEY ?? '')
  if (!keys)
    fault(
      'INSTALLATIONS_KEY',
      INSTALLATIONS_KEY ? 'is no key of 32 bytes in base64 or hex' : 'is not set',
      'The workspaces’ tokens are sealed with it. Make one with: openssl rand -base64 32',
    )
  const redirectUri = readUrl(environment, 'SLACK_REDIRECT_URI', ['https:', 'http:'], fault)
  return clientId && clientSecret && keys ? { kind: 'oauth', clientId, clientSecret, redirectUri, keys } : null
}

function readTransport(environment: Environment, fault: Fault): SlackConfig['transport'] | null {
  const { SLACK_APP_TOKEN: appToken, SLACK_SIGNING_SECRET: signingSecret, PORT } = environment
  const port = readPort(environment, fault)
  if (appToken) {
    if (!appToken.startsWith('xapp-'))
      fault('SLACK_APP_TOKEN', 'is no app-level token', 'It begins with xapp- and needs the scope connections:write.')
    return { kind: 'socket', appToken, port: PORT === undefined ? null : port }
  }
  if (signingSecret) return { kind: 'http', signingSecret, port }
  return fault(
    'SLACK_APP_TOKEN',
    'is not set, and SLACK_SIGNING_SECRET is not either',
    'Set SLACK_APP_TOKEN for Socket Mode, or SLACK_SIGNING_SECRET and PORT for HTTP.',
  )
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
    const path = DATABASE_URL.slice('sqlite:'.length).replace(/^\/\//, '')
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
  const { OPENAI_API_KEY, ASSISTANT_MODEL, CLASSIFIER_MODEL, BASE_MODEL, FALLBACK_MODEL, JUDGE_MODEL } = environment
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
    strategy: readStrategy(environment, fault),
    judge: JUDGE_MODEL ?? null,
    budgetMs: MODEL_BUDGET_MS,
  }
}

function readStrategy({ ASSISTANT_STRATEGY: value = 'fine-tuned' }: Environment, fault: Fault): Strategy {
  const strategy = STRATEGIES.find((known) => known === value.toLowerCase())
  if (!strategy) fault('ASSISTANT_STRATEGY', `is ${redact(value)}`, `Use one of ${STRATEGIES.join(', ')}.`)
  return strategy ?? 'fine-tuned'
}

function readGateway(environment: Environment, fault: Fault): Config['gateway'] {
  const url = readUrl(environment, 'MQTT_URL', ['mqtt:', 'mqtts:', 'ws:', 'wss:'], fault) ?? 'mqtt://127.0.0.1:1883'
  const { MQTT_USERNAME: username, MQTT_PASSWORD: password, MQTT_CLIENT_ID: clientId } = environment
  return { url, ...(username && { username }), ...(password && { password }), ...(clientId && { clientId }) }
}

/** A channel, preceded by its workspace and a slash where the app serves several. */
const CHANNEL = /^(?:([TE][A-Z0-9]{6,})\/)?([CG][A-Z0-9]{6,})$/

function readChannel(
  environment: Environment,
  variable: 'ALERT_CHANNEL' | 'REVIEW_CHANNEL',
  fault: Fault,
): Config['alerts'] {
  const { [variable]: value, SLACK_CLIENT_ID } = environment
  if (!value) return null
  const [, team = null, channel] = CHANNEL.exec(value) ?? []
  if (!channel) return fault(variable, 'is no channel id', 'Copy it from the channel’s details; it begins with C.')
  if (SLACK_CLIENT_ID && !team)
    return fault(variable, 'names no workspace', 'With several workspaces write T…/C…, the workspace first.')
  return { channel, team }
}

/** More than a busy technician asks, less than a runaway script. */
const QUESTIONS_PER_PERSON = 60

function readQuestionLimit({ QUESTIONS_PER_PERSON: value }: Environment, fault: Fault): number {
  if (!value) return QUESTIONS_PER_PERSON
  if (/^[1-9]\d{0,5}$/.test(value)) return Number(value)
  fault('QUESTIONS_PER_PERSON', 'is no number of questions', 'Write a whole number from 1, such as 60.')
  return QUESTIONS_PER_PERSON
}

/** Too long to be guessed. */
const SHORTEST_SECRET = 16

function readWebhook(environment: Environment, fault: Fault): WebhookConfig | null {
  const { WORK_ORDER_SECRET: secret } = environment
  const url = readUrl(environment, 'WORK_ORDER_WEBHOOK', ['http:', 'https:'], fault)
  if (!url) return null
  if (secret && secret.length >= SHORTEST_SECRET) return { url, secret }
  const problem = secret ? `is shorter than ${SHORTEST_SECRET} characters` : 'is not set'
  return fault('WORK_ORDER_SECRET', problem, 'Work orders are signed with it. Make one with: openssl rand -hex 32')
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
    fault(
      variable,
      `names ${redact(wrong.join(', '))}`,
      'Use Slack user ids (U…) or user-group ids (S…), with commas between.',
    )
  return ids
}

/** An emoji's name as Slack sends it, without colons and skin tone. */
const EMOJI = /^[\p{Ll}\p{Lo}\p{M}\p{N}_'+-]+$/u

function readVotes(environment: Environment, fault: Fault): ExtraReactions {
  const up = readEmoji(environment, 'VOTE_UP_REACTIONS', 1, fault)
  const down = readEmoji(environment, 'VOTE_DOWN_REACTIONS', -1, fault)
  const both = down.filter((name) => up.includes(name))
  if (both.length > 0)
    fault(
      'VOTE_DOWN_REACTIONS',
      `names ${both.join(', ')}, as VOTE_UP_REACTIONS does`,
      'An emoji says either that an answer was right or that it was wrong.',
    )
  return { up, down }
}

function readEmoji(environment: Environment, variable: Variable, value: 1 | -1, fault: Fault): readonly string[] {
  const names = (environment[variable] ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean)
  const wrong = names.filter((name) => !EMOJI.test(name))
  if (wrong.length > 0)
    fault(
      variable,
      `names ${redact(wrong.join(', '))}`,
      'Use the names of emoji without colons, skin tones and blanks, such as white_check_mark, with commas between.',
    )
  const turned = names.filter((name) => valueOfReaction(name) === -value)
  if (turned.length > 0)
    fault(variable, `names ${turned.join(', ')}`, 'Slack’s own thumbs always say what they show; leave them out.')
  return names
}

function readLogLevel({ LOG_LEVEL = 'info' }: Environment, fault: Fault): LogLevel {
  const level = z.enum(LOG_LEVELS).safeParse(LOG_LEVEL)
  if (level.success) return level.data
  fault('LOG_LEVEL', `is ${redact(LOG_LEVEL)}`, `Use one of ${LOG_LEVELS.join(', ')}.`)
  return 'info'
}
