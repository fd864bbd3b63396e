import type { Catalog } from '../catalog/catalog.ts'
import { createBackground, createInFlight } from '../lib/background.ts'
import type { Logger } from '../lib/logger.ts'
import type { Errands } from '../outbox/outbox.ts'
import type { Wish } from '../outbox/outbox-records.ts'
import type { Store } from '../store/open.ts'
import { markChecked, noteRefusal } from './audit-notes.ts'
import type { Command, CommandStep, Person, PersonId } from './command.ts'
import { createDeviceReports } from './device-reports.ts'
import { createDevices, type Devices, readDeviceId } from './devices/devices.ts'
import type { DeviceGateway } from './devices/gateway.ts'
import { CommandNotOfferedError } from './errors.ts'
import { type ChangeListener, createNews } from './events.ts'
import { decide, decideApproval, whyNotCancel, whyNotCheck, whyNotJudge, whyNotPress } from './policy.ts'
import { commandsOfAnswer, findCommand, insertOffer, overdueCommands, placeMessage, stepsOf } from './records.ts'
import { plainRefusal, type Refusal } from './refusals.ts'
import { createPresses, type Outcome } from './send-command.ts'
import { isActive } from './state-machine.ts'
import { createMoves, OFFER_LAPSES_MS, showSoon } from './transitions.ts'

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
  whyNot(id: string, person: Person): Promise<Refusal | null>
  /** Somebody presses. `device` is what they typed or chose. */
  request(id: string, person: Person, device?: string): Promise<Outcome>
  approve(id: string, person: Person): Promise<Outcome>
  /** Says no. By the person who had asked for it, it is a withdrawal. */
  deny(id: string, person: Person): Promise<Outcome>
  cancel(id: string, person: PersonId): Promise<Outcome>
  /** Somebody looked at the device on site, after a command that did not help. */
  checkOnSite(id: string, person: Person): Promise<Outcome>
  /**
   * Listeners hear each step this process made after the first offer, those of one command in their order. Returns
   * how to stop listening.
   */
  onChange(listener: ChangeListener): () => void
  /** Begins to listen to devices and to watch deadlines. */
  start(): void
  /** Looks for deadlines that have passed, now. */
  round(): Promise<void>
}

export type CommandsParts = {
  catalog: Catalog
  gateway: Pick<DeviceGateway, 'send' | 'subscribe'>
  store: Store
  logger: Logger
  /** Whether anybody was named who may send commands. */
  hasOperators: boolean
  /** Carries what must happen after a step, such as showing it. Without it that is left to other instances. */
  errands?: Pick<Errands, 'carry' | 'soon'>
  /** Whether what devices raise becomes an alert. */
  isAlerting?: boolean
  /** Knows two accounts of one person, by their e-mail say. Without it only the user ids are compared. */
  isSamePerson?: (one: PersonId, other: PersonId) => Promise<boolean>
  now?: () => Date
}

const WATCH_EVERY_MS = 1_000
const OVERDUE_AT_ONCE = 200
/** How long stopping waits for the broker to confirm what is being sent. */
const STOP_GRACE_MS = 1_500

