import type { Keyv } from 'keyv'
import { z } from 'zod'
import type { Catalog } from '../../catalog/catalog.ts'
import type { Command } from '../../commands/command.ts'
import type { Commands } from '../../commands/commands.ts'
import type { InFlight } from '../../lib/background.ts'
import { createCoalescer } from '../../lib/coalesce.ts'
import type { Logger } from '../../lib/logger.ts'
import { approvalMessage } from '../blocks/approval.ts'
import { callSlack, directChannel } from '../platform/clients.ts'
import type { Roles } from '../platform/roles.ts'
import type { ClientsOf } from '../platform/workspaces.ts'

/** Longer than a command can be on its way. */
export const APPROVAL_ASKED_MS = 2 * 24 * 60 * 60 * 1_000
/** A request to more people than this is one that nobody feels asked by; all see it in their Home. */
const MAX_ASKED = 20

const NO_PREVIEWS = { unfurl_links: false, unfurl_media: false } as const

/** Who was asked in private, and where; `isClosed` once the message says what was decided. */
const Asked = z.array(z.object({ user: z.string(), channel: z.string(), ts: z.string(), isClosed: z.boolean() }))
type Asked = z.infer<typeof Asked>

export type Approvals = {
  /**
   * A command changed state. When it waits for a second operator, the others are told in private, since they do not see
   * the conversation it came from; when it was decided, those messages say so, and the decider's shows the result.
   */
  follow(command: Command): void
}

export function createApprovals(deps: {
  catalog: Catalog
  commands: Pick<Commands, 'find'>
  roles: Roles
  clientsOf: ClientsOf
  kept: Keyv<unknown>
  inFlight: InFlight
  logger: Logger
}): Approvals {
  const { catalog, commands, roles, clientsOf, kept, inFlight, logger } = deps

  const ask = async (command: Command): Promise<Asked> => {
    const others = (await roles.operators(command.team)).filter((user) => user !== command.requestedBy?.user)
    const clients = await clientsOf(command.team)
    const message = approvalMessage(command, catalog)
    if (others.length === 0) logger.warn({ command: command.id }, 'there is no second operator to ask')
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

  const show = async (command: Command, asked: Asked): Promise<Asked> => {
    const { posting } = await clientsOf(command.team)
    const message = approvalMessage(command, catalog)
    return Promise.all(
      asked.map(async (one) => {
        // What comes after the decision is news to who made it; the others are only told that it was made.
        if (one.isClosed && one.user !== command.approvedBy) return one
        const { channel, ts } = one
        await callSlack(() => posting.chat.update({ channel, ts, ...message }), { isRepeatable: true }).catch(
          (error: unknown) => logger.warn({ err: error, command: command.id }, 'a request for approval was not closed'),
        )
        return { ...one, isClosed: true }
      }),
    )
  }

  const refresh = createCoalescer(async (id) => {
    const known = Asked.safeParse(await kept.get(id)).data
    const command = await commands.find(id)
    if (!command) return
    if (known && command.state !== 'awaiting_approval') await kept.set(id, await show(command, known))
    if (known || command.state !== 'awaiting_approval') return
    const asked = await ask(command)
    await kept.set(id, asked)
    // Decided by another instance before it could know whom we had asked.
    const now = await commands.find(id)
    if (now && now.state !== 'awaiting_approval') await kept.set(id, await show(now, asked))
  })

  return {
    follow(command) {
      const needsApproval = catalog.command(command.command)?.risk === 'high'
      if (needsApproval && command.state !== 'offered')
        inFlight.track('a request for approval', () => refresh(command.id))
    },
  }
}
