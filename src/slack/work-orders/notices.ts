import type { WorkOrder } from '../../commands/work-orders/order-records.ts'
import type { WorkOrders } from '../../commands/work-orders/work-orders.ts'
import type { Logger } from '../../lib/logger.ts'
import type { Outbox } from '../../outbox/outbox.ts'
import { orderMessage } from '../blocks/work-order.ts'
import { callSlack, directChannel } from '../platform/clients.ts'
import { retryabilityOf } from '../platform/platform-errors.ts'
import type { ClientsOf } from '../platform/workspaces.ts'
import { WORDS } from './words.ts'

/** Tells assignees in private about their work orders: on assignment, and the day before they're due. */
export function notifyAssignees(deps: {
  workOrders: Pick<WorkOrders, 'find'>
  clientsOf: ClientsOf
  outbox: Outbox
  logger: Logger
}): void {
  const { workOrders, clientsOf, outbox, logger } = deps
  const send = async (order: WorkOrder, words: string) => {
    const { user, team } = order.assignee
    const clients = await clientsOf(team)
    const message = { channel: await directChannel(clients, user), ...orderMessage(order, words) }
    await callSlack(() => clients.posting.chat.postMessage({ ...message, unfurl_links: false, unfurl_media: false }))
  }
  const tell =
    (words: string) =>
    async ({ key }: { key: string }) => {
      const order = await workOrders.find(key)
      if (order?.state !== 'open') return
      await send(order, words).catch((error: unknown) => {
        if (retryabilityOf(error) !== 'rejected') throw error
        logger.warn({ err: error, order: order.id }, 'an assignee could not be told of a work order')
      })
    }
  outbox.on('assignment', tell(WORDS.assigned))
  outbox.on('reminder', tell(WORDS.dueTomorrow))
}
