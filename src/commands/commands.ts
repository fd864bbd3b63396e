import type { Catalog } from '../catalog/catalog.ts'
import { createInFlight, createPoller } from '../lib/background.ts'
import type { Logger } from '../lib/logger.ts'
import type { Outbox } from '../outbox/outbox.ts'
import type { NewJob } from '../outbox/outbox-records.ts'
import type { Store } from '../store/open.ts'
import { recordAsk, recordRefusal, recordSiteCheck } from './audit-notes.ts'
import {
  askerIn,
  type Command,
  type CommandHistory,
  type CommandStep,
  type Person,
  type PersonWithRoles,
} from './command.ts'
import { type ChangeListener, createCommandEmitter } from './command-emitter.ts'
import {
  findCommand,
  historyOf,
  historyOfAnswer,
  insertOffer,
  listCommandsOfAnswer,
  listOverdueCommands,
  setCommandMessage,
  stepsOf,
} from './command-records.ts'
import { createDeviceMessageHandler } from './device-message-handler.ts'
import { createDevices, type Devices, normalizeDeviceId } from './devices/devices.ts'
import type { DeviceGateway } from './devices/gateway.ts'
import { CommandNotOfferedError } from './errors.ts'
import {
  checkApproval,
  checkAsk,
  checkCancel,
  checkDenial,
  checkRequest,
  checkSiteVisit,
  decide,
  decideApproval,
} from './policy.ts'
import { plainRefusal, type Refusal } from './refusals.ts'
import { type ActionResult, createSendCommand } from './send-command.ts'
import { isActive } from './state-machine.ts'
import { answerRefreshJob, askOperatorsJob, createTransitions, OFFER_TTL_MS } from './transitions.ts'

type Offer = Pick<Command, 'answerId' | 'code' | 'command' | 'device' | 'team' | 'channel' | 'offeredAt'>

export type Commands = AsyncDisposable & {
  readonly devices: Devices
  /** The button for an answer that is about to be shown. While it waits, a second call gives the same one. */
  offer(offer: Offer): Promise<Command>
  /** A new button in place of a command that has ended; null while it hasn't. */
  offerAgain(id: string): Promise<Command | null>
  /** Records where the answer and its buttons are shown. */
  setMessage(answerId: string, channel: string, messageTs: string): Promise<void>
  find(id: string): Promise<Command | null>
  ofAnswer(answerId: string): Promise<readonly Command[]>
  stepsOf(id: string): Promise<readonly CommandStep[]>
  /** What happened to the commands of an answer, and who asked an operator for one. */
  historyOfAnswer(answerId: string): Promise<CommandHistory>
  historyOf(ids: readonly string[]): Promise<CommandHistory>
  /**
   * The command as it is now, or why this person can't go on with it. A refusal is audited, and an overdue offer
   * expires.
   */
  open(id: string, person: PersonWithRoles): Promise<Refusal | Command>
  /** Requests the command: what {@link open} gave, or an id from a form. `device` is what the person typed or chose. */
  request(command: Command | string, person: PersonWithRoles, device?: string): Promise<ActionResult>
  /** Asks the operators to send an offered command, once however many people ask. */
  askOperator(id: string, person: PersonWithRoles): Promise<ActionResult>
  approve(id: string, person: PersonWithRoles): Promise<ActionResult>
  /** Denies a command that waits for approval, or that an operator was asked to send. From its requester it's a withdrawal. */
  deny(id: string, person: PersonWithRoles): Promise<ActionResult>
  cancel(id: string, person: Person): Promise<ActionResult>
  /** Records that somebody checked the device on site after a command that didn't help. */
  checkOnSite(id: string, person: PersonWithRoles): Promise<ActionResult>
  /**
   * Listeners get each step this process makes after the first offer, in order per command. Returns the unsubscribe
   * function.
   */
  onChange(listener: ChangeListener): () => void
  /** Starts listening to devices and watching deadlines. */
  start(): void
  /** Checks the deadlines now. */
  runOnce(): Promise<void>
}

export type CommandsDeps = {
  catalog: Catalog
  gateway: Pick<DeviceGateway, 'send' | 'subscribe'>
  store: Store
  logger: Logger
  /** Whether anybody is allowed to send commands at all. */
  hasOperators: boolean
  /** Runs what must follow a step, such as refreshing its message. Without it, other instances do. */
  outbox?: Pick<Outbox, 'runNow' | 'wake'>
  /** Whether codes that devices raise become alerts. */
  isAlerting?: boolean
  /** Recognises two accounts of one person, for example by e-mail. Without it only user ids are compared. */
  isSamePerson?: (one: Person, other: Person) => Promise<boolean>
  now?: () => Date
}

