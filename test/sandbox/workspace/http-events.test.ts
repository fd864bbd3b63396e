import { createServer } from 'node:http'
import { describe, expect, it, vi } from 'vitest'
import { httpApp, openStage } from './stage.ts'

type Answer = { status: number; headers?: Record<string, string>; body?: string }

/** An address that answers as told and remembers what it was sent. */
async function listenerThat(answer: (request: { body: string; attempt: number }) => Answer) {
  const requests: { headers: Record<string, unknown>; body: string }[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => {
      const challenge = body.includes('url_verification') ? JSON.parse(body).challenge : null
      if (challenge) return response.end(challenge)
      requests.push({ headers: request.headers, body })
      const { status, headers = {}, body: text = '' } = answer({ body, attempt: requests.length })
      response.writeHead(status, headers).end(text)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    url: typeof address === 'object' && address ? `http://127.0.0.1:${address.port}/` : '',
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
const QUICK = { retryDelaysMs: [0, 0, 0] }

describe('signed HTTP events', () => {
  it('reach a real Bolt HTTPReceiver: messages, commands and clicks', async () => {
    await using stage = await openStage()
    await using app = await httpApp(stage.workspace, (bolt) => {
      bolt.message(async ({ message, say }) => {
        if (message.subtype !== undefined) return
        await say({
          text: 'press',
          blocks: [
            {
              type: 'actions',
              elements: [{ type: 'button', action_id: 'go', text: { type: 'plain_text', text: 'Go' }, value: '1' }],
            },
          ],
        })
      })
      bolt.command('/diagnose', async ({ ack, command }) => ack(`Looking at ${command.text}`))
      bolt.action('go', async ({ ack, respond }) => {
        await ack()
        await respond({ text: 'Gone', replace_original: true })
      })
    })
    await stage.workspace.sendTo(app.url)
    const tessa = await stage.seat(stage.workspace.people.technician)
    expect(tessa.scene().appConnected).toBe(true)
    await tessa.say(tessa.dm, 'hello')
    const message = await tessa.waitFor(({ messages }) => messages.find((one) => one.text === 'press'))
    expect(await tessa.click(message, 'Go')).toEqual({ ok: true })
    await tessa.waitFor(({ messages }) => messages.some((one) => one.ts === message.ts && one.text === 'Gone'))
    expect(await tessa.command('/diagnose E-02')).toEqual({ ok: true })
    const answer = await tessa.waitFor(({ messages }) => messages.find((one) => one.text === 'Looking at E-02'))
    expect(answer.isEphemeral).toBe(true)
  })

  it('are signed over the raw body and carry the retry headers', async () => {
    await using stage = await openStage({ timing: QUICK })
    await using listener = await listenerThat(({ attempt }) => ({ status: attempt < 3 ? 500 : 200 }))
    await stage.workspace.sendTo(listener.url)
    const tessa = await stage.seat(stage.workspace.people.technician)
    await tessa.say(tessa.dm, 'hello')
    await vi.waitFor(() => expect(listener.requests).toHaveLength(3))
    expect(listener.requests.map(({ headers }) => headers['x-slack-retry-num'])).toEqual([undefined, '1', '2'])
    expect(listener.requests[1]?.headers).toMatchObject({
      'x-slack-retry-reason': 'http_error',
      'content-type': 'application/json',
      'x-slack-signature': expect.stringMatching(/^v0=[\da-f]{64}$/),
    })
    expect(new Set(listener.requests.map(({ body }) => body)).size).toBe(1)
  })

  it('stop retrying when the app asks for it', async () => {
    await using stage = await openStage({ timing: QUICK })
    await using listener = await listenerThat(() => ({ status: 503, headers: { 'x-slack-no-retry': '1' } }))
    await stage.workspace.sendTo(listener.url)
    const tessa = await stage.seat(stage.workspace.people.technician)
    await tessa.say(tessa.dm, 'hello')
    await stage.workspace.settled()
    await tessa.say(tessa.dm, 'again')
    await stage.workspace.settled()
    expect(stage.workspace.deliveries().map(({ attempt }) => attempt)).toEqual([0, 0])
  })

  it('are not sent to an address that fails the challenge', async () => {
    await using stage = await openStage()
    await expect(stage.workspace.sendTo(`${stage.workspace.url}/nowhere`)).rejects.toThrow('challenge')
    await expect(stage.workspace.sendTo('http://127.0.0.1:1/')).rejects.toThrow('challenge')
  })

  it('tell a person when a command cannot be delivered', async () => {
    await using stage = await openStage()
    await using listener = await listenerThat(() => ({ status: 500 }))
    await stage.workspace.sendTo(listener.url)
    const tessa = await stage.seat(stage.workspace.people.technician)
    expect(await tessa.command('/diagnose E-02')).toMatchObject({ ok: false, code: 'operation_timeout' })
    await tessa.waitFor(({ notices }) => notices.includes('/diagnose failed because the app did not respond.'))
  })
})
