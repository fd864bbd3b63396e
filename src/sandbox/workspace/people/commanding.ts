import type { Outcome, Requests, Shortcut, SlashCommand } from '../../page/contract.ts'
import { announceHome } from '../announcing.ts'
import { PlatformError } from '../platform-error.ts'
import { channelName } from '../shapes.ts'
import { APP } from '../state/seed.ts'
import { person, type World } from '../state/world.ts'
import { channelOfPerson, messageOfPerson, outcomeOf, refused } from './outcomes.ts'
import { actionTs, from, inChannel, onMessage } from './payloads.ts'
import { respondInto, saysSomething } from './responding.ts'
import { slackView } from './shown-views.ts'

/** A person types a slash command. Its ack may carry an answer. */
export async function command(
  world: World,
  declared: readonly SlashCommand[],
  request: Requests['/sandbox/commands'],
): Promise<Outcome> {
  const channel = channelOfPerson(world, request.user, request.channel)
  const known = declared.find((one) => one.command === request.command)
  if (!known || !world.installation.isInstalled()) {
    return refused('unknown_command', `${request.command} is not a valid command.`)
  }
  const target = { channel: channel.id, userId: request.user, ts: null, threadTs: null }
  const reply = await world.app.command({
    token: 'sandbox',
    team_id: world.team.id,
    team_domain: world.team.domain,
    channel_id: channel.id,
    channel_name: channelName(channel),
    user_id: request.user,
    user_name: person(world, request.user).handle,
    command: request.command,
    text: known.shouldEscape ? escaped(world, request.text.trim()) : request.text.trim(),
    api_app_id: APP.id,
    is_enterprise_install: 'false',
    response_url: world.responseUrls.issue(target),
    trigger_id: world.triggers.issue({ userId: request.user, viewId: null }),
  })
  if (reply.state === 'acked' && saysSomething(reply.payload)) {
    try {
      respondInto(world, target, reply.payload)
    } catch (error) {
      if (!(error instanceof PlatformError)) throw error
      world.log(`The app's answer to ${request.command} was refused: ${error.code} ${JSON.stringify(error.details)}`)
      return refused(error.code, `${request.command} failed because the app's answer was not valid.`)
    }
  }
  return outcomeOf(world, request.user, reply, request.command)
}

/** With `should_escape`, people come with their names: `<@U…|name>`. */
const escaped = (world: World, text: string) =>
  world.compose(text).replaceAll(/<@(U\w+)>/g, (_, id: string) => `<@${id}|${person(world, id).handle}>`)

/** A person picks a shortcut, from a message's menu or from anywhere. */
export async function shortcut(
  world: World,
  declared: readonly Shortcut[],
  request: Requests['/sandbox/shortcuts'],
): Promise<Outcome> {
  const known = declared.find((one) => one.callbackId === request.callbackId)
  if (!known) return refused('unknown_shortcut', 'There is no such shortcut.')
  const common = {
    ...from(world, request.user),
    action_ts: actionTs(),
    callback_id: known.callbackId,
    trigger_id: world.triggers.issue({ userId: request.user, viewId: null }),
  }
  if (known.type === 'global') {
    const reply = await world.app.interactive({ type: 'shortcut', ...common }, false)
    return outcomeOf(world, request.user, reply, known.name)
  }
  const channel = channelOfPerson(world, request.user, request.channel ?? '')
  const message = messageOfPerson(world, { user: request.user, channel: channel.id, ts: request.ts ?? '' })
  const { message: copy } = onMessage(world, message)
  const reply = await world.app.interactive(
    {
      type: 'message_action',
      ...common,
      ...inChannel(channel),
      message_ts: message.ts,
      message: copy,
      response_url: world.responseUrls.issue({
        channel: channel.id,
        userId: request.user,
        ts: message.ts,
        threadTs: message.threadTs,
      }),
    },
    false,
  )
  return outcomeOf(world, request.user, reply, known.name)
}

/** A person opens the app's Home or Messages tab. */
export function openHome(world: World, request: Requests['/sandbox/home']): Outcome {
  const home = world.views.home(request.user)
  announceHome(world, request.user, request.tab, home && request.tab === 'home' ? slackView(world, home) : null)
  return { ok: true }
}
