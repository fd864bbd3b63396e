import type { Catalog } from '../catalog/catalog.ts'
import type { Logger } from '../lib/logger.ts'
import { type Outbox, OWN_LEASE_MS } from '../outbox/outbox.ts'
import { enqueue, type NewJob } from '../outbox/outbox-records.ts'
import type { Store } from '../store/open.ts'
import type { Command, TransitionEvent } from './command.ts'
import type { CommandEmitter } from './command-emitter.ts'
import { applyTransition, findCommand } from './command-records.ts'
import { CommandContendedError } from './errors.ts'
import type { Refusal } from './refusals.ts'
import { type CommandState, isSettled, nextState } from './state-machine.ts'

declare module '../outbox/topics.ts' {
  interface OutboxTopics {
    /** An answer whose message is out of date. */
    show: 'answer id'
    /** An answer whose button has expired. */
    lapse: 'answer id'
    /** An offer that somebody wants an operator to send. */
    ask_operators: 'command id'
    /** A denied command, to be told to who asked for it. */
    denial: 'command id'
    /** A failed command, whose answer goes to the corrections queue. */
    failure: 'command id'
    /** A command whose clear window has passed. */
    outcome: 'command id'
  }
}

/** An offer is for the present trouble; later, look at the device again. */
export const OFFER_TTL_MS = 30 * 60 * 1_000
const APPROVAL_TTL_MS = 15 * 60 * 1_000
/** The gateway confirms a send within seconds or gives up. After this, the sending process is gone. */
const SENDING_TIMEOUT_MS = 30 * 1_000

/** The next step often follows at once, and Slack allows some 50 updates a minute. */
const REFRESH_DELAY_MS = 150
const HOUR_MS = 60 * 60 * 1_000

/** A command has no more states than this to be found in. */
const MAX_ATTEMPTS = 8

export type Transitions = {
  /** Applies the event to the command as it was read; null when it has changed since. */
  transition(
    was: Command,
    change: TransitionEvent,
    isStillAllowed?: (store: Store) => Promise<boolean>,
  ): Promise<Command | null>
  /** Applies the event whatever state the command is in by now; null when it changes nothing there. */
  apply(id: string, change: TransitionEvent): Promise<Command | null>
  /** Expires what a press found too old, without waiting for the deadline check. */
  expire(command: Command, refusal: Refusal, at: Date): Promise<Command>
}

/** Moves commands along the state table, each step with its deadline, audit row and event. */
export function createTransitions(deps: {
  catalog: Catalog
  store: Store
  emitter: CommandEmitter
  outbox: Pick<Outbox, 'runNow'> | null
  logger: Logger
}): Transitions {
  const { catalog, store, emitter, outbox, logger } = deps

  const deadlineOf = (was: Command, to: CommandState, at: Date): Date | undefined => {
    if (to === was.state) return undefined
    const after = (millis: number) => new Date(at.getTime() + millis)
    if (to === 'requested' || to === 'approved') return after(SENDING_TIMEOUT_MS)
    if (to === 'awaiting_approval') return after(APPROVAL_TTL_MS)
    const seconds = catalog.command(was.command)?.deadlineSeconds
    const isFirstSignOfLife = to === 'sent' || (to === 'accepted' && was.state !== 'sent')
    return isFirstSignOfLife && seconds ? after(seconds * 1_000) : undefined
  }
  /** What a result says about the answer: at once for a failure, else once the clear window has passed. */
  const outcomeJobs = ({ id, code }: Command, to: CommandState, { event, at }: TransitionEvent): NewJob[] => {
    if (event === 'failed') return [{ topic: 'failure', key: id, runAt: at }]
    if (event === 'deny') return [withOwnLease({ topic: 'denial', key: id, runAt: at })]
    const hours = to === 'succeeded' ? catalog.find(code)?.clearWindowHours : undefined
    return hours ? [{ topic: 'outcome', key: id, runAt: new Date(at.getTime() + hours * HOUR_MS) }] : []
  }
  const transition: Transitions['transition'] = async (was, change, isStillAllowed) => {
    const to = nextState(was.state, change.event)
    if (!to) return null
    const jobs = [refreshJobFor(was, to, change.at), ...outcomeJobs(was, to, change)]
    const applied = await applyTransition(
      store,
      was,
      { ...change, deadlineAt: deadlineOf(was, to, change.at), jobs: jobs },
      isStillAllowed,
    )
    if (!applied) return null
    logger.info(
      { command: was.id, device: applied.command.device, from: was.state, to, event: change.event },
      'a command moved on',
    )
    emitter.emit(applied.command, applied.step)
    const isResult = isSettled(to) || to === 'unknown'
    for (const job of applied.jobs) if (job.leaseUntil) outbox?.runNow(job, isResult ? 0 : REFRESH_DELAY_MS)
    return applied.command
  }
  return {
    transition: transition,
    async apply(id, change) {
      for (let tries = 0; tries < MAX_ATTEMPTS; tries += 1) {
        const was = await findCommand(store, id)
        if (!was || !nextState(was.state, change.event) || isRepeatedProgress(was, change)) return null
        const applied = await transition(was, change)
        if (applied) return applied
      }
      throw new CommandContendedError(`${id} never stood still for ${change.event}`)
    },
    async expire(command, { code }, at) {
      if (code !== 'offer_lapsed' && code !== 'approval_lapsed') return command
      const expired = await transition(command, { event: 'time_out', at })
      if (expired) outbox?.runNow(await enqueue(store, answerRefreshJob(command.answerId, at), at))
      return expired ?? command
    },
  }
}

/** A button that expired unused has low priority: many may expire at once, and nobody looks at them. */
function refreshJobFor({ answerId, state }: Command, to: CommandState, at: Date): NewJob {
  const isUnseen = state === 'offered' && to === 'expired'
  return isUnseen ? { topic: 'lapse', key: answerId, runAt: at } : answerRefreshJob(answerId, at)
}

/** Refreshes the message: at once by the instance that made the step, by another if it died. */
export function answerRefreshJob(answerId: string, at: Date): NewJob {
  return withOwnLease({ topic: 'show', key: answerId, runAt: at })
}

/** Asks the operators, at once by the instance that was pressed. */
export function askOperatorsJob(commandId: string, at: Date): NewJob {
  return withOwnLease({ topic: 'ask_operators', key: commandId, runAt: at })
}

const withOwnLease = (job: NewJob): NewJob => ({ ...job, leaseUntil: new Date(job.runAt.getTime() + OWN_LEASE_MS) })

/** A device may report progress as often as it likes; only a new message counts. */
function isRepeatedProgress(was: Command, { event, deviceMessage }: TransitionEvent): boolean {
  const isProgress = was.state === 'accepted' && event === 'running'
  return isProgress && (!deviceMessage || deviceMessage === was.deviceMessage)
}
