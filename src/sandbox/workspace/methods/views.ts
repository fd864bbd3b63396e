import { z } from 'zod'
import { checkHome, checkModal } from '../blockkit/checking.ts'
import { slackView } from '../people/shown-views.ts'
import { PlatformError, refusal } from '../platform-error.ts'
import { person } from '../state/world.ts'
import { id, method } from './method.ts'

const view = z.unknown()
const trigger = z.object({ trigger_id: id, view })

const open = method({
  tier: 'tier4',
  params: trigger,
  run(args, world) {
    const draft = checkModal(args.view)
    const { userId } = world.triggers.exchange(args.trigger_id)
    return { view: slackView(world, world.views.open(userId, draft)) }
  },
})

const push = method({
  tier: 'tier4',
  params: trigger,
  run(args, world) {
    const draft = checkModal(args.view)
    const { userId, viewId } = world.triggers.exchange(args.trigger_id)
    const isOpen = world.views.stack(userId).some((one) => one.id === viewId)
    if (!isOpen) throw new PlatformError('not_found')
    return { view: slackView(world, world.views.push(userId, draft)) }
  },
})

const update = method({
  tier: 'tier4',
  params: z.object({ view_id: id.optional(), external_id: id.optional(), hash: z.string().optional(), view }),
  run(args, world) {
    if (!args.view_id && !args.external_id) throw refusal('invalid_arguments', ['missing required field: view_id'])
    const found = world.views.find({ viewId: args.view_id, externalId: args.external_id })
    if (!found) throw new PlatformError('not_found')
    const draft = found.draft.type === 'home' ? checkHome(args.view) : checkModal(args.view)
    return { view: slackView(world, world.views.update(found, draft, args.hash)) }
  },
})

const publish = method({
  tier: 'tier4',
  params: z.object({ user_id: id, hash: z.string().optional(), view }),
  run(args, world) {
    const draft = checkHome(args.view)
    return { view: slackView(world, world.views.publish(person(world, args.user_id).id, draft, args.hash)) }
  },
})

export const viewMethods = { 'views.open': open, 'views.push': push, 'views.update': update, 'views.publish': publish }
