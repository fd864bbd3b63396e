import { ErrorCode } from '@slack/web-api'
import { NotInstalledError } from './errors.ts'

/** Slack's own name for what went wrong, such as `not_in_channel`; null when the call failed in another way. */
export function slackReason(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('data' in error)) return null
  const { data } = error
  const reason = typeof data === 'object' && data !== null && 'error' in data ? data.error : null
  // A body that is no JSON arrives as a reason, whole.
  return typeof reason === 'string' && /^[a-z][a-z0-9_]*$/.test(reason) ? reason : null
}

/** The workspace does not offer this at all: asking again is of no use until a restart. */
const NOT_OFFERED: readonly string[] = [
  'unknown_method',
  'feature_not_enabled',
  'feature_disabled',
  'method_deprecated',
  'missing_scope',
  'not_agent_app',
  'not_allowed_token_type',
]

export function isNotOffered(error: unknown): boolean {
  return NOT_OFFERED.includes(slackReason(error) ?? '')
}

/** How a call that failed is to be taken. */
export type Retryability =
  /** Nothing was done; later it may be. */
  | 'not_applied'
  /** It may have been done, and only the answer was lost. */
  | 'unknown'
  /** Slack says no, and would say so again. */
  | 'rejected'
  /** No matter of Slack's. */
  | 'not_slack'

/** Slack's words for "not now", and for "I do not know myself how far I came". */
const LATER: readonly string[] = ['ratelimited', 'rate_limited', 'service_unavailable', 'team_added_to_org']
const LOST: readonly string[] = ['internal_error', 'fatal_error', 'request_timeout']
/** Causes of a request that never reached anybody. */
const UNSENT: readonly string[] = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN']

export function retryabilityOf(error: unknown): Retryability {
  if (error instanceof NotInstalledError) return 'rejected'
  if (!(error instanceof Error)) return 'not_slack'
  const { code, statusCode } = error as { code?: unknown; statusCode?: unknown }
  if (code === ErrorCode.RateLimitedError || error.message.startsWith('Retry header')) return 'not_applied'
  if (code === ErrorCode.HTTPError) return Number(statusCode) >= 500 || statusCode === 408 ? 'unknown' : 'rejected'
  if (code === ErrorCode.RequestError) return UNSENT.includes(causeOf(error)) ? 'not_applied' : 'unknown'
  if (code !== ErrorCode.PlatformError) return 'not_slack'
  const reason = slackReason(error)
  if (reason === null || LOST.includes(reason)) return 'unknown'
  return LATER.includes(reason) ? 'not_applied' : 'rejected'
}

/** How long Slack asks us to wait; null when it does not say. */
export function retryAfterMs(error: unknown): number | null {
  const { retryAfter } = (error ?? {}) as { retryAfter?: unknown }
  return typeof retryAfter === 'number' ? retryAfter * 1_000 : null
}

/** `fetch` wraps the socket's error, and Slack's client wraps that again. */
function causeOf(error: Error): string {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const { code } = at as { code?: unknown }
    if (typeof code === 'string' && UNSENT.includes(code)) return code
  }
  return ''
}

/** Remembers what a workspace doesn't offer, so that it is asked once. `note` looks at why a call failed. */
export function createUnavailable() {
  const keys = new Set<string>()
  return {
    has: (key: string): boolean => keys.has(key),
    note(key: string, error: unknown, isUnavailable = isNotOffered(error)): void {
      if (isUnavailable) keys.add(key)
    },
  }
}
