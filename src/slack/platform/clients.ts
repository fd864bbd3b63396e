import { setTimeout as wait } from 'node:timers/promises'
import { type LogLevel, type Logger as SlackLogger, WebClient } from '@slack/web-api'
import pRetry, { AbortError } from 'p-retry'
import type { Logger } from '../../lib/logger.ts'
import { SlackRefusedError } from './errors.ts'
import { retryAfterMs, retryabilityOf } from './platform-errors.ts'

/**
 * Two clients on one token: a rate limit pauses a client's whole queue, and a form has to open within 3 s of its click.
 * Neither retries a request that may have arrived: a post that timed out may stand in the channel already.
 */
export type SlackClients = {
  /** Forms, ephemeral words, look-ups: what a person waits for. */
  interactive: WebClient
  /** Answers, updates, streams, files. */
  posting: WebClient
}

export const TIMEOUT_MS = 10_000

/** A token of a whole organisation needs to say in which workspace it acts. */
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
 * Makes a call to Slack, again after a rate limit or when nobody was reached. What may have been done and only lost its
 * answer is done again where that does no harm: `isRepeatable`, as updates and look-ups are, and posts are not. A rate
 * limit is not waited out beyond `mostWaitMs`.
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

/** Answers of `auth.test` after which trying again is of no use. */
const REFUSALS = ['invalid_auth', 'not_authed', 'account_inactive', 'token_revoked', 'token_expired', 'no_permission']

/** Asks Slack who we are until it answers. Throws {@link SlackRefusedError} when the token is no good. */
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

/** Slack's libraries log through ours, so that tokens are redacted and the level is one. */
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
    // What Slack's libraries call information (every connection step) is detail to us.
    info: write('debug'),
    warn: write('warn'),
    error: write('error'),
    setLevel: () => undefined,
    getLevel: () => 'debug' as LogLevel,
    setName: () => undefined,
  }
}

/** The direct conversation with a person; to post to it, Slack takes the person's id as well. */
export async function directChannel({ interactive }: Pick<SlackClients, 'interactive'>, user: string): Promise<string> {
  const { channel } = await callSlack(() => interactive.conversations.open({ users: user }), { isRepeatable: true })
  return channel?.id ?? user
}
