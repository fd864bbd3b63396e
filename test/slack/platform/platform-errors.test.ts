import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { callSlack, createClients } from '../../../src/slack/platform/clients.ts'
import { NotInstalledError } from '../../../src/slack/platform/errors.ts'
import { isNotOffered, retryAfterMs, retryabilityOf, slackReason } from '../../../src/slack/platform/platform-errors.ts'
import { silent } from '../../support/silent.ts'

type Answer = { status?: number; headers?: Record<string, string>; body?: string; isCut?: boolean }

/** Real errors of the real client, from a server that fails in every way. */
describe('a call that failed', () => {
  const planned: Answer[] = []
  let requests = 0
  const server = createServer((request, response) => {
    requests += 1
    const { status = 200, headers = {}, body = '{"ok":true}', isCut } = planned.shift() ?? {}
    if (isCut) return void request.socket.destroy()
    response.writeHead(status, headers).end(body)
  })
  const refusal = (error: string) => ({ body: JSON.stringify({ ok: false, error }) })
  let call: () => Promise<unknown>

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const { posting } = createClients('xoxb-test', `http://127.0.0.1:${port}/api/`, silent)
    call = () => posting.chat.postMessage({ channel: 'C1', text: 'words' })
  })
  afterAll(() => void server.close())

  const failing = async (...answers: Answer[]) => {
    planned.splice(0, planned.length, ...answers)
    requests = 0
    return call().then(
      () => expect.fail('it was to fail'),
      (error: unknown) => error,
    )
  }

  it.each([
    ['a refusal', refusal('is_archived'), 'rejected'],
    ['an unknown method', refusal('unknown_method'), 'rejected'],
    ['trouble of Slack’s own', refusal('internal_error'), 'unknown'],
    ['a rate limit', { status: 429, headers: { 'retry-after': '7' } }, 'not_applied'],
    ['a rate limit that does not say how long', { status: 429 }, 'not_applied'],
    ['a rate limit in words', refusal('ratelimited'), 'not_applied'],
    ['Slack closed for now', refusal('service_unavailable'), 'not_applied'],
    ['a gateway’s error', { status: 502 }, 'unknown'],
    ['a gateway that turns us away', { status: 403 }, 'rejected'],
    ['a page instead of an answer', { body: '<html>sign in</html>' }, 'unknown'],
    ['a cut connection', { isCut: true }, 'unknown'],
  ] as const)('by %s', async (_, answer, nature) => {
    expect(retryabilityOf(await failing(answer))).toBe(nature)
  })

  it('is undone when nobody was there', async () => {
    const gone = createServer()
    await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve))
    const { port } = gone.address() as AddressInfo
    await new Promise((resolve) => gone.close(resolve))
    const { posting } = createClients('xoxb-test', `http://127.0.0.1:${port}/api/`, silent)
    const error = await posting.auth.test().catch((caught: unknown) => caught)
    expect(retryabilityOf(error)).toBe('not_applied')
  })

  it('is no matter of Slack’s when something else failed', () => {
    expect(retryabilityOf(new TypeError('no such thing'))).toBe('not_slack')
    expect(retryabilityOf('words')).toBe('not_slack')
    expect(retryabilityOf(new NotInstalledError('T1'))).toBe('rejected')
  })

  it('says why, and how long to wait', async () => {
    expect(slackReason(await failing(refusal('is_archived')))).toBe('is_archived')
    expect(slackReason(await failing({ body: '<html>' }))).toBeNull()
    expect(retryAfterMs(await failing({ status: 429, headers: { 'retry-after': '7' } }))).toBe(7_000)
    expect(retryAfterMs(await failing(refusal('is_archived')))).toBeNull()
    expect(isNotOffered(await failing(refusal('unknown_method')))).toBe(true)
    expect(isNotOffered(await failing(refusal('is_archived')))).toBe(false)
  })

  const tried = async (answers: Answer[], how?: Parameters<typeof callSlack>[1]) => {
    planned.splice(0, planned.length, ...answers)
    requests = 0
    const isDone = await callSlack(call, how).then(
      () => true,
      () => false,
    )
    return { isDone, requests }
  }

  it('is made again only when that does no harm', async () => {
    expect(await tried([{ status: 502 }])).toEqual({ isDone: false, requests: 1 })
    expect(await tried([{ status: 502 }], { isRepeatable: true })).toEqual({ isDone: true, requests: 2 })
    expect(await tried([refusal('is_archived')], { isRepeatable: true })).toEqual({ isDone: false, requests: 1 })
    expect(await tried([refusal('ratelimited')])).toEqual({ isDone: true, requests: 2 })
  })

  it('is not waited for longer than may be', async () => {
    const limited = { status: 429, headers: { 'retry-after': '60' } }
    expect(await tried([limited], { mostWaitMs: 1_000 })).toEqual({ isDone: false, requests: 1 })
  })
})
