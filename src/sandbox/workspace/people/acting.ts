import { z } from 'zod'
import type { Block, Outcome, Requests } from '../../page/contract.ts'
import { elementsOf } from '../blockkit/checking.ts'
import { option, optionGroup } from '../blockkit/texts.ts'
import { LIMITS } from '../limits.ts'
import type { StoredMessage } from '../state/messages.ts'
import type { World } from '../state/world.ts'
import { actionOf } from './actions.ts'
import { stateOf } from './form-state.ts'
import { channelOfPerson, messageBefore, outcomeOf, refused, viewOfPerson } from './outcomes.ts'
import { from, inChannel, onMessage } from './payloads.ts'
import { slackView } from './shown-views.ts'
import type { OpenView } from './views.ts'

const NO_SUCH_ACTION = refused('no_such_action', 'This button or menu is no longer there.')

/** A person presses a button or chooses from a menu, in a message or in a view. */
export async function act(world: World, request: Requests['/sandbox/actions']): Promise<Outcome> {
  const { user, container } = request
  return container.type === 'view'
    ? actInView(world, request, viewOfPerson(world, user, container.viewId))
    : actOnMessage(world, request, messageBefore(world, { user, ...container }))
}

async function actOnMessage(
  world: World,
  { user, action, state }: Requests['/sandbox/actions'],
  message: StoredMessage,
): Promise<Outcome> {
  const channel = channelOfPerson(world, user, message.channel)
  const done = actionOf(message.blocks, action)
  if (!done) return NO_SUCH_ACTION
  const reply = await world.app.interactive(
    {
      type: 'block_actions',
      ...from(world, user),
      ...inChannel(channel),
      ...onMessage(world, message),
      state: { values: stateOf(message.blocks, state ?? {}) },
      trigger_id: world.triggers.issue({ userId: user, viewId: null }),
      response_url: world.responseUrls.issue({
        channel: channel.id,
        userId: user,
        ts: message.ts,
        threadTs: message.threadTs,
      }),
      actions: [done],
    },
    false,
  )
  return outcomeOf(world, user, reply, 'This action')
}

async function actInView(
  world: World,
  { user, action, state }: Requests['/sandbox/actions'],
  found: OpenView,
): Promise<Outcome> {
  const view = world.views.fill(found, state ?? {})
  const done = actionOf(view.draft.blocks, action)
  if (!done) return NO_SUCH_ACTION
  const reply = await world.app.interactive(
    {
      type: 'block_actions',
      ...from(world, user),
      container: { type: 'view', view_id: view.id },
      view: slackView(world, view, stateOf(view.draft.blocks, view.values)),
      trigger_id: world.triggers.issue({ userId: user, viewId: view.id }),
      actions: [done],
    },
    false,
  )
  return outcomeOf(world, user, reply, 'This action')
}

const Suggestions = z.union([
  z.object({ options: z.array(option).max(LIMITS.element.selectOptions) }),
  z.object({ option_groups: z.array(optionGroup).max(LIMITS.element.optionGroups) }),
])

/** A person types into a menu whose options the app supplies. */
export async function suggest(world: World, request: Requests['/sandbox/options']): Promise<Outcome> {
  const view = viewOfPerson(world, request.user, request.viewId)
  const block = view.draft.blocks.find((one) => one.block_id === request.blockId)
  const element = elementsOf(block ?? {}).find((one) => one.action_id === request.actionId)
  if (!['external_select', 'multi_external_select'].includes(String(element?.type))) return NO_SUCH_ACTION
  const reply = await world.app.interactive(
    {
      type: 'block_suggestion',
      ...from(world, request.user),
      container: { type: 'view', view_id: view.id },
      view: slackView(world, view),
      block_id: request.blockId,
      action_id: request.actionId,
      value: request.value,
    },
    true,
  )
  if (reply.state !== 'acked') return refused('no_options', 'The options could not be loaded.')
  const read = Suggestions.safeParse(reply.payload)
  if (!read.success) {
    world.log(`The app's options were not valid: ${z.prettifyError(read.error)}`)
    return refused('invalid_options', 'The options could not be loaded.')
  }
  const options = 'options' in read.data ? read.data.options : read.data.option_groups.flatMap((group) => group.options)
  return { ok: true, options: options as unknown as readonly Block[] }
}
