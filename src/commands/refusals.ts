import { formatDuration } from '../lib/duration.ts'
import type { Command, Person } from './command.ts'
import type { CommandState } from './state-machine.ts'

/** Why a command isn't sent, with details to display; `remedy` says it all in plain words. */
export type Refusal = { readonly remedy: string } & (
  | {
      readonly code:
        | 'no_such_command'
        | 'external'
        | 'no_operators'
        | 'not_operator'
        | 'offer_lapsed'
        | 'not_in_catalog'
        | 'device_missing'
        | 'device_not_typed'
        | 'approval_lapsed'
        | 'own_request'
        | 'not_yours'
        | 'not_verified'
        | 'nothing_to_check'
    }
  | { readonly code: 'already'; readonly state: CommandState; readonly by: Person | null; readonly at: Date | null }
  | { readonly code: 'device_mismatch'; readonly device: string; readonly typed: string }
  | { readonly code: 'device_unknown'; readonly device: string; readonly nearest: readonly string[] }
  | { readonly code: 'device_offline'; readonly device: string; readonly since: Date }
  | { readonly code: 'busy'; readonly device: string; readonly with: Command }
  | { readonly code: 'cooldown'; readonly device: string; readonly until: Date }
)

/** Only a refusal has a remedy; `code` doesn't tell them apart, since a command has one too. */
export const isRefusal = <T extends object>(opened: Refusal | T): opened is Refusal => 'remedy' in opened

const REMEDIES = {
  no_such_command: 'This button is no longer known. Ask again to get a new one.',
  external:
    'Guests and people of other organisations cannot do this. Ask an operator of this workspace to press the button.',
  no_operators: 'Nobody may send commands yet: no operators are named. Ask an administrator to name them.',
  not_operator: 'Only operators send commands to devices. Ask one of them.',
  offer_lapsed: 'This offer is older than 30 minutes. Nothing was sent; ask again to get a new one.',
  not_in_catalog: 'The catalog no longer recommends this command for this code. Nothing was sent; ask again.',
  device_missing: 'Say which device the command is for.',
  device_not_typed: 'Type the id of the device to confirm this command.',
  approval_lapsed: 'Nobody approved this within 15 minutes. Nothing was sent; ask again if it is still needed.',
  own_request: 'A second operator has to approve this; nobody approves their own request.',
  not_yours: 'Only the person who asked for this command can withdraw it.',
  not_verified:
    'It could not be checked that you are not the one who asked for this. Nothing was sent; try again in a minute.',
  nothing_to_check: 'A check on site is only recorded after a command that did not help.',
} as const

export function plainRefusal(code: keyof typeof REMEDIES): Refusal {
  return { code, remedy: REMEDIES[code] }
}

/** The same for the audit, which names the person before it. */
const REASONS: Record<Refusal['code'], string> = {
  no_such_command: 'the command is not known',
  external: 'a guest or external person',
  no_operators: 'no operators are named',
  not_operator: 'not an operator',
  offer_lapsed: 'the offer had lapsed',
  not_in_catalog: 'not in the catalog any more',
  device_missing: 'no device was named',
  device_not_typed: 'the device was not typed',
  approval_lapsed: 'the request had lapsed',
  own_request: 'their own request',
  not_yours: 'not their request',
  not_verified: 'it could not be checked whether it is their own request',
  nothing_to_check: 'nothing to check on site',
  already: 'already handled',
  device_mismatch: 'another device was typed',
  device_unknown: 'the device is not known',
  device_offline: 'the device is offline',
  busy: 'another command is under way',
  cooldown: 'sent a short while ago',
}

export function refusalReason({ code }: Refusal): string {
  return REASONS[code]
}

const REMEDY_BY_STATE: Partial<Record<CommandState, string>> = {
  offered: 'Nobody has asked for this command yet. Nothing was sent.',
  requested: 'This command is already being sent. Nothing more was sent.',
  awaiting_approval: 'This command already waits for the approval of a second operator. Nothing was sent.',
  approved: 'This command is already being sent. Nothing more was sent.',
  denied: 'A second operator said no to this command. Nothing was sent.',
  cancelled: 'This command was withdrawn. Nothing was sent.',
}

export function alreadyHandled({ state, requestedBy, requestedAt }: Command): Refusal {
  const remedy = REMEDY_BY_STATE[state] ?? 'This command was already used. Nothing more was sent.'
  return { code: 'already', remedy, state, by: requestedBy, at: requestedAt }
}

export function deviceMismatch(device: string, typed: string): Refusal {
  const remedy = `This answer is about ${device}, and you typed another id. Nothing was sent.`
  return { code: 'device_mismatch', remedy, device, typed }
}

/** `nearest` is looked up only when needed. */
export function deviceUnknown(device: string, nearest: readonly string[] = []): Refusal {
  const remedy =
    nearest.length > 0
      ? `No device with that id has ever reported. Nothing was sent. The nearest known: ${nearest.join(', ')}.`
      : 'No device has reported yet, so there is none to send a command to. Nothing was sent.'
  return { code: 'device_unknown', remedy, device, nearest }
}

export function deviceOffline(device: string, since: Date, now: Date): Refusal {
  const remedy = `${device} has been offline for ${formatDuration(since, now, 'up')}. Nothing was sent; try again when it is back.`
  return { code: 'device_offline', remedy, device, since }
}

export function busy(device: string, active: Command, now: Date): Refusal {
  const what = active.state === 'awaiting_approval' ? 'is waiting for approval' : 'is under way'
  const remedy = `${active.command} ${what} on ${device}, asked for ${formatDuration(active.requestedAt ?? now, now, 'up')} ago. Nothing was sent; wait for its result.`
  return { code: 'busy', remedy, device, with: active }
}

export function coolingDown(device: string, command: string, until: Date, now: Date): Refusal {
  const remedy = `${command} went to ${device} a short while ago. Nothing was sent; it can be sent again in ${formatDuration(now, until, 'up')}.`
  return { code: 'cooldown', remedy, device, until }
}
