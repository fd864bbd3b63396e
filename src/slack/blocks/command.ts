import type { KnownBlock } from '@slack/types'
import type { Catalog } from '../../catalog/catalog.ts'
import type { Command } from '../../commands/command.ts'
import { type CommandState, needsFollowUp } from '../../commands/state-machine.ts'
import { cut, escapeCode, escapeMrkdwn } from '../platform/escaping.ts'
import { button, confirmation, personOf, section } from './elements.ts'
import { ACTION, workValue } from './ids.ts'
import { SHARED_WORDS } from './words.ts'

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
  expired: 'the offer has lapsed, nothing was sent',
  cancelled: 'cancelled, nothing was sent',
}

/** Words for a command that somebody requested. */
const SAID_ASKED: typeof SAID = { ...SAID, expired: 'nobody approved it in time, nothing was sent' }

/** The states on the way to this one, as far as people care about them. */
const PATH: Partial<Record<CommandState, readonly string[]>> = {
  sent: [],
  accepted: ['sent'],
  succeeded: ['sent', 'accepted'],
  failed: ['sent'],
  rejected: ['sent'],
  unknown: ['sent'],
}

/** A device message is usually one sentence; a longer one mustn't push the rest of the message out. */
const MAX_DEVICE_WORDS = 500

/** A button for an offered command; for one in progress its state, who pressed and the device's message. */
export function commandBlocks(
  command: Command,
  catalog: Catalog,
  { namesDevice }: { namesDevice: boolean },
): KnownBlock[] {
  if (command.state === 'offered') return [{ type: 'actions', elements: [runButton(command, catalog, namesDevice)] }]
  const lines = [statusLine(command), peopleLine(command)]
  if (command.deviceMessage)
    lines.push(`> ${cut(escapeMrkdwn(command.deviceMessage.replace(/\s+/g, ' ')), MAX_DEVICE_WORDS)}`)
  if (command.checkedBy) lines.push(`${SHARED_WORDS.checkedBy} ${personOf(command.checkedBy.user)}`)
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
        button('Cancel', ACTION.cancelCommand, command.id),
      ],
    })
  return blocks
}

/**
 * What a person can do about a command that expired, was cancelled or didn't help; empty while it may still succeed.
 */
export function nextStepBlocks(
  command: Command,
  catalog: Catalog,
  { isLast, hasVisit }: { isLast: boolean; hasVisit: boolean },
): KnownBlock[] {
  const { id, state, answerId, code, checkedBy } = command
  const mayRepeat = isLast && catalog.allows(code, command.command)
  const again = (label: string) => (mayRepeat ? [button(label, ACTION.offerAgain, id)] : [])
  const steps =
    state === 'expired' || state === 'cancelled'
      ? again(SHARED_WORDS.askAgain)
      : needsFollowUp(state)
        ? [
            ...again(SHARED_WORDS.tryAgain),
            ...(hasVisit
              ? []
              : [
                  button(
                    SHARED_WORDS.scheduleVisit,
                    ACTION.scheduleWork,
                    workValue({ answerId, code, commandId: id, isFallback: true }),
                  ),
                ]),
            ...(checkedBy ? [] : [button(SHARED_WORDS.checkedOnSite, ACTION.checkOnSite, id)]),
          ]
        : []
  return steps.length > 0 ? [{ type: 'actions', elements: steps }] : []
}

function runButton({ id, command, device }: Command, catalog: Catalog, namesDevice: boolean) {
  const { title, risk } = catalog.command(command) ?? { title: command, risk: null }
  // A form that asks for the device, or for its id once more, already confirms the command.
  const hasForm = !device || risk === 'medium'
  const label = `Run ${command}${namesDevice && device ? ` on ${device}` : ''}${hasForm ? '…' : ''}`
  return button(label, ACTION.runCommand, id, {
    style: 'primary',
    ...(!hasForm
      ? { confirm: confirmation(`${title}?`, `${command} will be sent to ${device}, the device on site.`, 'Send it') }
      : {}),
  })
}

/** The command's progress in one line. */
export function statusLine({ command, device, state, sentAt, requestedBy }: Command): string {
  const before = sentAt ? (PATH[state] ?? []).map((step) => `${step} → `).join('') : ''
  const said =
    state === 'failed' && !sentAt ? 'failed, nothing was sent' : requestedBy ? SAID_ASKED[state] : SAID[state]
  return `${SIGNS[state]} *${escapeMrkdwn(command)}* on \`${escapeCode(device ?? '?')}\`: ${before}*${said}*`
}

function peopleLine({ requestedBy, approvedBy }: Command): string | null {
  if (!requestedBy) return null
  return `Pressed by <@${requestedBy.user}>${approvedBy ? `, approved by <@${approvedBy}>` : ''}`
}
