import { askerIn, type Command, type Person } from '../../commands/command.ts'
import type { Commands } from '../../commands/commands.ts'
import { findAnswer, type SavedAnswer } from '../../diagnosis/questions/question-records.ts'
import type { Outbox } from '../../outbox/outbox.ts'
import type { Store } from '../../store/open.ts'
import { isPrivate } from '../blocks/answer.ts'
import { denialMessage } from '../blocks/approval.ts'
import { directChannel, type SlackClients } from '../platform/clients.ts'
import { retryabilityOf } from '../platform/platform-errors.ts'
import type { ClientsOf } from '../platform/workspaces.ts'
import { postOnce } from '../posting/post-once.ts'

/** Tells who asked for a command, in a new message, who denied it. */
export function tellDenials(deps: {
  store: Store
  commands: Pick<Commands, 'find' | 'historyOf'>
  outbox: Pick<Outbox, 'on'>
  clientsOf: ClientsOf
  now: () => number
}): void {
  const { store, commands, outbox, clientsOf, now } = deps
  outbox.on('denial', async (job) => {
    const command = await commands.find(job.key)
    if (!command) return
    const [answer, history] = await Promise.all([findAnswer(store, command.answerId), commands.historyOf([command.id])])
    const steps = history.get(command.id) ?? []
    const denier = steps.findLast(({ event }) => event === 'deny')?.actor ?? null
    const asker = command.requestedBy ?? askerIn(steps)
    const message = denialMessage(command, asker, denier)
    const clients = await clientsOf(command.team)
    const post = ({ channel, thread }: Place) => postOnce(clients, job, channel, message, now(), thread)
    const place = placeOf(command, answer, asker)
    try {
      await post(place ?? (await privatelyTo(clients, asker)))
    } catch (error) {
      if (!place || !asker || retryabilityOf(error) !== 'rejected') throw error
      await post(await privatelyTo(clients, asker))
    }
  })
}

type Place = { channel: string; thread: string | null }

/** In the answer's thread, where the person who asked can see it; null where they can't. */
function placeOf({ channel, messageTs }: Command, answer: SavedAnswer | null, asker: Person | null): Place | null {
  if (!messageTs || (asker && answer && isPrivate(answer) && answer.asker !== asker.user)) return null
  return { channel, thread: answer?.thread_ts ?? messageTs }
}

async function privatelyTo(clients: SlackClients, asker: Person | null): Promise<Place> {
  if (!asker) throw new Error('nobody is known who asked for the command')
  return { channel: await directChannel(clients, asker.user), thread: null }
}
