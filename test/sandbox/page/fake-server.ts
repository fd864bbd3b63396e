import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { streamSSE } from 'hono/streaming'
import { pageAssets } from '../../../src/sandbox/page/assets.ts'
import type { Message, Outcome, SandboxEvent, Snapshot } from '../../../src/sandbox/page/contract.ts'
import { message, sampleRoom, TESSA } from './sample-room.ts'

type Posted = { path: string; body: Record<string, unknown> }
type Answer = (body: Record<string, unknown>) => Outcome | Promise<Outcome>

/** A server that speaks the page's contract from memory: what the page posts is kept, and answered as the test wishes. */
export async function openFakeServer() {
  let room: Snapshot = sampleRoom()
  let isDown = false
  const posted: Posted[] = []
  const answers = new Map<string, Answer>()
  const streams = new Set<{ user: string; write: (event: SandboxEvent) => void; close: () => void }>()
  const waiting = new Set<() => void>()

  const emit = (event: SandboxEvent, user?: string): void => {
    if (event.type === 'message') keep(event.message)
    if (event.type === 'modals') room = { ...room, modals: event.modals }
    if (event.type === 'app') room = { ...room, workspace: { ...room.workspace, appConnected: event.connected } }
    for (const stream of streams) if (user === undefined || stream.user === user) stream.write(event)
  }
  const keep = (given: Message): void => {
    const others = room.messages.filter(({ channel, ts }) => channel !== given.channel || ts !== given.ts)
    room = { ...room, messages: [...others, given] }
  }

  const app = new Hono()
  app.use('/sandbox/*', async (context, next) => (isDown ? context.text('down', 503) : next()))
  app.get('/sandbox/state', (context) => {
    const viewerId = context.req.query('user') ?? ''
    if (!room.people.some(({ id }) => id === viewerId))
      return context.json({ ok: false, error: 'There is no such person.' }, 404)
    return context.json({ ...room, viewerId })
  })
  app.get('/sandbox/events', (context) =>
    streamSSE(context, async (stream) => {
      const { promise, resolve } = Promise.withResolvers<void>()
      const entry = {
        user: context.req.query('user') ?? '',
        write: (event: SandboxEvent) => void stream.writeSSE({ data: JSON.stringify(event) }),
        close: resolve,
      }
      streams.add(entry)
      stream.onAbort(resolve)
      await stream.writeln(': open')
      await promise
      streams.delete(entry)
    }),
  )
  app.post('/sandbox/*', async (context) => {
    const path = context.req.path
    const body = (await context.req.json()) as Record<string, unknown>
    posted.push({ path, body })
    for (const wake of waiting) wake()
    const answer = answers.get(path) ?? defaults[path]
    return context.json(answer ? await answer(body) : { ok: true })
  })
  app.route('/', pageAssets({ firstViewer: TESSA }))

  const defaults: Record<string, Answer> = {
    '/sandbox/messages': ({ user, channel, text, threadTs }) => {
      const ts = (Date.now() / 1000).toFixed(6)
      emit({
        type: 'message',
        message: message({
          channel: String(channel),
          ts,
          threadTs: threadTs === undefined ? null : String(threadTs),
          userId: String(user),
          text: String(text),
        }),
      })
      return { ok: true, ts }
    },
    '/sandbox/reactions': ({ user, channel, ts, name, present }) => {
      const found = room.messages.find((each) => each.channel === channel && each.ts === ts)
      if (!found) return { ok: false, error: 'message_not_found' }
      const before = found.reactions.find((each) => each.name === name)?.userIds ?? []
      const userIds = [...before.filter((id) => id !== user), ...(present ? [String(user)] : [])]
      const others = found.reactions.filter((each) => each.name !== name)
      emit({
        type: 'message',
        message: { ...found, reactions: [...others, ...(userIds.length > 0 ? [{ name: String(name), userIds }] : [])] },
      })
      return { ok: true }
    },
    '/sandbox/views/close': ({ viewId }) => {
      emit({ type: 'modals', modals: room.modals.filter(({ id }) => id !== viewId) })
      return { ok: true }
    },
  }

  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' })
  await new Promise<void>((resolve) => server.once('listening', () => resolve()))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  return {
    url,
    posted,
    emit,
    answer: (path: string, answer: Answer) => void answers.set(path, answer),
    change: (change: (before: Snapshot) => Snapshot) => {
      room = change(room)
    },
    /** Begins anew with the sample, keeping the address. */
    reset: () => {
      room = sampleRoom()
      isDown = false
      posted.length = 0
      answers.clear()
      for (const stream of streams) stream.close()
    },
    goDown: () => {
      isDown = true
      for (const stream of streams) stream.close()
    },
    comeBack: () => {
      isDown = false
    },
    /** The next request on this path that was not there yet, or the one already there. */
    nextPost: async (path: string, from = 0): Promise<Record<string, unknown>> => {
      for (;;) {
        const found = posted.slice(from).find((each) => each.path === path)
        if (found) return found.body
        const { promise, resolve } = Promise.withResolvers<void>()
        waiting.add(resolve)
        await promise
        waiting.delete(resolve)
      }
    },
    [Symbol.asyncDispose]: async () => {
      for (const stream of streams) stream.close()
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
        if ('closeAllConnections' in server) server.closeAllConnections()
      })
    },
  }
}

export type FakeServer = Awaited<ReturnType<typeof openFakeServer>>
