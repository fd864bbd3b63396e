import type { Catalog } from '../catalog/catalog.ts'
import { createInFlight, createPoller } from '../lib/background.ts'
import type { Logger } from '../lib/logger.ts'
import type { Outbox } from '../outbox/outbox.ts'
import type { NewJob } from '../outbox/outbox-records.ts'
import type { Store } from '../store/open.ts'
import { markChecked, recordRefusal } from './audit-notes.ts'
import type { Command, CommandStep, Person, Presser } from './command.ts'
import { createDeviceReports } from './device-reports.ts'
import { createDevices, type Devices, readDeviceId } from './devices/devices.ts'
import type { DeviceGateway } from './devices/gateway.ts'
import { CommandNotOfferedError } from './errors.ts'
import { type ChangeListener, createCommandEvents } from './events.ts'
import { checkCancel, checkJudge, checkOnSite, checkPress, decide, decideApproval } from './policy.ts'
import { commandsOfAnswer, findCommand, insertOffer, overdueCommands, placeMessage, stepsOf } from './records.ts'
import { plainRefusal, type Refusal } from './refusals.ts'
import { createSendCommand, type Outcome } from './send-command.ts'
import { isActive } from './state-machine.ts'
import { createTransitions, OFFER_LAPSES_MS, refreshNow } from './transitions.ts'

type Offer = Pick<Command, 'answerId' | 'code' | 'command' | 'device' | 'team' | 'channel' | 'offeredAt'>

export type Commands = AsyncDisposable & {
  readonly devices: Devices
  /** A button for an answer that is about to be shown. Asked for twice, it is the same one while it waits. */
  offer(offer: Offer): Promise<Command>
  /** A new button in the place of a command that has come to an end; null while that one is not at an end. */
  offerAgain(id: string): Promise<Command | null>
  /** Where the answer and its buttons are shown. */
  setMessage(answerId: string, channel: string, messageTs: string): Promise<void>
  find(id: string): Promise<Command | null>
  ofAnswer(answerId: string): Promise<readonly Command[]>
  stepsOf(id: string): Promise<readonly CommandStep[]>
  /** Whether this person would be refused whatever they typed or chose; null when it comes to that. */
  whyNot(id: string, person: Presser): Promise<Refusal | null>
  /** Somebody presses. `device` is what they typed or chose. */
  request(id: string, person: Presser, device?: string): Promise<Outcome>
  approve(id: string, person: Presser): Promise<Outcome>
  /** Says no. By the person who had asked for it, it is a withdrawal. */
  deny(id: string, person: Presser): Promise<Outcome>
  cancel(id: string, person: Person): Promise<Outcome>
  /** Somebody looked at the device on site, after a command that did not help. */
  checkOnSite(id: string, person: Presser): Promise<Outcome>
  /**
   * Listeners hear each step this process made after the first offer, those of one command in their order. Returns
   * how to stop listening.
   */
  onChange(listener: ChangeListener): () => void
  /** Begins to listen to devices and to watch deadlines. */
  start(): void
  /** Looks for deadlines that have passed, now. */
  runOnce(): Promise<void>
}

export type CommandsDeps = {
  catalog: Catalog
  gateway: Pick<DeviceGateway, 'send' | 'subscribe'>
  store: Store
  logger: Logger
  /** Whether anybody was named who may send commands. */
  hasOperators: boolean
  /** Carries what must happen after a step, such as showing it. Without it that is left to other instances. */
  outbox?: Pick<Outbox, 'runNow' | 'wake'>
  /** Whether what devices raise becomes an alert. */
  isAlerting?: boolean
  /** Knows two accounts of one person, by their e-mail say. Without it only the user ids are compared. */
  isSamePerson?: (one: Person, other: Person) => Promise<boolean>
  now?: () => Date
}

const WATCH_EVERY_MS = 1_000
const OVERDUE_AT_ONCE = 200
/** How long stopping waits for the broker to confirm what is being sent. */
const STOP_GRACE_MS = 1_500

