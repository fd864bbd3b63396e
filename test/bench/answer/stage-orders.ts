/** What the bench and its stage say to each other. */
export type Order =
  | { name: 'addresses' }
  /** A new workspace, which takes the place of nothing: the one before was closed. */
  | { name: 'open' }
  | { name: 'connected' }
  /** How long every Slack call takes, and the model until its first token. */
  | { name: 'pace'; slackMs: number; firstTokenMs: number }
  | { name: 'marks' }
  | { name: 'close' }

export type Place = {
  url: string
  apiUrl: string
  botToken: string
  appToken: string
  technician: string
  bot: string
  /** The technician's direct conversation with the bot. */
  direct: string
  /** A channel without the bot: what is posted there concerns nobody. */
  elsewhere: string
}

/** What happened since this was asked last. */
export type Marks = {
  /** `thread` is the one that the call names, `at` milliseconds since the epoch. */
  calls: readonly { method: string; at: number; thread: string | null; error: string | null }[]
  modelCalls: readonly number[]
  /** From an envelope to its acknowledgement. */
  ackMs: readonly number[]
  unacked: number
}

export type Answers = {
  addresses: { broker: string; models: string; apiKey: string; baseModel: string }
  open: Place
  connected: undefined
  pace: undefined
  marks: Marks
  close: undefined
}
