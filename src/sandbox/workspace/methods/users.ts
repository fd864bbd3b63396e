import { z } from 'zod'
import { PlatformError } from '../platform-error.ts'
import { slackUser } from '../shapes.ts'
import { USERGROUPS } from '../state/seed.ts'
import { person, type World } from '../state/world.ts'
import { flag, id, method, page, paged } from './method.ts'

const seen = (world: World) => ({ withEmail: world.scopes.has('users:read.email') })

const info = method({
  tier: 'tier4',
  scope: 'users:read',
  params: z.object({ user: id, include_locale: flag.optional() }),
  run: (args, world) => ({ user: slackUser(world, person(world, args.user), seen(world)) }),
})

const list = method({
  tier: 'tier2',
  scope: 'users:read',
  params: z.object({ include_locale: flag.optional(), ...paged }),
  run(args, world) {
    const { items, response_metadata } = page([...world.people.values()], args.limit ?? 1_000, args.cursor)
    return {
      members: items.map((someone) => slackUser(world, someone, seen(world))),
      cache_ts: Math.floor(Date.now() / 1_000),
      response_metadata,
    }
  },
})

const groups = method({
  tier: 'tier2',
  scope: 'usergroups:read',
  params: z.object({
    include_users: flag.default(false),
    include_count: flag.default(false),
    include_disabled: flag.optional(),
  }),
  run: (args, world) => ({
    usergroups: USERGROUPS.map((group) => ({
      id: group.id,
      team_id: world.team.id,
      is_usergroup: true,
      name: group.name,
      description: '',
      handle: group.handle,
      is_external: false,
      date_create: 0,
      date_update: 0,
      date_delete: 0,
      auto_type: null,
      created_by: world.team.botUserId,
      updated_by: world.team.botUserId,
      deleted_by: null,
      prefs: { channels: [], groups: [] },
      ...(args.include_users ? { users: group.users } : {}),
      ...(args.include_count ? { user_count: group.users.length } : {}),
    })),
  }),
})

const groupUsers = method({
  tier: 'tier2',
  scope: 'usergroups:read',
  params: z.object({ usergroup: id, include_disabled: flag.optional() }),
  run(args) {
    const group = USERGROUPS.find((one) => one.id === args.usergroup)
    if (!group) throw new PlatformError('no_such_subteam')
    return { users: group.users }
  },
})

export const userMethods = {
  'users.info': info,
  'users.list': list,
  'usergroups.list': groups,
  'usergroups.users.list': groupUsers,
}
