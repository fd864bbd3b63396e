import { setTimeout as wait } from 'node:timers/promises'
import { type LogLevel, type Logger as SlackLogger, WebClient } from '@slack/web-api'
import pRetry, { AbortError } from 'p-retry'
import type { Logger } from '../../lib/logger.ts'
import { SlackRefusedError } from './errors.ts'
import { retryAfterMs, retryabilityOf } from './platform-errors.ts'

/**
 * Two clients with one token: a rate limit pauses a client's whole queue, and a form must open within 3 s of its click.
 * Neither retries a request that may have arrived: a post that timed out may already be in the channel.
 */
export type SlackClients = {
  /** For what a person waits for: forms, ephemeral messages, lookups. */
  interactive: WebClient
  /** For answers, updates, streams and files. */
  posting: WebClient
}

export const TIMEOUT_MS = 10_000

/** An organisation's token must name the workspace it acts in. */
export function createClients(
  token: string,
  apiUrl: string | null,
  logger: Logger,
  team: string | null = null,
): SlackClients {
  const client = () =>
    new WebClient(token, {
      ...(apiUrl ? { slackApiUrl: apiUrl } : {}),
      ...(team ? { teamId: team } : {}),
      timeout: TIMEOUT_MS,
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
      logger: slackLogger(logger),
    })
  return { interactive: client(), posting: client() }
}

const MAX_RETRIES = 4

/**
 * Calls Slack, and retries after a rate limit or when the request never arrived. A call that may have succeeded is only
 * retried if `isRepeatable`, as updates and lookups are and posts aren't. A rate limit longer than `mostWaitMs` isn't
 * waited out.
 */
export async function callSlack<T>(
  call: () => Promise<T>,
  { isRepeatable = false, mostWaitMs = Number.POSITIVE_INFINITY }: { isRepeatable?: boolean; mostWaitMs?: number } = {},
): Promise<T> {
  return pRetry(call, {
    retries: MAX_RETRIES,
    minTimeout: 250,
    maxTimeout: 4_000,
    randomize: true,
    shouldRetry: ({ error }) => {
      const nature = retryabilityOf(error)
      if ((retryAfterMs(error) ?? 0) > mostWaitMs) return false
      return nature === 'not_applied' || (isRepeatable && nature === 'unknown')
    },
    async onFailedAttempt({ error, retriesLeft }) {
      const waitMs = retryAfterMs(error) ?? 0
      if (waitMs <= mostWaitMs && retriesLeft > 0) await wait(waitMs)
    },
  })
}

export type Identity = { team: string; botUserId: string; botId: string }

/** Errors of `auth.test` that retrying can't fix. */
const REFUSALS = ['invalid_auth', 'not_authed', 'account_inactive', 'token_revoked', 'token_expired', 'no_permission']

/** Asks Slack who we are until it answers. Throws {@link SlackRefusedError} for an invalid token. */
export async function identify(client: WebClient, logger: Logger, signal: AbortSignal): Promise<Identity> {
  return pRetry(
    async () => {
      const { team_id, user_id, bot_id } = await client.auth.test().catch((error: { data?: { error?: string } }) => {
        const reason = error.data?.error
        throw reason && REFUSALS.includes(reason)
          ? new AbortError(new SlackRefusedError(reason, { cause: error }))
          : error
      })
      return { team: team_id ?? '', botUserId: user_id ?? '', botId: bot_id ?? '' }
    },
    {
      retries: Number.POSITIVE_INFINITY,
      minTimeout: 500,
      maxTimeout: 30_000,
      randomize: true,
      signal,
      onFailedAttempt: ({ error, attemptNumber }) =>
        logger.warn({ err: error, attemptNumber }, 'Slack does not answer yet'),
    },
  )
}

/** Sends the logs of Slack's libraries to ours, for redaction and one log level. */
export function slackLogger(logger: Logger): SlackLogger {
  const write =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (...words: unknown[]) =>
      logger[level](
        { from: 'slack' },
        words.map((word) => (word instanceof Error ? word.message : String(word))).join(' '),
      )
  return {
    debug: write('debug'),
    // Slack's libraries log every connection step as info.
    info: write('debug'),
    warn: write('warn'),
    error: write('error'),
    setLevel: () => undefined,
    getLevel: () => 'debug' as LogLevel,
    setName: () => undefined,
  }
}

/** The direct message channel of a person; for a post, Slack accepts the user id as well. */
export async function directChannel({ interactive }: Pick<SlackClients, 'interactive'>, user: string): Promise<string> {
  const { channel } = await callSlack(() => interactive.conversations.open({ users: user }), { isRepeatable: true })
  return channel?.id ?? user
}
