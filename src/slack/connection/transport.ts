import type { Receiver } from '@slack/bolt'

/** How Slack reaches us: HTTP or Socket Mode. */
export type Transport = {
  receiver: Receiver
  /** Requests are answered from here on; events are rejected until we know who we are. */
  listen(): Promise<void>
  connect(signal: AbortSignal): Promise<void>
  isConnected(): boolean
  port(): number | null
  /** Nothing new arrives afterwards. */
  close(): Promise<void>
}
