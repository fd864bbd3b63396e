import type { KnownBlock } from '@slack/types'

export type SlackMessage = { text: string; blocks: KnownBlock[] }

/** The place of one of our messages. */
export type Posted = { channel: string; ts: string }

/** The channel to post to; `team` is null when the app serves one workspace only. */
export type AlertTarget = { channel: string; team: string | null }
