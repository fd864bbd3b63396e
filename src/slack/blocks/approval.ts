import type { KnownBlock } from '@slack/types'
import type { Catalog } from '../../catalog/catalog.ts'
import type { Command } from '../../commands/command.ts'
import { cut, escapeCode, escapeMrkdwn } from '../platform/escaping.ts'
import type { SlackMessage } from '../platform/message.ts'
import { commandBlocks } from './command.ts'
import { button, confirmation, personOf, section } from './elements.ts'
import { ACTION } from './ids.ts'
import { moment, SHARED_WORDS } from './words.ts'

/**
 * The request a second operator decides on, without the conversation it came from, which they may not be allowed to
 * see.
 */
export function approvalBlocks(
  command: Command,
  catalog: Catalog,
  ids: { approve: string; deny: string },
): KnownBlock[] {
  const { id, code, command: name, device, requestedBy, deadlineAt } = command
  const title = catalog.command(name)?.title
  const problem = catalog.find(code)?.problem
  const asker = requestedBy ? `Asked for by ${personOf(requestedBy.user)}` : 'Asked for'
  const lines = [
    `*${escapeMrkdwn(name)}*${title ? ` (${escapeMrkdwn(title)})` : ''} on \`${escapeCode(device ?? '?')}\``,
    `For ${escapeMrkdwn(code)}${problem ? `: ${escapeMrkdwn(problem)}` : ''}`,
    `${asker}${deadlineAt ? ` · lapses ${moment(deadlineAt)}` : ''}`,
  ]
  return [
    section(lines.join('\n')),
    {
      type: 'actions',
      elements: [
        button('Approve', ids.approve, id, {
          style: 'primary',
          confirm: confirmation('Approve this command?', `${name} on ${device}`, 'Approve'),
        }),
        button('Deny', ids.deny, id, { style: 'danger' }),
      ],
    },
  ]
}

/** The same request as a direct message; after the decision it shows the outcome instead of buttons. */
export function approvalMessage(command: Command, catalog: Catalog): SlackMessage {
  const what = escapeMrkdwn(cut(`${command.command} on ${command.device}`, 200))
  const text = `${SHARED_WORDS.awaitsYou}: ${what}`
  if (command.state !== 'awaiting_approval')
    return { text: what, blocks: commandBlocks(command, catalog, { namesDevice: false }) }
  const ids = { approve: ACTION.approveCommand, deny: ACTION.denyCommand }
  return { text, blocks: [section(`*${SHARED_WORDS.awaitsYou}*`), ...approvalBlocks(command, catalog, ids)] }
}
