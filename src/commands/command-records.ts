import type { ExpressionBuilder, Updateable } from 'kysely'
import { newId } from '../lib/ids.ts'
import { enqueue, type NewJob, type OutboxJob } from '../outbox/outbox-records.ts'
import type { Store } from '../store/open.ts'
import type { CommandsTable, Tables } from '../store/tables.ts'
import type { Command, CommandHistory, CommandStep, TransitionEvent } from './command.ts'
import { toCommand, toStep } from './row-mapping.ts'
import {
  COMMAND_EVENTS,
  COMMAND_STATES,
  type CommandEvent,
  type CommandState,
  isActive,
  isSettled,
  nextState,
} from './state-machine.ts'

export type NewOffer = Pick<Command, 'answerId' | 'code' | 'command' | 'device' | 'team' | 'channel' | 'offeredAt'> & {
  deadlineAt: Date
}
export type Transitioned = { command: Command; step: CommandStep; jobs: readonly OutboxJob[] }

/** The command waiting for this answer, inserted unless it exists; `step` is null when it existed. */
export async function insertOffer(
  store: Store,
  offer: NewOffer,
  jobs: readonly NewJob[] = [],
): Promise<{ command: Command; step: CommandStep | null; jobs: readonly OutboxJob[] }> {
  return store.transaction().execute(async (trx) => {
    const siblings = await listCommandsOfAnswer(trx, offer.answerId)
    const same = siblings.find(
      (one) =>
        one.state === 'offered' &&
        one.code === offer.code &&
        one.command === offer.command &&
        one.device === offer.device &&
        one.deadlineAt !== null &&
        one.deadlineAt > offer.offeredAt,
    )
    if (same) return { command: same, step: null, jobs: [] }
    const row = await trx
      .insertInto('commands')
      .values({
        id: newId('cmd', offer.offeredAt),
        answer_id: offer.answerId,
        code: offer.code,
        command: offer.command,
        device: offer.device,
        state: 'offered',
        active_device: null,
        team: offer.team,
        channel: siblings[0]?.channel ?? offer.channel,
        message_ts: siblings[0]?.messageTs ?? null,
        offered_at: offer.offeredAt.getTime(),
        deadline_at: offer.deadlineAt.getTime(),
      })
      .returningAll()
      .executeTakeFirstOrThrow()
    const command = toCommand(row)
    return {
      command,
      step: await insertStep(trx, command.id, null, 'offered', offer.offeredAt, {
        event: null,
        why: 'offered with the answer',
      }),
      jobs: await enqueueAll(trx, jobs, offer.offeredAt),
    }
  })
}

export async function setCommandMessage(
  store: Store,
  answerId: string,
  channel: string,
  messageTs: string,
): Promise<void> {
  await store
    .updateTable('commands')
    .set({ channel, message_ts: messageTs })
    .where('answer_id', '=', answerId)
    .execute()
}

/** Ids come back from buttons and devices; anything else never reaches the database. */
const COMMAND_ID = /^cmd_[0-9a-z]{1,40}$/

export async function findCommand(store: Store, id: string): Promise<Command | null> {
  if (!COMMAND_ID.test(id)) return null
  const row = await store.selectFrom('commands').selectAll().where('id', '=', id).executeTakeFirst()
  return row ? toCommand(row) : null
}

export async function listCommandsOfAnswer(store: Store, answerId: string): Promise<Command[]> {
  const rows = await store.selectFrom('commands').selectAll().where('answer_id', '=', answerId).orderBy('id').execute()
  return rows.map(toCommand)
}

/**
 * Applies an event to a command and writes its audit row with it. Null, with nothing written, when the command has
 * changed since it was read, its device is taken by another command, or `isStillAllowed` says no. `isStillAllowed` runs
 * while the command holds its device, so what it sees can't change before the transition counts.
 */
export async function applyTransition(
  store: Store,
  was: Command,
  change: TransitionEvent,
  isStillAllowed: (store: Store) => Promise<boolean> = async () => true,
): Promise<Transitioned | null> {
  const to = nextState(was.state, change.event)
  if (!to) return null
  try {
    return await store.transaction().execute(async (trx) => {
      const row = await trx
        .updateTable('commands')
        .set(updatedColumns(was, to, change))
        .where('id', '=', was.id)
        .where('state', '=', was.state)
        .where((eb) => sameDeviceMessage(eb, was.deviceMessage))
        .returningAll()
        .executeTakeFirst()
      if (!row || !(await isStillAllowed(trx))) throw new NotAppliedError()
      const written = await insertStep(trx, was.id, was.state, to, change.at, {
        ...change,
        why: change.why ?? COMMAND_EVENTS[change.event],
      })
      return {
        command: toCommand(row),
        step: written,
        jobs: await enqueueAll(trx, change.jobs ?? [], change.at),
      }
    })
  } catch (error) {
    if (error instanceof NotAppliedError || isUniqueViolation(error)) return null
    throw error
  }
}

async function enqueueAll(trx: Store, jobs: readonly NewJob[], now: Date): Promise<OutboxJob[]> {
  const enqueued: OutboxJob[] = []
  for (const job of jobs) enqueued.push(await enqueue(trx, job, now))
  return enqueued
}

/** Rolls back the transaction it's thrown in. */
class NotAppliedError extends Error {}

/** Progress doesn't change the state, so the message tells whether another instance was quicker. */
function sameDeviceMessage(eb: ExpressionBuilder<Tables, 'commands'>, message: string | null) {
  return message === null ? eb('device_message', 'is', null) : eb('device_message', '=', message)
}

