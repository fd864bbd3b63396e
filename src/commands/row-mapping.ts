import type { Selectable } from 'kysely'
import type { CommandStepsTable, CommandsTable } from '../store/tables.ts'
import type { Command, CommandStep } from './command.ts'
import { COMMAND_EVENTS, COMMAND_STATES, type CommandEvent, type CommandState } from './state-machine.ts'

export function toCommand(row: Selectable<CommandsTable>): Command {
  return {
    id: row.id,
    answerId: row.answer_id,
    code: row.code,
    command: row.command,
    device: row.device,
    state: readState(row.state),
    team: row.team,
    channel: row.channel,
    messageTs: row.message_ts,
    requestedBy: personOf(row.requested_by, row.requested_by_team),
    approvedBy: row.approved_by,
    offeredAt: new Date(row.offered_at),
    requestedAt: dateOf(row.requested_at),
    sentAt: dateOf(row.sent_at),
    deadlineAt: dateOf(row.deadline_at),
    settledAt: dateOf(row.settled_at),
    deviceMessage: row.device_message,
    checkedBy: personOf(row.checked_by, row.checked_by_team),
  }
}

export function toStep(row: Selectable<CommandStepsTable>): CommandStep {
  return {
    id: row.id,
    commandId: row.command_id,
    kind: row.kind,
    at: new Date(row.at),
    from: row.from_state === null ? null : readState(row.from_state),
    to: readState(row.to_state),
    actor: personOf(row.actor, row.actor_team),
    event: row.event === null ? null : readEvent(row.event),
    why: row.why,
    deviceMessage: row.device_message,
  }
}

function readEvent(text: string): CommandEvent {
  if (!(text in COMMAND_EVENTS)) throw new Error(`not a command's event: ${text}`)
  return text as CommandEvent
}

function readState(text: string): CommandState {
  const state = COMMAND_STATES.find((known) => known === text)
  if (!state) throw new Error(`not a command's state: ${text}`)
  return state
}

const dateOf = (millis: number | null) => (millis === null ? null : new Date(millis))
const personOf = (user: string | null, team: string | null) => (user === null ? null : { user, team: team ?? '' })
