import type { SlackEventMiddlewareArgs } from '@slack/bolt'
import { z } from 'zod'
import { type Feature, feature } from '../platform/feature.ts'
import { parseWorkspaceRef } from '../platform/payloads.ts'
import type { Access } from '../platform/workspaces.ts'

/** Ends an installation when Slack reports it. */
export function createUninstall(deps: Pick<Access, 'leave'>): Feature {
  return feature((app) => {
    app.event('app_uninstalled', onUninstalled(deps))
    app.event('tokens_revoked', onTokensRevoked(deps))
  })
}

/** The app was uninstalled: its token is useless and is deleted. */
function onUninstalled(deps: Pick<Access, 'leave'>) {
  return async function onUninstalled({
    body,
  }: Pick<SlackEventMiddlewareArgs<'app_uninstalled'>, 'body'>): Promise<void> {
    const place = parseWorkspaceRef(body)
    if (place) await deps.leave(place, happenedAt(body))
  }
}

const Revoked = z.object({ tokens: z.object({ bot: z.array(z.string()).default([]) }) })

/** Tokens were revoked. Only the bot's token concerns us, not users' tokens. */
function onTokensRevoked(deps: Pick<Access, 'leave'>) {
  return async function onTokensRevoked({
    body,
    event,
  }: Pick<SlackEventMiddlewareArgs<'tokens_revoked'>, 'body' | 'event'>): Promise<void> {
    const place = parseWorkspaceRef(body)
    const revoked = Revoked.safeParse(event)
    if (place && revoked.data?.tokens.bot.length) await deps.leave(place, happenedAt(body))
  }
}

const Dated = z.object({ event_time: z.number() })

function happenedAt(body: unknown): Date | null {
  const dated = Dated.safeParse(body)
  return dated.success ? new Date(dated.data.event_time * 1_000) : null
}
