import type { Outcome } from '../../page/contract.ts'
import type { Reply } from '../delivery/parcel.ts'
import type { StoredMessage } from '../state/messages.ts'
import { APP, type StoredChannel } from '../state/seed.ts'
import type { World } from '../state/world.ts'
import type { OpenView } from './views.ts'

export type Refused = Extract<Outcome, { ok: false }>

/** A refusal a person can read, with a code a test can compare. */
export const refused = (code: string, error: string): Refused => ({ ok: false, code, error })

/** Ends what a person asked for; the page's API answers with its outcome. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError'
  readonly outcome: Refused

  constructor(code: string, error: string) {
    super(error)
    this.outcome = refused(code, error)
  }
}

/** A channel this person can see. */
export function channelOfPerson(world: World, userId: string, channelId: string): StoredChannel {
  const channel = world.channels.get(channelId)
  if (!channel) throw new RefusedError('channel_not_found', 'There is no such channel.')
  if (!channel.memberIds.includes(userId)) throw new RefusedError('not_in_channel', 'You are not in this channel.')
  return channel
}

type Pointed = { user: string; channel: string; ts: string }
const gone = () => new RefusedError('message_not_found', 'This message is no longer there.')

/** A message this person can see and others too. */
export function messageOfPerson(world: World, { user, channel, ts }: Pointed): StoredMessage {
  const message = world.messages.find(channelOfPerson(world, user, channel).id, ts)
  if (!message) throw gone()
  return message
}

/** The same, or one that only this person sees. */
export function messageBefore(world: World, pointed: Pointed): StoredMessage {
  const ephemeral = world.ephemerals.get(pointed.ts)
  if (!ephemeral) return messageOfPerson(world, pointed)
  const isTheirs = ephemeral.viewerId === pointed.user && ephemeral.message.channel === pointed.channel
  if (!isTheirs) throw gone()
  return ephemeral.message
}

/** A view this person has open. */
export function viewOfPerson(world: World, userId: string, viewId: string): OpenView {
  const view = world.views.find({ viewId })
  if (view?.userId !== userId) throw new RefusedError('view_not_found', 'This window is no longer open.')
  return view
}

/** What went wrong between the workspace and the app; null when the app acknowledged in time. */
export function unanswered(reply: Reply, what: string): Refused | null {
  if (reply.state === 'acked') return null
  if (reply.state === 'unreachable' || reply.state === 'connection_failed') {
    return refused('dispatch_failed', `${what} failed because ${APP.name} is not connected.`)
  }
  return refused('operation_timeout', `${what} failed because the app did not respond.`)
}

/** The same, also shown to the person in passing. */
export function outcomeOf(world: World, userId: string, reply: Reply, what: string): Outcome {
  const failed = unanswered(reply, what)
  if (!failed) return { ok: true }
  world.news.tell(userId, { type: 'notice', text: failed.error })
  return failed
}
