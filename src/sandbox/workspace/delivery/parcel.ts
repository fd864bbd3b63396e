/** Something on its way to the app, whichever way it travels. */
export type Parcel = {
  kind: 'events_api' | 'interactive' | 'slash_commands'
  payload: Readonly<Record<string, unknown>>
  /** The app may answer with content inside its ack. */
  acceptsResponse: boolean
  retry: { attempt: number; reason: string } | null
}

export type Reply =
  | { state: 'acked'; payload: unknown; afterMs: number }
  /** Nobody was there to be told. */
  | { state: 'unreachable' }
  | { state: 'timed_out' }
  /** The connection broke before the ack. */
  | { state: 'connection_failed' }
  /** HTTP only: an answer other than 2xx. */
  | { state: 'http_error'; status: number; noRetry: boolean }

/** One way to the app: Socket Mode or signed HTTP requests. */
export type Transport = {
  isReady(): boolean
  send(parcel: Parcel, timeoutMs: number): Promise<Reply>
}

/** How each way words a retry's reason. */
export const RETRY_REASONS = {
  socket: { timed_out: 'timeout', unreachable: 'timeout', connection_failed: 'timeout', http_error: 'timeout' },
  http: {
    timed_out: 'http_timeout',
    unreachable: 'connection_failed',
    connection_failed: 'connection_failed',
    http_error: 'http_error',
  },
} as const
