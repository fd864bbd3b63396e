import { WebSocket } from 'ws'
import type { Workspace } from '../../../src/sandbox/workspace/options.ts'
import { webClient } from './stage.ts'

export type Frame = Readonly<Record<string, unknown>> & {
  type: string
  envelope_id?: string
  retry_attempt?: number
  retry_reason?: string
  payload?: Readonly<Record<string, unknown>> & { event_id?: string; event?: Readonly<Record<string, unknown>> }
}
const PATIENCE_MS = 10_000

/** A Socket Mode client that acknowledges only what and when the test says. */
export async function rawSocket(workspace: Workspace) {
  const { url } = await webClient(workspace, workspace.appToken).apps.connections.open({})
  const socket = new WebSocket(url ?? '')
  const frames: Frame[] = []
  const waiting: ((frame: Frame) => void)[] = []
  socket.on('message', (data) => {
    const frame = JSON.parse(String(data)) as Frame
    const first = waiting.shift()
    if (first) first(frame)
    else frames.push(frame)
  })
  /** Resolves with the close code. */
  const closed = new Promise<number>((resolve) => socket.on('close', resolve))
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  const next = (): Promise<Frame> => {
    const waitingFrame = frames.shift()
    if (waitingFrame) return Promise.resolve(waitingFrame)
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('No frame came.')), PATIENCE_MS)
      waiting.push((frame) => {
        clearTimeout(timer)
        resolve(frame)
      })
    })
  }
  return {
    next,
    closed,
    /** Frames that came and were not asked for. */
    unread: () => frames.length,
    ack: (frame: Frame, payload?: unknown) => socket.send(JSON.stringify({ envelope_id: frame.envelope_id, payload })),
    send: (text: string) => socket.send(text),
    terminate: () => socket.terminate(),
    async [Symbol.asyncDispose]() {
      socket.terminate()
      await closed
    },
  }
}
