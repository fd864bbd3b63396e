/** A message that is still being written. In a channel only its recipient sees it grow. */
type Stream = {
  recipientId: string | null
  /** What everybody else in a channel sees until it is finished. */
  firstText: string
  timer: NodeJS.Timeout
}
export type Streams = {
  start(channel: string, ts: string, stream: Omit<Stream, 'timer'>): void
  find(channel: string, ts: string): Stream | null
  end(channel: string, ts: string): void
  close(): void
}

/** Streams live `lifetimeMs` from their start, however busy they are; then `expired` is told. */
export function createStreams(lifetimeMs: number, expired: (channel: string, ts: string) => void): Streams {
  const streams = new Map<string, Stream>()
  const keyOf = (channel: string, ts: string) => `${channel}:${ts}`
  const end = (channel: string, ts: string) => {
    clearTimeout(streams.get(keyOf(channel, ts))?.timer)
    streams.delete(keyOf(channel, ts))
  }
  return {
    end,
    find: (channel, ts) => streams.get(keyOf(channel, ts)) ?? null,
    start(channel, ts, stream) {
      const timer = setTimeout(() => {
        end(channel, ts)
        expired(channel, ts)
      }, lifetimeMs)
      streams.set(keyOf(channel, ts), { ...stream, timer })
    },
    close() {
      for (const { timer } of streams.values()) clearTimeout(timer)
    },
  }
}