/** Takes commands from the button to the device and back. Whatever is pressed how often and where, one message is sent. */
export function createCommands(deps: CommandsDeps): Commands {
  const { catalog, gateway, store, logger, hasOperators, isAlerting = false, now = () => new Date() } = deps
  const outbox = deps.outbox ?? null
  const news = createCommandEvents(logger)
  const moves = createTransitions({ catalog, store, news, outbox, logger })
  const devices = createDevices({ store, catalog })
  const report = createDeviceReports({ catalog, store, moves, outbox, isAlerting, logger, now })
  const stopping = new AbortController()
  const { signal } = stopping
  const press = createSendCommand({ catalog, gateway, store, moves, devices, hasOperators, logger, now, signal })
  const inFlight = createInFlight(logger)
  let unsubscribe: (() => void) | null = null

  const watch = createPoller({
    name: 'command deadlines',
    everyMs: WATCH_EVERY_MS,
    logger,
    async run() {
      for (const command of await overdueCommands(store, now(), OVERDUE_AT_ONCE)) {
        await moves.transition(command, { event: 'time_out', at: now() })
      }
    },
  })

  /** Null when it cannot be told whether they asked for it themselves. */
  const isAsker = async ({ requestedBy }: Command, person: Person): Promise<boolean | null> => {
    if (!requestedBy) return false
    if (requestedBy.user === person.user) return true
    try {
      return (await deps.isSamePerson?.(requestedBy, person)) ?? false
    } catch (error) {
      logger.warn({ err: error, person: person.user }, 'it could not be checked whether two accounts are one person')
      return null
    }
  }
  /** Stopping waits for work that is held; its caller hears how it ended. */
  const held = <T>(work: Promise<T>): Promise<T> => {
    inFlight.track('commands', () => work.catch(() => undefined))
    return work
  }
  /** An end that sends nothing: read, decided, moved; and decided again when somebody was quicker. */
  const stop = async (
    id: string,
    actor: Person,
    judge: (command: Command) => Promise<Refusal | 'denied' | 'cancelled'>,
  ): Promise<Outcome> => {
    const command = await findCommand(store, id)
    if (!command) return { kind: 'refused', command, refusal: plainRefusal('no_such_command') }
    const ruling = await judge(command)
    if (typeof ruling !== 'string') {
      await recordRefusal(store, command, ruling, actor, now())
      return { kind: 'refused', command: await moves.expire(command, ruling, now()), refusal: ruling }
    }
    const event = ruling === 'denied' ? 'deny' : 'cancel'
    const moved = await moves.transition(command, { event, at: now(), actor })
    return moved ? { kind: ruling, command: moved } : stop(id, actor, judge)
  }

  const offer = async (wanted: Offer, jobs: readonly NewJob[] = []) => {
    if (!catalog.allows(wanted.code, wanted.command)) {
      throw new CommandNotOfferedError(`${wanted.command} for ${wanted.code}`)
    }
    const device = wanted.device === null ? null : readDeviceId(wanted.device, catalog)
    const deadlineAt = new Date(wanted.offeredAt.getTime() + OFFER_LAPSES_MS)
    const isDevice = device !== null && catalog.isDeviceId(device)
    return insertOffer(store, { ...wanted, device: isDevice ? device : null, deadlineAt }, jobs)
  }

  return {
    devices,
    offer: async (wanted) => (await offer(wanted)).command,
    async offerAgain(id) {
      const command = await findCommand(store, id)
      if (!command || command.state === 'offered' || isActive(command.state)) return null
      const again = await offer({ ...command, offeredAt: now() }, [refreshNow(command.answerId, now())])
      if (again.step) news.emit(again.command, again.step)
      for (const job of again.jobs) outbox?.runNow(job)
      return again.command
    },
    setMessage: (answerId, channel, messageTs) => placeMessage(store, answerId, channel, messageTs),
    find: (id) => findCommand(store, id),
    ofAnswer: (answerId) => commandsOfAnswer(store, answerId),
    stepsOf: (id) => stepsOf(store, id),

    async whyNot(id, person) {
      const command = await findCommand(store, id)
      if (!command) return plainRefusal('no_such_command')
      const refusal = checkPress(command, person, hasOperators, now())
      if (!refusal) return null
      await recordRefusal(store, command, refusal, person, now())
      await moves.expire(command, refusal, now())
      return refusal
    },
    request(id, person, typed) {
      const device = typed === undefined ? null : readDeviceId(typed, catalog)
      return held(
        press({
          id,
          actor: person,
          device,
          judge: async (command) =>
            checkPress(command, person, hasOperators, now()) ??
            ((facts) => decide({ command, person, device, now: now(), facts })),
          eventOf: ({ risk }) => (risk === 'high' ? 'ask' : 'request'),
        }),
      )
    },
    approve: (id, person) =>
      held(
        press({
          id,
          actor: person,
          device: null,
          async judge(command) {
            const refusal = checkJudge(command, person, hasOperators, now())
            if (refusal) return refusal
            const isSame = await isAsker(command, person)
            if (isSame === null) return plainRefusal('not_verified')
            return (facts) => decideApproval({ command, person, isSame, now: now(), facts })
          },
          eventOf: () => 'approve',
        }),
      ),
    deny: (id, person) =>
      held(
        stop(id, person, async (command) => {
          const refusal = checkJudge(command, person, hasOperators, now())
          const isOwn = command.state === 'awaiting_approval' && (await isAsker(command, person)) === true
          return isOwn ? (checkCancel(command, true, now()) ?? 'cancelled') : (refusal ?? 'denied')
        }),
      ),
    cancel: (id, person) =>
      held(
        stop(
          id,
          person,
          async (command) => checkCancel(command, (await isAsker(command, person)) === true, now()) ?? 'cancelled',
        ),
      ),
    async checkOnSite(id, person) {
      const command = await findCommand(store, id)
      if (!command) return { kind: 'refused', command, refusal: plainRefusal('no_such_command') }
      const refusal = checkOnSite(command, person)
      if (refusal) {
        await recordRefusal(store, command, refusal, person, now())
        return { kind: 'refused', command, refusal }
      }
      const marked = await markChecked(store, command, person, now(), refreshNow(command.answerId, now()))
      if (!marked) return { kind: 'refused', command, refusal: plainRefusal('nothing_to_check') }
      outbox?.runNow(marked.job)
      return { kind: 'checked', command: marked.command }
    },
    onChange: news.onChange,
    start() {
      unsubscribe ??= gateway.subscribe((message) => held(report(message)))
      watch.start()
    },
    runOnce: watch.runOnce,
    async [Symbol.asyncDispose]() {
      unsubscribe?.()
      await watch[Symbol.asyncDispose]()
      const grace = setTimeout(() => stopping.abort(), STOP_GRACE_MS)
      await inFlight.drain()
      clearTimeout(grace)
      await news.drain()
    },
  }
}
