import { z } from 'zod'
import { PlatformError } from '../platform-error.ts'
import { slackMessage } from '../shapes.ts'
import { react } from '../state/posting.ts'
import { channelOfApp, type World } from '../state/world.ts'
import { flag, id, method, ts } from './method.ts'

const NAME = /^[\p{Ll}\p{N}_+'-]+(::skin-tone-[2-6])?$/u
const target = z.object({ channel: id, timestamp: ts, name: z.string() })

function place(world: World, args: { channel: string; timestamp: string }) {
  const channel = channelOfApp(world, args.channel)
  const message = world.messages.find(channel.id, args.timestamp)
  if (!message) throw new PlatformError('message_not_found')
  return message
}

const add = method({
  tier: 'tier3',
  scope: 'reactions:write',
  params: target,
  run(args, world) {
    if (!NAME.test(args.name)) throw new PlatformError('invalid_name')
    if (!react(world, place(world, args), world.team.botUserId, args.name, true))
      throw new PlatformError('already_reacted')
    return {}
  },
})

const remove = method({
  tier: 'tier2',
  scope: 'reactions:write',
  params: target,
  run(args, world) {
    if (!react(world, place(world, args), world.team.botUserId, args.name, false))
      throw new PlatformError('no_reaction')
    return {}
  },
})

const get = method({
  tier: 'tier3',
  scope: 'reactions:read',
  params: z.object({ channel: id, timestamp: ts, full: flag.optional() }),
  run(args, world) {
    const message = place(world, args)
    return { type: 'message', channel: message.channel, message: slackMessage(world, message) }
  },
})

export const reactionMethods = { 'reactions.add': add, 'reactions.remove': remove, 'reactions.get': get }
