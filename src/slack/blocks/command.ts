import type { Button, KnownBlock } from '@slack/types'
import type { Catalog } from '../../catalog/catalog.ts'
import { askerIn, type Command, type CommandStep } from '../../commands/command.ts'
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

/** The states on the way that people care about, in their order. */
const MILESTONES = { approved: 'approved', sent: 'sent', accepted: 'accepted', unknown: 'no result in time' } as const

/** What is known about a command beside its row. */
export type CommandShown = {
  /** Whether the button says which device it's for, beside buttons for others. */
  namesDevice?: boolean
  /** What happened to it so far. */
  steps?: readonly CommandStep[]
  /** Whether it's likely to be sent and wanted: false for an offline device or a cleared alert. */
  isUrgent?: boolean
  /** Whether the asker is known to be nobody who may send it. */
  asksOperator?: boolean
}

/** A device message is usually one sentence; a longer one mustn't push the rest of the message out. */
const MAX_DEVICE_WORDS = 500

/** A button for an offered command; for one in progress its state, who pressed and the device's message. */
export function commandBlocks(command: Command, catalog: Catalog, shown: CommandShown = {}): KnownBlock[] {
  const { steps = [] } = shown
  if (command.state === 'offered') return offerBlocks(command, catalog, shown)
  const lines = [statusLine(command, steps), peopleLine(command, steps)]
  if (command.deviceMessage)
    lines.push(`> ${cut(escapeMrkdwn(command.deviceMessage.replace(/\s+/g, ' ')), MAX_DEVICE_WORDS)}`)
  if (command.checkedBy) lines.push(`${SHARED_WORDS.checkedBy} ${personOf(command.checkedBy.user)}`)
  const blocks: KnownBlock[] = [section(lines.filter(Boolean).join('\n'))]
  if (command.state === 'awaiting_approval')
    blocks.push({
      type: 'actions',
      // Who asked sees this message too, so the second operator decides in a message of their own.
      elements: [button('Cancel', ACTION.cancelCommand, command.id)],
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

/** The button of an offered command, and the way to an operator for an asker who may not press it. */
function offerBlocks(
  command: Command,
  catalog: Catalog,
  { namesDevice = false, steps, isUrgent = true, asksOperator = false }: CommandShown,
): KnownBlock[] {
  const asker = askerIn(steps)
  const elements = [
    runButton(command, catalog, { isUrgent: isUrgent && !asksOperator, namesDevice }),
    ...(asksOperator && !asker
      ? [button(SHARED_WORDS.askOperator, ACTION.askOperator, command.id, styled(isUrgent))]
      : []),
  ]
  const asked = asker && `⏳ ${nameOf(command)}: ${personOf(asker.user)} asked an operator. Nothing was sent yet.`
  return [...(asked ? [section(asked)] : []), { type: 'actions', elements }]
}

const styled = (isUrgent: boolean): Pick<Button, 'style'> => (isUrgent ? { style: 'primary' } : {})

/** Sends the command, or asks for what it needs first; at high risk it asks a second operator. */
export function runButton(
  { id, command, device }: Command,
  catalog: Catalog,
  { isUrgent, namesDevice }: { isUrgent: boolean; namesDevice: boolean },
) {
  const { title, risk } = catalog.command(command) ?? { title: command, risk: null }
  const isRequest = risk === 'high'
  const label = `${isRequest ? 'Request' : 'Run'} ${command}${namesDevice && device ? ` on ${device}` : ''}`
  // A form that asks for the device, or for its id once more, already confirms the command.
  if (!device || risk === 'medium') return button(`${label}…`, ACTION.runCommand, id, styled(isUrgent))
  const [text, confirm] = isRequest
    ? [
        `A second operator is asked to approve it. Then ${command} is sent to ${device}, the device on site.`,
        'Request it',
      ]
    : [`${command} will be sent to ${device}, the device on site.`, 'Send it']
  return button(label, ACTION.runCommand, id, {
    ...styled(isUrgent),
    confirm: confirmation(`${title}?`, text, confirm),
  })
}

/** The command's progress in one line: only what happened. */
export function statusLine(command: Command, steps: readonly CommandStep[] = []): string {
  const { state, sentAt, requestedBy } = command
  const before = milestones(command, steps).map((step) => `${step} → `)
  const said =
    state === 'failed' && !sentAt ? 'failed, nothing was sent' : requestedBy ? SAID_ASKED[state] : SAID[state]
  return `${SIGNS[state]} ${nameOf(command)}: ${before.join('')}*${said}*`
}

function milestones({ state, sentAt, approvedBy }: Command, steps: readonly CommandStep[]): string[] {
  const been = new Set<CommandState>(steps.map(({ to }) => to))
  if (approvedBy) been.add('approved')
  // A device may answer before the broker confirms; then no step says that it was sent.
  if (sentAt) been.add('sent')
  return Object.entries(MILESTONES).flatMap(([one, words]) =>
    one !== state && been.has(one as CommandState) ? [words] : [],
  )
}

/** "*CLEAN_TURB* on `HC5000-A-1138`" */
export function nameOf({ command, device }: Command): string {
  return `*${escapeMrkdwn(command)}* on \`${escapeCode(device ?? '?')}\``
}

function peopleLine({ requestedBy, approvedBy }: Command, steps: readonly CommandStep[]): string | null {
  const asker = askerIn(steps)
  const denier = steps.findLast(({ event }) => event === 'deny')?.actor
  const people = [
    ...(asker ? [`asked for by ${personOf(asker.user)}`] : []),
    ...(requestedBy ? [`pressed by ${personOf(requestedBy.user)}`] : []),
    ...(approvedBy ? [`approved by ${personOf(approvedBy)}`] : []),
    ...(denier ? [`denied by ${personOf(denier.user)}`] : []),
  ].join(', ')
  return people === '' ? null : `${people.charAt(0).toUpperCase()}${people.slice(1)}`
}
