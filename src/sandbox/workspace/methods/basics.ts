import { z } from 'zod'
import { APP, TEAM } from '../seed.ts'
import { method } from './method.ts'

const authTest = method({
  tier: 'often',
  token: 'any',
  params: z.object({}),
  run: (_, world) => ({
    url: `${world.url()}/`,
    team: TEAM.name,
    user: 'hydrocore',
    team_id: TEAM.id,
    user_id: APP.botUserId,
    bot_id: APP.botId,
    is_enterprise_install: false,
  }),
})

const apiTest = method({
  tier: 'tier4',
  token: 'any',
  params: z.looseObject({ error: z.string().optional() }),
  run: ({ token: _, ...args }) => (args.error ? { ok: false, error: args.error, args } : { args }),
})

/** `issueTicket` gives the path of a socket that is about to be opened. */
export const basicMethods = (issueTicket: () => string) => ({
  'auth.test': authTest,
  'api.test': apiTest,
  'apps.connections.open': method({
    tier: 'tier3',
    token: 'app',
    params: z.object({}),
    run: (_, world) => ({ url: `${world.url().replace(/^http/, 'ws')}${issueTicket()}` }),
  }),
})
