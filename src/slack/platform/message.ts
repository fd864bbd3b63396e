import type { KnownBlock } from '@slack/types'

export type SlackMessage = { text: string; blocks: KnownBlock[] }

/** Where a message of ours stands. */
export type Posted = { channel: string; ts: string }

/** The channel for alerts; `team` is null where the app serves one workspace only. */
export type AlertTarget = { channel: string; team: string | null }
