import type { KnownBlock, ModalView } from '@slack/types'
import { MAX_NOTE_CHARS, type OrderField, type OrderPlan } from '../../commands/work-orders/work-orders.ts'
import { addDays, formatDay } from '../../lib/dates.ts'
import { context, plainText, section } from '../blocks/elements.ts'
import { VIEW, type WorkCause, workValue } from '../blocks/ids.ts'
import { LIMITS } from '../blocks/limits.ts'
import { deviceSearch } from '../commands/device-view.ts'
import { escapeCode, escapeMrkdwn } from '../platform/escaping.ts'

/** The form for a visit. Its fields have the domain's names, so that faults find their field. */
export function workOrderView(
  cause: WorkCause,
  plan: OrderPlan,
  { device, assignee }: { device: string | null; assignee: string },
): ModalView {
  const { title, problem, earliest, latest } = plan
  const tomorrow = addDays(earliest, 1)
  const where = device ? ` on \`${escapeCode(device)}\`` : ''
  return {
    type: 'modal',
    callback_id: VIEW.workOrder,
    private_metadata: JSON.stringify({ cause: workValue(cause), device }),
    title: plainText('Work order', LIMITS.viewTitle),
    submit: plainText('Schedule', LIMITS.viewTitle),
    close: plainText('Not now', LIMITS.viewTitle),
    blocks: [
      section(`*${escapeMrkdwn(title)}*${where}\n${escapeMrkdwn(cause.code)}: ${escapeMrkdwn(problem)}`),
      ...(device ? [] : [deviceSearch('Device')]),
      field('dueOn', 'Day', {
        type: 'datepicker',
        action_id: 'dueOn',
        initial_date: tomorrow <= latest ? tomorrow : earliest,
        placeholder: plainText('Choose a day'),
      }),
      context(`Due by ${formatDay(latest)}.`),
      field('assignee', 'Who goes', { type: 'users_select', action_id: 'assignee', initial_user: assignee }),
      {
        ...field('note', 'Note', {
          type: 'plain_text_input',
          action_id: 'note',
          multiline: true,
          max_length: MAX_NOTE_CHARS,
        }),
        optional: true,
      },
    ],
  }
}

type InputBlock = Extract<KnownBlock, { type: 'input' }>

function field(name: OrderField, label: string, element: InputBlock['element']): InputBlock {
  return { type: 'input', block_id: name, label: plainText(label), element }
}
