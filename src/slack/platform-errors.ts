/** Slack's own name for what went wrong, such as `not_in_channel`; null when the call failed in another way. */
export function slackReason(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('data' in error)) return null
  const { data } = error
  return typeof data === 'object' && data !== null && 'error' in data && typeof data.error === 'string'
    ? data.error
    : null
}

/** The workspace does not offer this at all: asking again is of no use until a restart. */
const NOT_OFFERED: readonly string[] = [
  'unknown_method',
  'feature_not_enabled',
  'feature_disabled',
  'method_deprecated',
  'missing_scope',
  'not_agent_app',
]

export function isNotOffered(error: unknown): boolean {
  return NOT_OFFERED.includes(slackReason(error) ?? '')
}
