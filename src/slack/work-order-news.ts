import type { Errands } from '../commands/errands.ts'
import type { WorkOrders } from '../commands/work-orders.ts'
import { orderMessage } from './blocks/work-order.ts'
import { callSlack } from './clients.ts'
import { WORDS } from './words.ts'
import type { ClientsOf } from './workspaces.ts'

/** Tells assignees in private of their work orders: when they get one, and the day before it is due. */
export function tellAssignees(parts: {
  workOrders: Pick<WorkOrders, 'find'>
  clientsOf: ClientsOf
  errands: Errands
}): void {
  const { workOrders, clientsOf, errands } = parts
  const tell =
    (words: string) =>
    async ({ subject }: { subject: string }) => {
      const order = await workOrders.find(subject)
      if (order?.state !== 'open') return
      const { interactive, posting } = await clientsOf(order.assignee.team)
      const { channel } = await callSlack(() => interactive.conversations.open({ users: order.assignee.user }), {
        isRepeatable: true,
      })
      const { text, blocks } = orderMessage(order, words)
      await callSlack(() =>
        posting.chat.postMessage({
          channel: channel?.id ?? order.assignee.user,
          text,
          blocks,
          unfurl_links: false,
          unfurl_media: false,
        }),
      )
    }
  errands.on('assignment', tell(WORDS.assigned))
  errands.on('reminder', tell(WORDS.dueTomorrow))
}
