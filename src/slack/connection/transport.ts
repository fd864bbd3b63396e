import type { Receiver } from '@slack/bolt'

/** One way in which Slack reaches us. */
export type Transport = {
  receiver: Receiver
  /** From here on requests are answered; events are refused until we know who we are. */
  listen(): Promise<void>
  connect(signal: AbortSignal): Promise<void>
  isConnected(): boolean
  /** The port that is listened on. */
  port(): number | null
  /** Nothing new arrives after it. */
  close(): Promise<void>
}
