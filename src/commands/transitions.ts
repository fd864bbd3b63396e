import type { Catalog } from '../catalog/catalog.ts'
import type { Logger } from '../lib/logger.ts'
import { type Errands, OWN_LEASE_MS } from '../outbox/outbox.ts'
import { putErrand, type Wish } from '../outbox/outbox-records.ts'
import type { Store } from '../store/open.ts'
import type { Command, Happening } from './command.ts'
import { CommandContendedError } from './errors.ts'
import type { News } from './events.ts'
import { findCommand, moveCommand } from './records.ts'
import type { Refusal } from './refusals.ts'
import { type CommandState, isSettled, step } from './state-machine.ts'

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

export type Moves = {
  /** Moves the command from where it was read; null when that is no longer where it is. */
  move(was: Command, happening: Happening, stillRight?: (store: Store) => Promise<boolean>): Promise<Command | null>
  /** Lets something happen to the command, wherever it is by now; null when it changes nothing there. */
  happen(id: string, happening: Happening): Promise<Command | null>
  /** What a press found too old need not wait for the watch. */
  lapse(command: Command, found: Refusal, at: Date): Promise<Command>
}

/** Moves commands along the state table, each step with its deadline, its audit row and its news. */
export function createMoves(parts: {
  catalog: Catalog
  store: Store
  news: News
  errands: Pick<Errands, 'carry'> | null
  logger: Logger
}): Moves {
  const { catalog, store, news, errands, logger } = parts

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
  const labelling = ({ id, code }: Command, to: CommandState, { event, at }: Happening): Wish[] => {
    if (event === 'failed') return [{ topic: 'failure', subject: id, dueAt: at }]
    const hours = to === 'succeeded' ? catalog.find(code)?.clearWindowHours : undefined
    return hours ? [{ topic: 'outcome', subject: id, dueAt: new Date(at.getTime() + hours * HOUR_MS) }] : []
  }
  const move: Moves['move'] = async (was, happening, stillRight) => {
    const to = step(was.state, happening.event)
    if (!to) return null
    const wishes = [showing(was, to, happening.at), ...labelling(was, to, happening)]
    const moved = await moveCommand(
      store,
      was,
      { ...happening, deadlineAt: deadlineOf(was, to, happening.at), wishes },
      stillRight,
    )
    if (!moved) return null
    logger.info(
      { command: was.id, device: moved.command.device, from: was.state, to, event: happening.event },
      'a command moved on',
    )
    news.tell(moved.command, moved.step)
    const isResult = isSettled(to) || to === 'unknown'
    for (const errand of moved.errands) if (errand.leaseUntil) errands?.carry(errand, isResult ? 0 : NEXT_STEP_MS)
    return moved.command
  }
  return {
    move,
    async happen(id, happening) {
      for (let tries = 0; tries < MOST_TRIES; tries += 1) {
        const was = await findCommand(store, id)
        if (!was || !step(was.state, happening.event) || saysNothingNew(was, happening)) return null
        const moved = await move(was, happening)
        if (moved) return moved
      }
      throw new CommandContendedError(`${id} never stood still for ${happening.event}`)
    },
    async lapse(command, { code }, at) {
      if (code !== 'offer_lapsed' && code !== 'approval_lapsed') return command
      const lapsed = await move(command, { event: 'time_out', at })
      if (lapsed) errands?.carry(await putErrand(store, showSoon(command.answerId, at), at))
      return lapsed ?? command
    },
  }
}

/** A button that lapsed unpressed waits its turn: many may lapse at once, and nobody looks at them. */
function showing({ answerId, state }: Command, to: CommandState, at: Date): Wish {
  const isUnseen = state === 'offered' && to === 'expired'
  return isUnseen ? { topic: 'lapse', subject: answerId, dueAt: at } : showSoon(answerId, at)
}

/** The message is shown anew by who made the step, at once; by any other instance when that one died before. */
export function showSoon(answerId: string, at: Date): Wish {
  return { topic: 'show', subject: answerId, dueAt: at, leaseUntil: new Date(at.getTime() + OWN_LEASE_MS) }
}

/** A device may report its progress as often as it likes; only new words are news. */
function saysNothingNew(was: Command, { event, deviceWords }: Happening): boolean {
  const isProgress = was.state === 'accepted' && event === 'running'
  return isProgress && (!deviceWords || deviceWords === was.deviceWords)
}
