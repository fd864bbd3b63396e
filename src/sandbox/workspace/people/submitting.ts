import { z } from 'zod'
import type { Outcome, Requests } from '../../page/contract.ts'
import { checkModal } from '../blockkit/checking.ts'
import { PlatformError } from '../platform-error.ts'
import type { World } from '../state/world.ts'
import { formErrors, stateOf } from './form-state.ts'
import { RefusedError, refused, unanswered, viewOfPerson } from './outcomes.ts'
import { from } from './payloads.ts'
import { slackView } from './shown-views.ts'
import type { OpenView } from './views.ts'

const ResponseAction = z.discriminatedUnion('response_action', [
  z.object({ response_action: z.literal('errors'), errors: z.record(z.string(), z.string()) }),
  z.object({ response_action: z.literal('update'), view: z.unknown() }),
  z.object({ response_action: z.literal('push'), view: z.unknown() }),
  z.object({ response_action: z.literal('clear') }),
])
const TROUBLE = 'We had some trouble connecting. Try again?'

/** A person submits a modal. What the form itself refuses never reaches the app. */
export async function submit(world: World, request: Requests['/sandbox/views/submit']): Promise<Outcome> {
  const found = viewOfPerson(world, request.user, request.viewId)
  if (found.draft.type !== 'modal') throw new RefusedError('not_a_modal', 'Only a form can be submitted.')
  const view = world.views.fill(found, request.values)
  const values = stateOf(view.draft.blocks, view.values)
  const errors = formErrors(view.draft.blocks, values)
  if (Object.keys(errors).length > 0) return { ...refused('invalid_input', 'Please check the marked fields.'), errors }
  const reply = await world.app.interactive(
    {
      type: 'view_submission',
      ...from(world, request.user),
      trigger_id: world.triggers.issue({ userId: request.user, viewId: view.id }),
      view: slackView(world, view, values),
      response_urls: [],
    },
    true,
  )
  const failed = unanswered(reply, 'This form')
  if (failed || reply.state !== 'acked') return { ...refused(failed?.code ?? 'operation_timeout', TROUBLE) }
  try {
    return follow(world, view, reply.payload)
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error
    world.log(`The app's answer to a submission was refused: ${error.code} ${JSON.stringify(error.details)}`)
    return refused(error.code, TROUBLE)
  }
}

/** Does what the app's ack asks for. Nothing asked means: close this view. */
function follow(world: World, submitted: OpenView, payload: unknown): Outcome {
  // The app may have updated or closed it while it was thinking.
  const view = world.views.find({ viewId: submitted.id })
  if (typeof payload !== 'object' || payload === null || !('response_action' in payload)) {
    if (view && world.views.stack(view.userId).at(-1)?.id === view.id) world.views.close(view.userId, 'top')
    return { ok: true }
  }
  const read = ResponseAction.safeParse(payload)
  if (!read.success) throw new PlatformError('invalid_response_action', { faults: z.prettifyError(read.error) })
  switch (read.data.response_action) {
    case 'errors': {
      const inputs = new Set(submitted.draft.blocks.filter((one) => one.type === 'input').map((one) => one.block_id))
      const strange = Object.keys(read.data.errors).filter((blockId) => !inputs.has(blockId))
      if (strange.length > 0 || Object.keys(read.data.errors).length === 0) {
        throw new PlatformError('invalid_errors', { blockIds: strange })
      }
      return { ...refused('view_errors', 'Please check the marked fields.'), errors: read.data.errors }
    }
    case 'update':
      if (!view) throw new PlatformError('not_found')
      world.views.update(view, checkModal(read.data.view))
      return { ok: true }
    case 'push':
      world.views.push(submitted.userId, checkModal(read.data.view))
      return { ok: true }
    case 'clear':
      world.views.close(submitted.userId, 'all')
      return { ok: true }
    default:
      return read.data satisfies never
  }
}

/** A person closes the topmost modal; the app hears of it where it asked to. */
export function dismiss(world: World, request: Requests['/sandbox/views/close']): Outcome {
  const view = viewOfPerson(world, request.user, request.viewId)
  const isTop = world.views.stack(request.user).at(-1)?.id === view.id
  if (!isTop || view.draft.type !== 'modal')
    throw new RefusedError('not_on_top', 'Only the topmost window can be closed.')
  const isCleared = view.draft.clear_on_close ?? false
  for (const closed of world.views.close(request.user, isCleared ? 'all' : 'top')) {
    if (closed.draft.type !== 'modal' || !closed.draft.notify_on_close) continue
    void world.app.interactive(
      { type: 'view_closed', ...from(world, request.user), view: slackView(world, closed), is_cleared: isCleared },
      false,
    )
  }
  return { ok: true }
}
