import type { KnownBlock } from '@slack/types'
import type { Catalog } from '../../catalog/catalog.ts'
import { askerIn, type Command, type CommandStep, type Person } from '../../commands/command.ts'
import { cut, escapeCode, escapeMrkdwn } from '../platform/escaping.ts'
import type { SlackMessage } from '../platform/message.ts'
import { commandBlocks, nameOf, runButton } from './command.ts'
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
  const { id, command: name, device, requestedBy } = command
  return [
    section(requestText(command, requestedBy, catalog)),
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

function requestText({ code, command, device, deadlineAt }: Command, asker: Person | null, catalog: Catalog): string {
  const title = catalog.command(command)?.title
  const problem = catalog.find(code)?.problem
  const where = device ? `\`${escapeCode(device)}\`` : 'a device that was not named'
  return [
    `*${escapeMrkdwn(command)}*${title ? ` (${escapeMrkdwn(title)})` : ''} on ${where}`,
    `For ${escapeMrkdwn(code)}${problem ? `: ${escapeMrkdwn(problem)}` : ''}`,
    `${asker ? `Asked for by ${personOf(asker.user)}` : 'Asked for'}${deadlineAt ? ` · lapses ${moment(deadlineAt)}` : ''}`,
  ].join('\n')
}

/** The same request as a direct message; after the decision it shows the outcome instead of buttons. */
export function approvalMessage(command: Command, catalog: Catalog, steps: readonly CommandStep[] = []): SlackMessage {
  if (command.state !== 'awaiting_approval') return outcomeMessage(command, catalog, steps)
  const ids = { approve: ACTION.approveCommand, deny: ACTION.denyCommand }
  const blocks = [section(`*${SHARED_WORDS.awaitsYou}*`), ...approvalBlocks(command, catalog, ids)]
  return { text: `${SHARED_WORDS.awaitsYou}: ${shortText(command)}`, blocks }
}

/** An offer that somebody who may not send it brings to an operator, as a direct message. */
export function askedMessage(command: Command, catalog: Catalog, steps: readonly CommandStep[]): SlackMessage {
  if (command.state !== 'offered') return outcomeMessage(command, catalog, steps)
  return {
    text: `${SHARED_WORDS.asksOperator}: ${shortText(command)}`,
    blocks: [
      section(`*${SHARED_WORDS.asksOperator}*\n${requestText(command, askerIn(steps), catalog)}`),
      {
        type: 'actions',
        elements: [
          runButton(command, catalog, { isUrgent: true, namesDevice: false }),
          button('Deny', ACTION.denyCommand, command.id, { style: 'danger' }),
        ],
      },
    ],
  }
}

function outcomeMessage(command: Command, catalog: Catalog, steps: readonly CommandStep[]): SlackMessage {
  return { text: shortText(command), blocks: commandBlocks(command, catalog, { steps }) }
}

const shortText = ({ command, device }: Command) => escapeMrkdwn(cut(device ? `${command} on ${device}` : command, 200))

/** Tells who asked for a command that an operator denied it, and lets them ask again. */
export function denialMessage(command: Command, asker: Person | null, denier: Person | null): SlackMessage {
  const by = denier ? personOf(denier.user) : 'An operator'
  const text = `⛔ ${asker ? `${personOf(asker.user)}: ` : ''}${by} denied ${nameOf(command)}. Nothing was sent.`
  const again = button(SHARED_WORDS.askAgain, ACTION.askAgain, command.id)
  return { text, blocks: [section(text), { type: 'actions', elements: [again] }] }
}
