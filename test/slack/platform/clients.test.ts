import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebClient } from '@slack/web-api'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createLogger } from '../../../src/lib/logger.ts'
import type { Fault } from '../../../src/sandbox/workspace/methods/faults.ts'
import type { Workspace } from '../../../src/sandbox/workspace/options.ts'
import { startWorkspace } from '../../../src/sandbox/workspace/start.ts'
import { callSlack, createClients, identify, slackLogger } from '../../../src/slack/platform/clients.ts'
import { SlackRefusedError } from '../../../src/slack/platform/errors.ts'
import { silent } from '../../support/silent.ts'

describe('a call to Slack', () => {
  let fixture: Workspace
  beforeAll(async () => {
    fixture = await startWorkspace({ commands: [], shortcuts: [], rateLimits: false })
  })
  afterEach(() => fixture.faults.clear())
  afterAll(() => fixture[Symbol.asyncDispose]())

  const POST = 'chat.postMessage'
  const clients = () => createClients(fixture.botToken, fixture.apiUrl, silent)
  const post = (options?: { isRepeatable: boolean }) => {
    const { posting } = clients()
    return callSlack(() => posting.chat.postMessage({ channel: fixture.channels.fieldSupport, text: 'x' }), options)
  }
  const made = (method: string) => fixture.calls.filter((call) => call.method === method).length
  const counting = async (work: () => Promise<unknown>) => {
    const before = made(POST)
    const outcome = await work().then(
      () => 'done',
      () => 'failed',
    )
    return { outcome, calls: made(POST) - before }
  }
  const ails = (fault: Omit<Fault, 'method'>) => fixture.faults.add({ method: POST, ...fault })

  it('that is limited waits as long as Slack asks, and is made again', async () => {
    ails({ error: 'ratelimited', retryAfterSeconds: 1 })
    const startedAt = performance.now()
    expect(await counting(post)).toEqual({ outcome: 'done', calls: 2 })
    expect(performance.now() - startedAt).toBeGreaterThan(1_000)
  })

  it('that reached nobody is made again', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    await new Promise((resolve) => server.close(resolve))
    const away = createClients(fixture.botToken, `http://127.0.0.1:${port}/api/`, silent)
    let tries = 0
    const call = () => {
      tries += 1
      const { posting } = tries === 1 ? away : clients()
      return posting.chat.postMessage({ channel: fixture.channels.fieldSupport, text: 'x' })
    }
    expect(await counting(() => callSlack(call))).toEqual({ outcome: 'done', calls: 1 })
    expect(tries).toBe(2)
  })

  it('that got no answer in time is not made again, since it may have been carried out', async () => {
    // Long enough to reach the stand-in on a busy machine: a call that never left would be another story.
    const timeout = 1_000
    const delayMs = timeout + 500
    ails({ delayMs })
    const slow = new WebClient(fixture.botToken, {
      slackApiUrl: fixture.apiUrl,
      timeout,
      retryConfig: { retries: 0 },
      logger: slackLogger(silent),
    })
    const before = made(POST)
    const call = () => slow.chat.postMessage({ channel: fixture.channels.fieldSupport, text: 'x' })
    await expect(callSlack(call)).rejects.toThrow()
    // The stand-in records a call when it has answered it; a timer may fire a millisecond early.
    const slowCalls = () =>
      fixture.calls.filter(({ method, durationMs }) => method === POST && durationMs >= delayMs - 1)
    await expect.poll(() => slowCalls().length).toBe(1)
    expect(made(POST) - before).toBe(1)
  })

  it.each<[string, Omit<Fault, 'method'>]>([
    ['whose answer was lost', { status: 500, after: true }],
    ['that was answered with HTML', { body: '<html>' }],
    ['that Slack itself lost', { error: 'internal_error' }],
  ])('%s is made again only where that does no harm', async (_, fault) => {
    ails(fault)
    expect(await counting(post)).toEqual({ outcome: 'failed', calls: 1 })
    ails(fault)
    expect(await counting(() => post({ isRepeatable: true }))).toEqual({ outcome: 'done', calls: 2 })
  })

  it.each(['channel_not_found', 'not_in_channel', 'invalid_blocks', 'missing_scope'])(
    'that Slack refuses with %s is not made again',
    async (error) => {
      ails({ error })
      expect(await counting(() => post({ isRepeatable: true }))).toEqual({ outcome: 'failed', calls: 1 })
    },
  )

  it('of a form is not held up by a limit on posts', async () => {
    ails({ error: 'ratelimited', retryAfterSeconds: 30, times: 9 })
    const { interactive, posting } = clients()
    const posts = posting.chat.postMessage({ channel: fixture.channels.fieldSupport, text: 'x' })
    await expect(posts).rejects.toThrow()
    await expect(interactive.auth.test()).resolves.toMatchObject({ ok: true })
  })
})

describe('who we are', () => {
  let fixture: Workspace
  beforeAll(async () => {
    fixture = await startWorkspace({ commands: [], shortcuts: [], rateLimits: false })
  })
  afterEach(() => fixture.faults.clear())
  afterAll(() => fixture[Symbol.asyncDispose]())

  const ask = (signal: AbortSignal, token = fixture.botToken) =>
    identify(createClients(token, fixture.apiUrl, silent).interactive, silent, signal)

  it('is asked until Slack says it', async () => {
    fixture.faults.add({ method: 'auth.test', status: 503 })
    expect(await ask(AbortSignal.timeout(10_000))).toMatchObject({ team: 'T0HYDRO001', botUserId: fixture.people.bot })
  })

  it.each(['invalid_auth', 'account_inactive', 'token_revoked'])('is not asked again after %s', async (error) => {
    fixture.faults.add({ method: 'auth.test', error })
    const asking = ask(AbortSignal.timeout(10_000))
    await expect(asking).rejects.toThrow(SlackRefusedError)
    await expect(asking).rejects.toHaveProperty('remedy', expect.stringContaining(error))
  })

  it('is not asked any more once it is called off', async () => {
    fixture.faults.add({ method: 'auth.test', status: 503, times: 99 })
    const caller = new AbortController()
    const asking = ask(caller.signal)
    caller.abort(new Error('stopping'))
    await expect(asking).rejects.toThrow('stopping')
  })
})

it('what Slack’s libraries log holds no token, and no more than we want to know', async () => {
  const lines: string[] = []
  const logger = slackLogger(createLogger('info', { write: (line) => void lines.push(line) }))
  logger.info('connected')
  logger.warn('with', 'xoxb-123-secret', new Error('for xapp-1-secret'), { a: 1 })
  expect(lines).toHaveLength(1)
  expect(lines[0]).toContain('with')
  expect(lines[0]).not.toContain('secret')
})
