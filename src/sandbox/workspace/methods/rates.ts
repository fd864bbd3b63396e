/** Slack's own figures: calls a minute, per method. `post` counts by channel. */
export const TIERS = { tier2: 20, tier3: 50, tier4: 100, often: 300, status: 600 } as const
export type Tier = keyof typeof TIERS | 'post'

const MINUTE_MS = 60_000
/** One message a second and channel, with short bursts let through. */
const POST_BURST = 10
const POST_INTERVAL_MS = 1_000

export type Rates = {
  /** Counts the call; the seconds to wait when it is one too many, else null. */
  take(method: string, tier: Tier, channel: string): number | null
}

/** A sliding minute for each method, a leaking bucket for each channel that is posted to. */
export function createRates(now: () => number = Date.now): Rates {
  const calls = new Map<string, number[]>()
  const buckets = new Map<string, { tokens: number; at: number }>()

  function takeFromBucket(channel: string): number | null {
    const at = now()
    const bucket = buckets.get(channel) ?? { tokens: POST_BURST, at }
    const tokens = Math.min(POST_BURST, bucket.tokens + (at - bucket.at) / POST_INTERVAL_MS)
    buckets.set(channel, { tokens: tokens >= 1 ? tokens - 1 : tokens, at })
    return tokens >= 1 ? null : Math.max(1, Math.ceil(1 - tokens))
  }
  return {
    take(method, tier, channel) {
      if (tier === 'post') return takeFromBucket(channel)
      const at = now()
      const recent = (calls.get(method) ?? []).filter((call) => call > at - MINUTE_MS)
      calls.set(method, recent)
      if (recent.length >= TIERS[tier]) return Math.ceil(((recent[0] ?? at) + MINUTE_MS - at) / 1_000)
      recent.push(at)
      return null
    },
  }
}
