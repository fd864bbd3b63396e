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
   * since they can't see its conversation; after the decision those messages say so, and the approver's shows the
   * result.
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
        // Only the approver follows what happens after the decision; the others only learn that it was made.
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
    // Another instance may decide before it can know whom we asked.
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
