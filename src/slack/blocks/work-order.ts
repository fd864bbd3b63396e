import type { KnownBlock } from '@slack/types'
import type { WorkOrder, WorkOrderState } from '../../commands/work-orders/order-records.ts'
import { formatDay } from '../../lib/dates.ts'
import { cut, escapeCode, escapeMarked, escapeMrkdwn } from '../platform/escaping.ts'
import type { SlackMessage } from '../platform/message.ts'
import { button, confirmation, personOf, section } from './elements.ts'
import { ACTION } from './ids.ts'

const SIGNS: Record<WorkOrderState, string> = { open: '📅', done: '✅', cancelled: '⛔' }
const MAX_NOTE = 240

/** A work order in one line, shown below its answer. */
export function orderLine({ title, device, dueOn, assignee, state }: WorkOrder): string {
  const end = state === 'open' ? '' : ` · ${state}`
  return `${SIGNS[state]} ${escapeMrkdwn(cut(title, 60))} on \`${escapeCode(device)}\` · ${formatDay(dueOn)} · ${personOf(assignee.user)}${end}`
}

/** A work order and what a person can do about it, in a list or in its assignee's message. */
export function orderBlocks(order: WorkOrder): KnownBlock[] {
  const { id, title, code, problem, device, dueOn, note, assignee, state, closedBy } = order
  const lines = [
    `${SIGNS[state]} *${escapeMarked(cut(title, 60))}* on \`${escapeCode(device)}\` · ${formatDay(dueOn)}`,
    `For ${escapeMrkdwn(code)}: ${escapeMrkdwn(cut(problem, 200))} · ${personOf(assignee.user)}`,
    ...(note ? [`> ${escapeMrkdwn(cut(note, MAX_NOTE))}`] : []),
    ...(closedBy ? [`${state === 'done' ? 'Done' : 'Cancelled'} by ${personOf(closedBy.user)}`] : []),
  ]
  const text = section(lines.join('\n'))
  if (state !== 'open') return [text]
  return [
    text,
    {
      type: 'actions',
      elements: [
        button('Done', ACTION.workDone, id, { style: 'primary' }),
        button('Not needed', ACTION.workCancelled, id, {
          confirm: confirmation('Cancel this work order?', `${title} on ${device}`, 'Cancel it'),
        }),
      ],
    },
  ]
}

/** A message about a work order for one person; `words` say why they get it. */
export function orderMessage(order: WorkOrder, words: string): SlackMessage {
  const what = escapeMrkdwn(`${cut(order.title, 60)} on ${order.device}, ${formatDay(order.dueOn)}`)
  return { text: `${words} ${what}`, blocks: [section(`*${words}*`), ...orderBlocks(order)] }
}
