import type { Keyv } from 'keyv'
import { z } from 'zod'
import type { Catalog } from '../../catalog/catalog.ts'
import { askerIn, type Command, type CommandStep } from '../../commands/command.ts'
import type { Commands } from '../../commands/commands.ts'
import type { InFlight } from '../../lib/background.ts'
import { createCoalescer } from '../../lib/coalesce.ts'
import type { Logger } from '../../lib/logger.ts'
import type { Outbox } from '../../outbox/outbox.ts'
import { approvalMessage, askedMessage } from '../blocks/approval.ts'
import { callSlack, directChannel } from '../platform/clients.ts'
import type { SlackMessage } from '../platform/message.ts'
import type { Roles } from '../platform/roles.ts'
import type { ClientsOf } from '../platform/workspaces.ts'
import { sendDirect } from '../posting/notify.ts'
import { nobodyApproves } from './words.ts'

/** Longer than any command takes. */
export const APPROVAL_ASKED_MS = 2 * 24 * 60 * 60 * 1_000
/** Asking more people means nobody feels asked; the others see it in App Home. */
const MAX_ASKED = 20

const NO_PREVIEWS = { unfurl_links: false, unfurl_media: false } as const

/** Who was asked in private, and in which message; `isClosed` once that message shows the decision. */
const Asked = z.array(z.object({ user: z.string(), channel: z.string(), ts: z.string(), isClosed: z.boolean() }))
type Asked = z.infer<typeof Asked>

export type Approvals = {
  /**
   * Call on each change of a command's state. When it waits for approval, the other operators are asked in private,
   * since they can't see its conversation; after the decision those messages say so, and the message of who decided
   * shows the result. The same goes for an offer that somebody brought to the operators.
   */
  follow(command: Command): void
}

/** Something that operators are asked to decide about a command. */
type Question = {
  /** Where it's kept who was asked. */
  key(id: string): string
  isOpen(command: Command, steps: readonly CommandStep[]): boolean
  message(command: Command, catalog: Catalog, steps: readonly CommandStep[]): SlackMessage
  decidedBy(command: Command): string | null | undefined
}

const APPROVAL: Question = {
  key: (id) => id,
  isOpen: ({ state }) => state === 'awaiting_approval',
  message: approvalMessage,
  decidedBy: ({ approvedBy }) => approvedBy,
}

const OFFER: Question = {
  key: (id) => `${id}:offer`,
  isOpen: ({ state }, steps) => state === 'offered' && askerIn(steps) !== null,
  message: askedMessage,
  decidedBy: ({ requestedBy }) => requestedBy?.user,
}

export function createApprovals(deps: {
  catalog: Catalog
  commands: Pick<Commands, 'find' | 'historyOf'>
  roles: Roles
  clientsOf: ClientsOf
  outbox: Pick<Outbox, 'on'>
  kept: Keyv<unknown>
  inFlight: InFlight
  logger: Logger
}): Approvals {
  const { catalog, commands, roles, clientsOf, outbox, kept, inFlight, logger } = deps

  const ask = async (command: Command, message: SlackMessage): Promise<Asked> => {
    const others = (await roles.operators(command.team)).filter((user) => user !== command.requestedBy?.user)
    const clients = await clientsOf(command.team)
    if (others.length === 0) {
      logger.warn({ command: command.id }, 'there is no operator to ask')
      if (command.requestedBy) await sendDirect(clients, command.requestedBy.user, nobodyApproves(command.command))
    }
    const sent = await Promise.all(
      others.slice(0, MAX_ASKED).map(async (user) => {
        try {
          const at = await directChannel(clients, user)
          const { ts } = await callSlack(() =>
            clients.posting.chat.postMessage({ channel: at, ...message, ...NO_PREVIEWS }),
          )
          return ts ? [{ user, channel: at, ts, isClosed: false }] : []
        } catch (error) {
          logger.warn({ err: error, command: command.id, user }, 'an operator could not be asked in private')
          return []
        }
      }),
    )
    return sent.flat()
  }

  const show = async (
    command: Command,
    message: SlackMessage,
    decider: string | null,
    asked: Asked,
  ): Promise<Asked> => {
    const { posting } = await clientsOf(command.team)
    return Promise.all(
      asked.map(async (one) => {
        // Only who decided follows what happens then; the others only learn that it was decided.
        if (one.isClosed && one.user !== decider) return one
        const { channel, ts } = one
        await callSlack(() => posting.chat.update({ channel, ts, ...message }), { isRepeatable: true }).catch(
          (error: unknown) =>
            logger.warn({ err: error, command: command.id }, 'a request to an operator was not closed'),
        )
        return { ...one, isClosed: true }
      }),
    )
  }

  const read = async (id: string) => {
    const [command, history] = await Promise.all([commands.find(id), commands.historyOf([id])])
    return { command, steps: history.get(id) ?? [] }
  }

  const refresherOf = ({ key, isOpen, message, decidedBy }: Question) =>
    createCoalescer(async (id) => {
      const known = Asked.safeParse(await kept.get(key(id))).data
      const { command, steps } = await read(id)
      if (!command) return
      const showIn = async (now: Command, all: readonly CommandStep[], asked: Asked) =>
        kept.set(key(id), await show(now, message(now, catalog, all), decidedBy(now) ?? null, asked))
      const isAsking = isOpen(command, steps)
      if (known && !isAsking) await showIn(command, steps, known)
      if (known || !isAsking) return
      const asked = await ask(command, message(command, catalog, steps))
      await kept.set(key(id), asked)
      // Another instance may decide before it can know whom we asked.
      const now = await read(id)
      if (now.command && !isOpen(now.command, now.steps)) await showIn(now.command, now.steps, asked)
    })

  const refreshApproval = refresherOf(APPROVAL)
  const refreshOffer = refresherOf(OFFER)
  outbox.on('ask_operators', ({ key }) => refreshOffer(key))

  return {
    follow(command) {
      if (command.state === 'offered') return
      const needsApproval = catalog.command(command.command)?.risk === 'high'
      if (needsApproval) inFlight.track('a request for approval', () => refreshApproval(command.id))
      inFlight.track('a request to an operator', async () => {
        if ((await kept.get(OFFER.key(command.id))) !== undefined) await refreshOffer(command.id)
      })
    },
  }
}