/** Takes commands from the button to the device and back. Whatever is pressed how often and where, one message is sent. */
export function createCommands(parts: CommandsParts): Commands {
  const { catalog, gateway, store, logger, hasOperators, isAlerting = false, now = () => new Date() } = parts
  const errands = parts.errands ?? null
  const news = createNews(logger)
  const moves = createMoves({ catalog, store, news, errands, logger })
  const devices = createDevices({ store, catalog })
  const report = createDeviceReports({ catalog, store, moves, errands, isAlerting, logger, now })
  const stopping = new AbortController()
  const { signal } = stopping
  const press = createPresses({ catalog, gateway, store, moves, devices, hasOperators, logger, now, signal })
  const inFlight = createInFlight(logger)
  let unsubscribe: (() => void) | null = null

  const watch = createBackground({
    name: 'command deadlines',
    everyMs: WATCH_EVERY_MS,
    logger,
    async run() {
      for (const command of await overdueCommands(store, now(), OVERDUE_AT_ONCE)) {
        await moves.move(command, { event: 'time_out', at: now() })
      }
    },
  })

  /** Null when it cannot be told whether they asked for it themselves. */
  const isAsker = async ({ requestedBy }: Command, person: PersonId): Promise<boolean | null> => {
    if (!requestedBy) return false
    if (requestedBy.user === person.user) return true
    try {
      return (await parts.isSamePerson?.(requestedBy, person)) ?? false
    } catch (error) {
      logger.warn({ err: error, person: person.user }, 'it could not be checked whether two accounts are one person')
      return null
    }
  }
  /** Stopping waits for work that is held; its caller hears how it ended. */
  const held = <T>(work: Promise<T>): Promise<T> => {
    inFlight.run('commands', () => work.catch(() => undefined))
    return work
  }
  /** An end that sends nothing: read, decided, moved; and decided again when somebody was quicker. */
  const stop = async (
    id: string,
    actor: PersonId,
    judge: (command: Command) => Promise<Refusal | 'denied' | 'cancelled'>,
  ): Promise<Outcome> => {
    const command = await findCommand(store, id)
    if (!command) return { kind: 'refused', command, refusal: plainRefusal('no_such_command') }
    const ruling = await judge(command)
    if (typeof ruling !== 'string') {
      await noteRefusal(store, command, ruling, actor, now())
      return { kind: 'refused', command: await moves.lapse(command, ruling, now()), refusal: ruling }
    }
    const event = ruling === 'denied' ? 'deny' : 'cancel'
    const moved = await moves.move(command, { event, at: now(), actor })
    return moved ? { kind: ruling, command: moved } : stop(id, actor, judge)
  }

  const offer = async (wanted: Offer, wishes: readonly Wish[] = []) => {
    if (!catalog.allows(wanted.code, wanted.command)) {
      throw new CommandNotOfferedError(`${wanted.command} for ${wanted.code}`)
    }
    const device = wanted.device === null ? null : readDeviceId(wanted.device, catalog)
    const deadlineAt = new Date(wanted.offeredAt.getTime() + OFFER_LAPSES_MS)
    const isDevice = device !== null && catalog.isDeviceId(device)
    return insertOffer(store, { ...wanted, device: isDevice ? device : null, deadlineAt }, wishes)
  }

  return {
    devices,
    offer: async (wanted) => (await offer(wanted)).command,
    async offerAgain(id) {
      const command = await findCommand(store, id)
      if (!command || command.state === 'offered' || isActive(command.state)) return null
      const again = await offer({ ...command, offeredAt: now() }, [showSoon(command.answerId, now())])
      if (again.step) news.tell(again.command, again.step)
      for (const errand of again.errands) errands?.carry(errand)
      return again.command
    },
    setMessage: (answerId, channel, messageTs) => placeMessage(store, answerId, channel, messageTs),
    find: (id) => findCommand(store, id),
    ofAnswer: (answerId) => commandsOfAnswer(store, answerId),
    stepsOf: (id) => stepsOf(store, id),

    async whyNot(id, person) {
      const command = await findCommand(store, id)
      if (!command) return plainRefusal('no_such_command')
      const refusal = whyNotPress(command, person, hasOperators, now())
      if (!refusal) return null
      await noteRefusal(store, command, refusal, person, now())
      await moves.lapse(command, refusal, now())
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
            whyNotPress(command, person, hasOperators, now()) ??
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
            const refusal = whyNotJudge(command, person, hasOperators, now())
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
          const refusal = whyNotJudge(command, person, hasOperators, now())
          const isOwn = command.state === 'awaiting_approval' && (await isAsker(command, person)) === true
          return isOwn ? (whyNotCancel(command, true, now()) ?? 'cancelled') : (refusal ?? 'denied')
        }),
      ),
    cancel: (id, person) =>
      held(
        stop(
          id,
          person,
          async (command) => whyNotCancel(command, (await isAsker(command, person)) === true, now()) ?? 'cancelled',
        ),
      ),
    async checkOnSite(id, person) {
      const command = await findCommand(store, id)
      if (!command) return { kind: 'refused', command, refusal: plainRefusal('no_such_command') }
      const refusal = whyNotCheck(command, person)
      if (refusal) {
        await noteRefusal(store, command, refusal, person, now())
        return { kind: 'refused', command, refusal }
      }
      const marked = await markChecked(store, command, person, now(), showSoon(command.answerId, now()))
      if (!marked) return { kind: 'refused', command, refusal: plainRefusal('nothing_to_check') }
      errands?.carry(marked.errand)
      return { kind: 'checked', command: marked.command }
    },
    onChange: news.onChange,
    start() {
      unsubscribe ??= gateway.subscribe((message) => held(report(message)))
      watch.start()
    },
    round: watch.round,
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