const DEADLINE_CHECK_EVERY_MS = 1_000
const OVERDUE_BATCH = 200
/** How long stopping waits for the broker to confirm what's being sent. */
const STOP_GRACE_MS = 1_500

/**
 * Takes commands from the button to the device and back. However often and wherever it's pressed, one message is sent.
 */
export function createCommands(deps: CommandsDeps): Commands {
  const { catalog, gateway, store, logger, hasOperators, isAlerting = false, now = () => new Date() } = deps
  const outbox = deps.outbox ?? null
  const emitter = createCommandEmitter(logger)
  const transitions = createTransitions({ catalog, store, emitter, outbox, logger })
  const devices = createDevices({ store, catalog })
  const onDeviceMessage = createDeviceMessageHandler({ catalog, store, transitions, outbox, isAlerting, logger, now })
  const stopping = new AbortController()
  const { signal } = stopping
  const sendCommand = createSendCommand({
    catalog,
    gateway,
    store,
    transitions,
    devices,
    hasOperators,
    logger,
    now,
    signal,
  })
  const inFlight = createInFlight(logger)
  let unsubscribe: (() => void) | null = null

  const deadlinePoller = createPoller({
    name: 'command deadlines',
    everyMs: DEADLINE_CHECK_EVERY_MS,
    logger,
    async run() {
      for (const command of await listOverdueCommands(store, now(), OVERDUE_BATCH)) {
        await transitions.transition(command, { event: 'time_out', at: now() })
      }
    },
  })

  /** Null when that can't be determined. */
  const isRequestedBy = async ({ requestedBy }: Command, person: Person): Promise<boolean | null> => {
    if (!requestedBy) return false
    if (requestedBy.user === person.user) return true
    try {
      return (await deps.isSamePerson?.(requestedBy, person)) ?? false
    } catch (error) {
      logger.warn({ err: error, person: person.user }, 'it could not be checked whether two accounts are one person')
      return null
    }
  }
  /** Stopping waits for tracked work; its caller gets the result. */
  const tracked = <T>(work: Promise<T>): Promise<T> => inFlight.run(() => work)
  /** Ends a command without sending: read, decide, apply, and again if somebody was quicker. */
  const endWithoutSending = async (
    id: string,
    actor: Person,
    check: (command: Command) => Promise<Refusal | 'denied' | 'cancelled'>,
  ): Promise<ActionResult> => {
    const command = await findCommand(store, id)
    if (!command) return { kind: 'refused', command, refusal: plainRefusal('no_such_command') }
    const decision = await check(command)
    if (typeof decision !== 'string') {
      await recordRefusal(store, command, decision, actor, now())
      return { kind: 'refused', command: await transitions.expire(command, decision, now()), refusal: decision }
    }
    const event = decision === 'denied' ? 'deny' : 'cancel'
    const updated = await transitions.transition(command, { event, at: now(), actor })
    return updated ? { kind: decision, command: updated } : endWithoutSending(id, actor, check)
  }

  const offer = async (wanted: Offer, jobs: readonly NewJob[] = []) => {
    if (!catalog.allows(wanted.code, wanted.command)) {
      throw new CommandNotOfferedError(`${wanted.command} for ${wanted.code}`)
    }
    const device = wanted.device === null ? null : normalizeDeviceId(wanted.device, catalog)
    const deadlineAt = new Date(wanted.offeredAt.getTime() + OFFER_TTL_MS)
    const isDevice = device !== null && catalog.isDeviceId(device)
    return insertOffer(store, { ...wanted, device: isDevice ? device : null, deadlineAt }, jobs)
  }

  return {
    devices,
    offer: async (wanted) => (await offer(wanted)).command,
    async offerAgain(id) {
      const command = await findCommand(store, id)
      if (!command || command.state === 'offered') return null
      const siblings = await listCommandsOfAnswer(store, command.answerId)
      const isUnderWay = (one: Command) =>
        one.command === command.command && one.device === command.device && isActive(one.state)
      if (siblings.some(isUnderWay)) return null
      const reoffered = await offer({ ...command, offeredAt: now() }, [answerRefreshJob(command.answerId, now())])
      if (reoffered.step) emitter.emit(reoffered.command, reoffered.step)
      for (const job of reoffered.jobs) outbox?.runNow(job)
      return reoffered.command
    },
    setMessage: (answerId, channel, messageTs) => setCommandMessage(store, answerId, channel, messageTs),
    find: (id) => findCommand(store, id),
    ofAnswer: (answerId) => listCommandsOfAnswer(store, answerId),
    stepsOf: (id) => stepsOf(store, id),
    historyOfAnswer: (answerId) => historyOfAnswer(store, answerId),
    historyOf: (ids) => historyOf(store, ids),

    async open(id, person) {
      const command = await findCommand(store, id)
      if (!command) return plainRefusal('no_such_command')
      const refusal = checkRequest(command, person, hasOperators, now())
      if (!refusal) return command
      await recordRefusal(store, command, refusal, person, now())
      await transitions.expire(command, refusal, now())
      return refusal
    },
    request(opened, person, typed) {
      const device = typed === undefined ? null : normalizeDeviceId(typed, catalog)
      return tracked(
        sendCommand({
          command: opened,
          actor: person,
          device,
          check: async (command) =>
            checkRequest(command, person, hasOperators, now()) ??
            ((facts) => decide({ command, person, device, now: now(), facts })),
          eventOf: ({ risk }) => (risk === 'high' ? 'ask' : 'request'),
        }),
      )
    },
    async askOperator(id, person) {
      const command = await findCommand(store, id)
      if (!command) return { kind: 'refused', command, refusal: plainRefusal('no_such_command') }
      const refusal = checkAsk(command, person, hasOperators, now())
      if (refusal) {
        await recordRefusal(store, command, refusal, person, now())
        return { kind: 'refused', command: await transitions.expire(command, refusal, now()), refusal }
      }
      const jobs = [askOperatorsJob(id, now()), answerRefreshJob(command.answerId, now())]
      for (const job of (await recordAsk(store, command, person, now(), jobs)) ?? []) outbox?.runNow(job)
      return { kind: 'asked', command }
    },
    approve: (id, person) =>
      tracked(
        sendCommand({
          command: id,
          actor: person,
          device: null,
          async check(command) {
            const refusal = checkApproval(command, person, hasOperators, now())
            if (refusal) return refusal
            const isSame = await isRequestedBy(command, person)
            if (isSame === null) return plainRefusal('not_verified')
            return (facts) => decideApproval({ command, person, isSame, now: now(), facts })
          },
          eventOf: () => 'approve',
        }),
      ),
    deny: (id, person) =>
      tracked(
        endWithoutSending(id, person, async (command) => {
          const isAsked = command.state === 'offered' && askerIn((await historyOf(store, [id])).get(id)) !== null
          const refusal = checkDenial(command, person, { hasOperators, isAsked, now: now() })
          const isOwn = command.state === 'awaiting_approval' && (await isRequestedBy(command, person)) === true
          return isOwn ? (checkCancel(command, true, now()) ?? 'cancelled') : (refusal ?? 'denied')
        }),
      ),
    cancel: (id, person) =>
      tracked(
        endWithoutSending(
          id,
          person,
          async (command) =>
            checkCancel(command, (await isRequestedBy(command, person)) === true, now()) ?? 'cancelled',
        ),
      ),
    async checkOnSite(id, person) {
      const command = await findCommand(store, id)
      if (!command) return { kind: 'refused', command, refusal: plainRefusal('no_such_command') }
      const refusal = checkSiteVisit(command, person)
      if (refusal) {
        await recordRefusal(store, command, refusal, person, now())
        return { kind: 'refused', command, refusal }
      }
      const recorded = await recordSiteCheck(store, command, person, now(), answerRefreshJob(command.answerId, now()))
      if (!recorded) return { kind: 'refused', command, refusal: plainRefusal('nothing_to_check') }
      outbox?.runNow(recorded.job)
      return { kind: 'checked', command: recorded.command }
    },
    onChange: emitter.onChange,
    start() {
      unsubscribe ??= gateway.subscribe((message) => tracked(onDeviceMessage(message)))
      deadlinePoller.start()
    },
    runOnce: deadlinePoller.runOnce,
    async [Symbol.asyncDispose]() {
      unsubscribe?.()
      await deadlinePoller[Symbol.asyncDispose]()
      const grace = setTimeout(() => stopping.abort(), STOP_GRACE_MS)
      await inFlight.drain()
      clearTimeout(grace)
      await emitter.drain()
    },
  }
}
