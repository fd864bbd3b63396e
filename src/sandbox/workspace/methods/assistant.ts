import { z } from 'zod'
import { LIMITS } from '../limits.ts'
import { PlatformError } from '../platform-error.ts'
import { channelOfApp, person, type World } from '../state/world.ts'
import { id, json, method, text, ts } from './method.ts'

const checkRoot = (world: World, channel: string, threadTs: string) => {
  if (!world.messages.find(channel, threadTs)) throw new PlatformError('invalid_thread_ts')
}

const setStatus = method({
  tier: 'status',
  scope: 'chat:write',
  params: z.object({
    channel_id: id,
    thread_ts: ts,
    status: text,
    loading_messages: json(
      z.array(z.string().max(LIMITS.status.loadingMessage)).min(1).max(LIMITS.status.loadingMessages),
    ).optional(),
  }),
  run(args, world) {
    const channel = channelOfApp(world, args.channel_id)
    checkRoot(world, channel.id, args.thread_ts)
    world.statuses.set({
      channel: channel.id,
      threadTs: args.thread_ts,
      status: args.status,
      loadingMessages: args.loading_messages ?? [],
    })
    return {}
  },
})

const setSuggestedPrompts = method({
  tier: 'tier4',
  scope: 'assistant:write',
  params: z.object({
    channel_id: id,
    thread_ts: ts.optional(),
    title: text.optional(),
    prompts: json(
      z
        .array(z.object({ title: z.string().min(1), message: z.string().min(1) }))
        .min(1)
        .max(LIMITS.prompts.count),
    ),
  }),
  run(args, world) {
    channelOfApp(world, args.channel_id)
    // With a thread Slack answers ok and shows nothing; saying so here saves somebody an afternoon.
    if (args.thread_ts) world.log('setSuggestedPrompts with thread_ts shows nothing in an agent_view app.')
    return {}
  },
})

const SESSION_STATUSES: readonly string[] = ['active', 'processing', 'suspended', 'closed']

const setSessionStatus = method({
  tier: 'tier3',
  scope: 'chat:write',
  params: z.object({
    channel_id: id,
    thread_ts: ts.optional(),
    status: text,
    title: text.pipe(z.string().max(LIMITS.session.title)).optional(),
    initiator_user_id: text.optional(),
  }),
  run(args, world) {
    const channel = channelOfApp(world, args.channel_id)
    if (!SESSION_STATUSES.includes(args.status)) throw new PlatformError('invalid_status')
    if (!args.thread_ts) throw new PlatformError('thread_ts_required')
    if (args.initiator_user_id) person(world, args.initiator_user_id)
    checkRoot(world, channel.id, args.thread_ts)
    const warning = 'missing_agent_session_stopped_event_subscription'
    const isUnheard = args.status === 'processing' && !world.events.has('agent_session_stopped')
    return {
      status: args.status,
      agent_status: args.status,
      title: args.title ?? '',
      ...(isUnheard ? { warning, response_metadata: { warnings: [warning] } } : {}),
    }
  },
})

export const assistantMethods = {
  'assistant.threads.setStatus': setStatus,
  'assistant.threads.setSuggestedPrompts': setSuggestedPrompts,
  'agents.sessions.setStatus': setSessionStatus,
}
