import { existsSync } from 'node:fs'

/** The environment variables we read. `config.ts` says what they mean, `.env.example` what they're for. */
export const VARIABLES = [
  'SLACK_BOT_TOKEN',
  'SLACK_APP_TOKEN',
  'SLACK_SIGNING_SECRET',
  'SLACK_CLIENT_ID',
  'SLACK_CLIENT_SECRET',
  'SLACK_REDIRECT_URI',
  'SLACK_API_URL',
  'PORT',
  'INSTALLATIONS_KEY',
  'OPENAI_API_KEY',
  'OPENAI_BASE_URL',
  'ASSISTANT_MODEL',
  'CLASSIFIER_MODEL',
  'BASE_MODEL',
  'FALLBACK_MODEL',
  'ASSISTANT_STRATEGY',
  'JUDGE_MODEL',
  'DATABASE_URL',
  'MQTT_URL',
  'MQTT_USERNAME',
  'MQTT_PASSWORD',
  'MQTT_CLIENT_ID',
  'CATALOG_FILE',
  'PRICES_FILE',
  'OPERATORS',
  'REVIEWERS',
  'ADMINS',
  'VOTE_UP_REACTIONS',
  'VOTE_DOWN_REACTIONS',
  'ALERT_CHANNEL',
  'REVIEW_CHANNEL',
  'QUESTIONS_PER_PERSON',
  'WORK_ORDER_WEBHOOK',
  'WORK_ORDER_SECRET',
  'LOG_LEVEL',
  'NODE_ENV',
] as const

export type Variable = (typeof VARIABLES)[number]

/** Raw values; an empty variable counts as unset, as in a copied `.env.example`. */
export type Environment = Readonly<Partial<Record<Variable, string>>>

export function readEnvironment(source: Readonly<Record<string, string | undefined>>): Environment {
  return Object.fromEntries(
    VARIABLES.flatMap((name) => {
      const value = source[name]?.trim()
      return value ? [[name, value]] : []
    }),
  )
}

/** With no Slack setting, and not in production, the sandbox stands in for everything. */
export function wantsSandbox(environment: Environment): boolean {
  if (environment.NODE_ENV === 'production') return false
  return !VARIABLES.some((name) => name.startsWith('SLACK_') && environment[name])
}

/** Adds the values of `.env` in the current folder; what's set already stays. */
export function loadDotEnv(): void {
  if (existsSync('.env')) process.loadEnvFile('.env')
}
