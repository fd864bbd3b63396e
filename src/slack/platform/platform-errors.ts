import { ErrorCode } from '@slack/web-api'
import { NotInstalledError } from './errors.ts'

/** Slack's error code, such as `not_in_channel`; null when the call failed in another way. */
export function slackReason(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('data' in error)) return null
  const { data } = error
  const reason = typeof data === 'object' && data !== null && 'error' in data ? data.error : null
  // A body that isn't JSON arrives whole as the reason.
  return typeof reason === 'string' && /^[a-z][a-z0-9_]*$/.test(reason) ? reason : null
}

/** The workspace doesn't offer this at all, so retrying is useless until a restart. */
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

/** Places where we may not write, beside all kinds of `restricted_action`. */
const NOT_POSTABLE: readonly string[] = [
  'not_in_channel',
  'channel_not_found',
  'is_archived',
  'access_denied',
  'cannot_reply_to_message',
  'ekm_access_denied',
  'no_permission',
  'posting_to_general_channel_denied',
  'team_access_not_granted',
  'thread_locked',
]

/** We may not write in this place; the person may still be reached in private. */
export function isNotPostable(error: unknown): boolean {
  const reason = slackReason(error) ?? ''
  return NOT_POSTABLE.includes(reason) || reason.startsWith('restricted_action')
}

/** Slack doesn't take these blocks; the text alone goes through. */
export function isFaultOfBlocks(error: unknown): boolean {
  return /^(invalid_blocks|msg_blocks_too_)/.test(slackReason(error) ?? '')
}

/** How to treat a failed call. */
export type Retryability =
  /** Nothing was done; a retry may succeed. */
  | 'not_applied'
  /** It may have been done, with only the response lost. */
  | 'unknown'
  /** Slack refuses, and would refuse again. */
  | 'rejected'
  /** The error isn't Slack's. */
  | 'not_slack'

/** Slack's error codes for "not now", then for an unknown outcome. */
const LATER: readonly string[] = ['ratelimited', 'rate_limited', 'service_unavailable', 'team_added_to_org']
const LOST: readonly string[] = ['internal_error', 'fatal_error', 'request_timeout']
/** Error codes of requests that never arrived. */
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

/** The wait Slack asks for; null when it doesn't say. */
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

/** Remembers what a workspace doesn't offer, so that it's tried once. `note` inspects the error of a failed call. */
export function createUnavailable() {
  const keys = new Set<string>()
  return {
    has: (key: string): boolean => keys.has(key),
    note(key: string, error: unknown, isUnavailable = isNotOffered(error)): void {
      if (isUnavailable) keys.add(key)
    },
  }
}