function updatedColumns(was: Command, to: CommandState, change: TransitionEvent): Updateable<CommandsTable> {
  const { event, at, actor, deviceMessage, deadlineAt } = change
  const device = change.device ?? was.device
  const hasDeviceMessage = deviceMessage !== undefined
  const sentAt = was.sentAt ?? was.settledAt ?? at
  return {
    state: to,
    device,
    active_device: isActive(to) ? device : null,
    ...((event === 'request' || event === 'ask') && {
      requested_by: actor?.user ?? null,
      requested_by_team: actor?.team ?? null,
      requested_at: at.getTime(),
    }),
    ...(event === 'approve' && { approved_by: actor?.user ?? null }),
    ...((event === 'confirm' || hasDeviceMessage) && { sent_at: sentAt.getTime() }),
    ...(deadlineAt && { deadline_at: deadlineAt.getTime() }),
    ...((isSettled(to) || to === 'unknown') && { settled_at: at.getTime() }),
    ...(hasDeviceMessage && { device_message: deviceMessage }),
    // A command that failed cleared nothing: its outcome is known at once.
    ...(event === 'failed' && { outcome: 'failed', outcome_at: at.getTime() }),
  }
}

/** Each database reports a unique violation in its own way. */
function isUniqueViolation(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const UNIQUE_IN_SQLITE = 2067
  const UNIQUE_IN_POSTGRES = '23505'
  return (
    ('errcode' in error && error.errcode === UNIQUE_IN_SQLITE) || ('code' in error && error.code === UNIQUE_IN_POSTGRES)
  )
}

/** Numbered within its command, whose row the caller has locked, so the order holds even within a millisecond. */
async function insertStep(
  trx: Store,
  commandId: string,
  from: CommandState | null,
  to: CommandState,
  at: Date,
  details: Pick<TransitionEvent, 'actor' | 'deviceMessage'> & { event: CommandEvent | null; why: string },
): Promise<CommandStep> {
  const { earlier } = await trx
    .selectFrom('command_steps')
    .select((eb) => eb.fn.countAll<number>().as('earlier'))
    .where('command_id', '=', commandId)
    .where('kind', '=', 'step')
    .executeTakeFirstOrThrow()
  const row = await trx
    .insertInto('command_steps')
    .values({
      id: `${commandId}.${String(earlier + 1).padStart(4, '0')}`,
      command_id: commandId,
      at: at.getTime(),
      from_state: from,
      to_state: to,
      actor: details.actor?.user ?? null,
      actor_team: details.actor?.team ?? null,
      event: details.event,
      why: details.why,
      device_message: details.deviceMessage ?? null,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  return toStep(row)
}

export async function stepsOf(store: Store, commandId: string): Promise<CommandStep[]> {
  const rows = await store
    .selectFrom('command_steps')
    .selectAll()
    .where('command_id', '=', commandId)
    .where('kind', '=', 'step')
    .orderBy('id')
    .execute()
  return rows.map(toStep)
}

/** The steps of all commands of an answer, and who asked for one; by command. */
export async function historyOfAnswer(store: Store, answerId: string): Promise<CommandHistory> {
  const rows = await store
    .selectFrom('command_steps as step')
    .innerJoin('commands as command', 'command.id', 'step.command_id')
    .selectAll('step')
    .where('command.answer_id', '=', answerId)
    .where('step.kind', 'in', ['step', 'asked'])
    .orderBy('step.id')
    .execute()
  return Map.groupBy(rows.map(toStep), (step) => step.commandId)
}

/** The same for single commands. */
export async function historyOf(store: Store, commandIds: readonly string[]): Promise<CommandHistory> {
  if (commandIds.length === 0) return new Map()
  const rows = await store
    .selectFrom('command_steps')
    .selectAll()
    .where('command_id', 'in', commandIds)
    .where('kind', 'in', ['step', 'asked'])
    .orderBy('id')
    .execute()
  return Map.groupBy(rows.map(toStep), (step) => step.commandId)
}

export async function hasEvent(store: Store, commandId: string, event: CommandEvent): Promise<boolean> {
  const row = await store
    .selectFrom('command_steps')
    .select('id')
    .where('command_id', '=', commandId)
    .where('event', '=', event)
    .executeTakeFirst()
  return row !== undefined
}

/** Commands whose deadline has passed, the most overdue first. */
export async function listOverdueCommands(store: Store, now: Date, most: number): Promise<Command[]> {
  const rows = await store
    .selectFrom('commands')
    .selectAll()
    .where('state', 'in', ['offered', ...COMMAND_STATES.filter(isActive)])
    .where('deadline_at', '<=', now.getTime())
    .orderBy('deadline_at')
    .limit(most)
    .execute()
  return rows.map(toCommand)
}

export async function findActiveCommand(store: Store, device: string): Promise<Command | null> {
  const row = await store.selectFrom('commands').selectAll().where('active_device', '=', device).executeTakeFirst()
  return row ? toCommand(row) : null
}

/** When this command last went to this device, or may have; apart from the command `except`. */
export async function findLastSentAt(
  store: Store,
  device: string,
  command: string,
  except: string,
): Promise<Date | null> {
  const row = await store
    .selectFrom('commands')
    .select((eb) => eb.fn.max(eb.fn.coalesce('sent_at', 'settled_at')).as('at'))
    .where('device', '=', device)
    .where('command', '=', command)
    .where('id', '!=', except)
    .where((eb) => eb.or([eb('sent_at', 'is not', null), eb('state', '=', 'unknown')]))
    .executeTakeFirst()
  return row?.at ? new Date(row.at) : null
}
