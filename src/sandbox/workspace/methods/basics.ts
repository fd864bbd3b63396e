import { z } from 'zod'
import { announceLeaving } from '../announcing.ts'
import { ExchangeArgs, type OAuth } from '../oauth.ts'
import { flag, method } from './method.ts'

const authTest = method({
  tier: 'often',
  token: 'any',
  params: z.object({}),
  run: (_, world) => ({
    url: `${world.url()}/`,
    team: world.team.name,
    user: 'hydrocore',
    team_id: world.team.id,
    user_id: world.team.botUserId,
    bot_id: world.team.botId,
    is_enterprise_install: false,
  }),
})

const apiTest = method({
  tier: 'tier4',
  token: 'any',
  params: z.looseObject({ error: z.string().optional() }),
  run: ({ token: _, ...args }) => (args.error ? { ok: false, error: args.error, args } : { args }),
})

const authRevoke = method({
  tier: 'tier3',
  params: z.object({ test: flag.optional() }),
  run(args, world) {
    if (!args.test) announceLeaving(world)
    return { revoked: !args.test }
  },
})

/** `issueTicket` gives the path of a socket that is about to be opened. */
export const basicMethods = (issueTicket: () => string, exchange: OAuth['exchange']) => ({
  'auth.test': authTest,
  'auth.revoke': authRevoke,
  'oauth.v2.access': method({
    tier: 'often',
    token: 'none',
    params: ExchangeArgs,
    run: (args) => exchange(args),
  }),
  'api.test': apiTest,
  'apps.connections.open': method({
    tier: 'tier3',
    token: 'app',
    params: z.object({}),
    run: (_, world) => ({ url: `${world.host().replace(/^http/, 'ws')}${issueTicket()}` }),
  }),
})
