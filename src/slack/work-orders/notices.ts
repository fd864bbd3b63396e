import type { WorkOrder } from '../../commands/work-orders/order-records.ts'
import type { WorkOrders } from '../../commands/work-orders/work-orders.ts'
import type { Logger } from '../../lib/logger.ts'
import type { Errands } from '../../outbox/outbox.ts'
import { WORDS } from '../blocks/words.ts'
import { orderMessage } from '../blocks/work-order.ts'
import { callSlack } from '../platform/clients.ts'
import { natureOf } from '../platform/platform-errors.ts'
import type { ClientsOf } from '../platform/workspaces.ts'

/** Tells assignees in private of their work orders: when they get one, and the day before it is due. */
export function tellAssignees(parts: {
  workOrders: Pick<WorkOrders, 'find'>
  clientsOf: ClientsOf
  errands: Errands
  logger: Logger
}): void {
  const { workOrders, clientsOf, errands, logger } = parts
  const send = async (order: WorkOrder, words: string) => {
    const { user, team } = order.assignee
    const { interactive, posting } = await clientsOf(team)
    const { channel } = await callSlack(() => interactive.conversations.open({ users: user }), { isRepeatable: true })
    const message = { channel: channel?.id ?? user, ...orderMessage(order, words) }
    await callSlack(() => posting.chat.postMessage({ ...message, unfurl_links: false, unfurl_media: false }))
  }
  const tell =
    (words: string) =>
    async ({ subject }: { subject: string }) => {
      const order = await workOrders.find(subject)
      if (order?.state !== 'open') return
      await send(order, words).catch((error: unknown) => {
        if (natureOf(error) !== 'refused') throw error
        logger.warn({ err: error, order: order.id }, 'an assignee could not be told of a work order')
      })
    }
  errands.on('assignment', tell(WORDS.assigned))
  errands.on('reminder', tell(WORDS.dueTomorrow))
}
