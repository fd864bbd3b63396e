import type { KnownBlock } from '@slack/types'
import type { Catalog } from '../../catalog/catalog.ts'
import type { Command } from '../../commands/command.ts'
import type { CommandState } from '../../commands/states.ts'
import { escapeCode, escapeMrkdwn } from '../escaping.ts'
import { ACTION } from '../ids.ts'
import { button, confirmation, section } from './elements.ts'

const SIGNS: Record<CommandState, string> = {
  offered: '▫️',
  requested: '⏳',
  awaiting_approval: '⏳',
  approved: '⏳',
  denied: '⛔',
  sent: '📤',
  accepted: '⚙️',
  succeeded: '✅',
  failed: '❌',
  rejected: '❌',
  unknown: '❓',
  expired: '⌛',
  cancelled: '⛔',
}

const SAID: Record<CommandState, string> = {
  offered: 'not sent',
  requested: 'being sent',
  awaiting_approval: 'waits for a second operator',
  approved: 'approved, being sent',
  denied: 'denied, nothing was sent',
  sent: 'sent, the device has not answered yet',
  accepted: 'accepted, the device is working on it',
  succeeded: 'succeeded',
  failed: 'failed',
  rejected: 'the device rejected it',
  unknown: 'no result came in time: it is not known whether it worked',
  expired: 'the offer has lapsed; please ask again',
  cancelled: 'cancelled, nothing was sent',
}

/** The states a command has gone through on the way to this one, as far as a person cares. */
const PATH: Partial<Record<CommandState, readonly string[]>> = {
  sent: [],
  accepted: ['sent'],
  succeeded: ['sent', 'accepted'],
  failed: ['sent'],
  rejected: ['sent'],
  unknown: ['sent'],
}

/** An offered command is a button; one that was pressed says how far it is, who pressed and what the device said. */
export function commandBlocks(command: Command, catalog: Catalog): KnownBlock[] {
  if (command.state === 'offered') return [{ type: 'actions', elements: [runButton(command, catalog)] }]
  const lines = [statusLine(command), peopleLine(command)]
  if (command.deviceWords) lines.push(`> ${escapeMrkdwn(command.deviceWords.replace(/\s+/g, ' '))}`)
  const blocks: KnownBlock[] = [section(lines.filter(Boolean).join('\n'))]
  if (command.state === 'awaiting_approval')
    blocks.push({
      type: 'actions',
      elements: [
        button('Approve', ACTION.approveCommand, command.id, {
          style: 'primary',
          confirm: confirmation('Approve this command?', `${command.command} on ${command.device}`, 'Approve'),
        }),
        button('Deny', ACTION.denyCommand, command.id, { style: 'danger' }),
      ],
    })
  return blocks
}

function runButton({ id, command, device }: Command, catalog: Catalog) {
  const title = catalog.command(command)?.title ?? command
  return button(device ? `Run ${command}` : `Run ${command}…`, ACTION.runCommand, id, {
    style: 'primary',
    // Without a device, a form asks for it and is the confirmation.
    ...(device
      ? { confirm: confirmation(`${title}?`, `${command} will be sent to ${device}, the device on site.`, 'Send it') }
      : {}),
  })
}

function statusLine({ command, device, state, sentAt }: Command): string {
  const before = sentAt ? (PATH[state] ?? []).map((step) => `${step} → `).join('') : ''
  const said = state === 'failed' && !sentAt ? 'failed, nothing was sent' : SAID[state]
  return `${SIGNS[state]} *${escapeMrkdwn(command)}* on \`${escapeCode(device ?? '?')}\`: ${before}*${said}*`
}

function peopleLine({ requestedBy, approvedBy }: Command): string | null {
  if (!requestedBy) return null
  return `Pressed by <@${requestedBy.user}>${approvedBy ? `, approved by <@${approvedBy}>` : ''}`
}
