import { describe, expect, it } from 'vitest'
import { createRates, TIERS } from '../../../src/sandbox/workspace/methods/rates.ts'
import { createResponseUrls } from '../../../src/sandbox/workspace/people/response-urls.ts'
import { createTriggers } from '../../../src/sandbox/workspace/people/triggers.ts'
import { openStage } from './stage.ts'

/** A clock that stands until it is moved. */
const clock = (at = 1_000_000) => ({
  now: () => at,
  move(ms: number) {
    at += ms
  },
})

describe('rate limits', () => {
  it('let a tier through in each sliding minute, method by method', () => {
    const time = clock()
    const rates = createRates(time.now)
    for (let n = 0; n < TIERS.tier2; n += 1) {
      expect(rates.take('chat.startStream', 'tier2', 'C1')).toBeNull()
      time.move(1_000)
    }
    expect(rates.take('chat.startStream', 'tier2', 'C2')).toBe(40)
    expect(rates.take('chat.stopStream', 'tier2', 'C1')).toBeNull()
    time.move(40_001)
    expect(rates.take('chat.startStream', 'tier2', 'C1')).toBeNull()
    expect(rates.take('chat.startStream', 'tier2', 'C1')).toBe(1)
  })

  it('let about one message a second into a channel, after a burst', () => {
    const time = clock()
    const rates = createRates(time.now)
    const post = (channel: string) => rates.take('chat.postMessage', 'post', channel)
    const burst = Array.from({ length: 10 }, () => post('C1'))
    expect(burst.every((wait) => wait === null)).toBe(true)
    expect(post('C1')).toBe(1)
    expect(post('C2')).toBeNull()
    time.move(1_000)
    expect([post('C1'), post('C1')]).toEqual([null, 1])
  })

  it('answer 429 with Retry-After, as the real client understands it', async () => {
    await using stage = await openStage({ rateLimits: true })
    const post = () => stage.client.chat.postMessage({ channel: stage.workspace.channels.fieldSupport, text: 'x' })
    for (let n = 0; n < 10; n += 1) await post()
    await expect(post()).rejects.toMatchObject({ code: 'slack_webapi_rate_limited_error', retryAfter: 1 })
  })
})

describe('what lives for a while', () => {
  it('is a trigger: three seconds, once', () => {
    const time = clock()
    const triggers = createTriggers(3_000, time.now)
    const trigger = { userId: 'U1', viewId: null }
    const [used, late, fresh] = [triggers.issue(trigger), triggers.issue(trigger), triggers.issue(trigger)]
    expect(triggers.exchange(used)).toEqual(trigger)
    expect(() => triggers.exchange(used)).toThrow('exchanged_trigger_id')
    time.move(3_000)
    expect(triggers.exchange(fresh)).toEqual(trigger)
    time.move(1)
    expect(() => triggers.exchange(late)).toThrow('expired_trigger_id')
    expect(() => triggers.exchange('made up')).toThrow('invalid_trigger_id')
  })

  it('is a response_url: half an hour, five times', () => {
    const time = clock()
    const urls = createResponseUrls(() => 'http://here', time.now)
    const target = { channel: 'C1', userId: 'U1', ts: null, threadTs: null }
    const issue = () => urls.issue(target).split('/').at(-1) ?? ''
    const [often, late] = [issue(), issue()]
    for (let n = 0; n < 5; n += 1) expect(urls.use(often)).toMatchObject(target)
    expect(urls.use(often)).toBe('used_url')
    time.move(30 * 60_000 + 1)
    expect(urls.use(late)).toBe('expired_url')
    expect(urls.use('made up')).toBe('expired_url')
  })
})
