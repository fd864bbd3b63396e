import type { Catalog } from '../catalog/catalog.ts'
import type { Logger } from '../lib/logger.ts'
import { type Outbox, OWN_LEASE_MS } from '../outbox/outbox.ts'
import { enqueue, type NewJob } from '../outbox/outbox-records.ts'
import type { Store } from '../store/open.ts'
import type { Command, TransitionEvent } from './command.ts'
import { CommandContendedError } from './errors.ts'
import type { CommandEvents } from './events.ts'
import { applyTransition, findCommand } from './records.ts'
import type { Refusal } from './refusals.ts'
import { type CommandState, isSettled, nextState } from './state-machine.ts'

/** An offer is for the trouble of now; later the device has to be looked at again. */
export const OFFER_LAPSES_MS = 30 * 60 * 1_000
const APPROVAL_LAPSES_MS = 15 * 60 * 1_000
/** The gateway confirms a send within seconds, or gives up. After this the process that was sending is gone. */
const SENDING_LAPSES_MS = 30 * 1_000

/** On the way to its result, a command's next step often comes at once; Slack takes some 50 changes a minute. */
const NEXT_STEP_MS = 150
const HOUR_MS = 60 * 60 * 1_000

/** Others may be quicker a few times in a row: a command has no more states than this to be found in. */
const MOST_TRIES = 8

export type Transitions = {
  /** Moves the command from where it was read; null when that is no longer where it is. */
  transition(
    was: Command,
    happening: TransitionEvent,
    stillRight?: (store: Store) => Promise<boolean>,
  ): Promise<Command | null>
  /** Lets something happen to the command, wherever it is by now; null when it changes nothing there. */
  apply(id: string, happening: TransitionEvent): Promise<Command | null>
  /** What a press found too old need not wait for the watch. */
  expire(command: Command, found: Refusal, at: Date): Promise<Command>
}

/** Moves commands along the state table, each step with its deadline, its audit row and its news. */
export function createTransitions(deps: {
  catalog: Catalog
  store: Store
  news: CommandEvents
  outbox: Pick<Outbox, 'runNow'> | null
  logger: Logger
}): Transitions {
  const { catalog, store, news, outbox, logger } = deps

  const deadlineOf = (was: Command, to: CommandState, at: Date): Date | undefined => {
    if (to === was.state) return undefined
    const after = (millis: number) => new Date(at.getTime() + millis)
    if (to === 'requested' || to === 'approved') return after(SENDING_LAPSES_MS)
    if (to === 'awaiting_approval') return after(APPROVAL_LAPSES_MS)
    const seconds = catalog.command(was.command)?.deadlineSeconds
    const isFirstSignOfLife = to === 'sent' || (to === 'accepted' && was.state !== 'sent')
    return isFirstSignOfLife && seconds ? after(seconds * 1_000) : undefined
  }
  /** What the device's result says of the answer: at once when it failed, and when the code had time to come back. */
  const outcomeJobs = ({ id, code }: Command, to: CommandState, { event, at }: TransitionEvent): NewJob[] => {
    if (event === 'failed') return [{ topic: 'failure', key: id, runAt: at }]
    const hours = to === 'succeeded' ? catalog.find(code)?.clearWindowHours : undefined
    return hours ? [{ topic: 'outcome', key: id, runAt: new Date(at.getTime() + hours * HOUR_MS) }] : []
  }
  const move: Transitions['transition'] = async (was, happening, stillRight) => {
    const to = nextState(was.state, happening.event)
    if (!to) return null
    const jobs = [refreshJob(was, to, happening.at), ...outcomeJobs(was, to, happening)]
    const moved = await applyTransition(
      store,
      was,
      { ...happening, deadlineAt: deadlineOf(was, to, happening.at), jobs: jobs },
      stillRight,
    )
    if (!moved) return null
    logger.info(
      { command: was.id, device: moved.command.device, from: was.state, to, event: happening.event },
      'a command moved on',
    )
    news.emit(moved.command, moved.step)
    const isResult = isSettled(to) || to === 'unknown'
    for (const job of moved.jobs) if (job.leaseUntil) outbox?.runNow(job, isResult ? 0 : NEXT_STEP_MS)
    return moved.command
  }
  return {
    transition: move,
    async apply(id, happening) {
      for (let tries = 0; tries < MOST_TRIES; tries += 1) {
        const was = await findCommand(store, id)
        if (!was || !nextState(was.state, happening.event) || saysNothingNew(was, happening)) return null
        const moved = await move(was, happening)
        if (moved) return moved
      }
      throw new CommandContendedError(`${id} never stood still for ${happening.event}`)
    },
    async expire(command, { code }, at) {
      if (code !== 'offer_lapsed' && code !== 'approval_lapsed') return command
      const lapsed = await move(command, { event: 'time_out', at })
      if (lapsed) outbox?.runNow(await enqueue(store, refreshNow(command.answerId, at), at))
      return lapsed ?? command
    },
  }
}

/** A button that lapsed unpressed waits its turn: many may lapse at once, and nobody looks at them. */
function refreshJob({ answerId, state }: Command, to: CommandState, at: Date): NewJob {
  const isUnseen = state === 'offered' && to === 'expired'
  return isUnseen ? { topic: 'lapse', key: answerId, runAt: at } : refreshNow(answerId, at)
}

/** The message is shown anew by who made the step, at once; by any other instance when that one died before. */
export function refreshNow(answerId: string, at: Date): NewJob {
  return { topic: 'show', key: answerId, runAt: at, leaseUntil: new Date(at.getTime() + OWN_LEASE_MS) }
}

/** A device may report its progress as often as it likes; only new words are news. */
function saysNothingNew(was: Command, { event, deviceMessage }: TransitionEvent): boolean {
  const isProgress = was.state === 'accepted' && event === 'running'
  return isProgress && (!deviceMessage || deviceMessage === was.deviceMessage)
}
