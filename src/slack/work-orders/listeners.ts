import { z } from 'zod'
import type { Commands } from '../../commands/commands.ts'
import type { WorkOrder } from '../../commands/work-orders/order-records.ts'
import type { OrderFaults, OrderForm, WorkOrders } from '../../commands/work-orders/work-orders.ts'
import { findAnswer } from '../../diagnosis/questions/question-records.ts'
import type { InFlight } from '../../lib/background.ts'
import { remedyOf } from '../../lib/errors.ts'
import type { Logger } from '../../lib/logger.ts'
import type { Store } from '../../store/open.ts'
import { readWorkValue } from '../blocks/ids.ts'
import { SHARED_WORDS } from '../blocks/words.ts'
import { orderMessage } from '../blocks/work-order.ts'
import { DEVICE_FIELD } from '../commands/device-view.ts'
import type { Homes } from '../home/homes.ts'
import { callSlack } from '../platform/clients.ts'
import { onClick, onForm } from '../platform/listeners.ts'
import type { Person, SlackAction } from '../platform/payloads.ts'
import type { Profiles } from '../platform/profiles.ts'
import type { Roles } from '../platform/roles.ts'
import type { ClientsOf } from '../platform/workspaces.ts'
import { openForm, replyTo } from '../posting/notify.ts'
import { workOrderView } from './form.ts'
import { WORDS } from './words.ts'

export type WorkOrderListenerDeps = {
  store: Store
  commands: Pick<Commands, 'find'>
  workOrders: WorkOrders
  profiles: Profiles
  roles: Roles
  homes: Pick<Homes, 'publish'>
  clientsOf: ClientsOf
  inFlight: InFlight
  logger: Logger
}

/** "Schedule …": opens the form, with the due dates the catalog allows. */
export function onScheduleWork(deps: WorkOrderListenerDeps) {
  return onClick(async function onScheduleWork(click) {
    const { store, commands, workOrders, profiles } = deps
    const cause = readWorkValue(click.value)
    const [{ isExternal }, answer, command, profile] = await Promise.all([
      deps.roles.of(click.person),
      cause ? findAnswer(store, cause.answerId) : null,
      cause?.commandId ? commands.find(cause.commandId) : null,
      profiles.find(click.person).catch(() => null),
    ])
    if (isExternal) return tell(deps, click, SHARED_WORDS.notForGuests)
    if (!cause || !answer) return tell(deps, click, SHARED_WORDS.gone)
    const plan = workOrders.plan(cause.code, cause.isFallback, profile?.offsetMs ?? 0)
    if (!plan) return tell(deps, click, WORDS.noLongerKnown)
    const device = command?.device ?? answer.device
    const view = workOrderView(cause, plan, { device, assignee: click.person.user })
    await openForm(await deps.clientsOf(click.person.team), click, view)
  })
}

const Metadata = z.object({ cause: z.string(), device: z.string().nullable() })

function readMetadata(text: string) {
  try {
    const { cause, device } = Metadata.parse(JSON.parse(text))
    return { cause: readWorkValue(cause), device }
  } catch {
    return { cause: null, device: null }
  }
}

/** The form was submitted: faults go to their fields, so that the input isn't lost. */
export function onWorkOrderSent(deps: WorkOrderListenerDeps) {
  return onForm(async function onWorkOrderSent(form, isLate) {
    const { cause, device } = readMetadata(form.metadata)
    if (!cause) return {}
    const { values, person } = form
    const wanted: OrderForm = {
      device: device ?? values[DEVICE_FIELD] ?? '',
      dueOn: values.dueOn ?? '',
      assignee: values.assignee ?? '',
      note: values.note ?? '',
    }
    const faults = await refuse(deps, person, wanted)
    if (faults) return { errors: faults }
    const [own, theirs] = await Promise.all(
      [person, { user: wanted.assignee, team: person.team }].map((one) => deps.profiles.find(one).catch(() => null)),
    )
    isLate.throwIfAborted()
    const outcome = await deps.workOrders.open({
      ...cause,
      form: wanted,
      by: person,
      key: `view:${person.team}:${form.viewId}`,
      offsetMs: own?.offsetMs ?? 0,
      assigneeOffsetMs: theirs?.offsetMs ?? 0,
    })
    return outcome.ok ? {} : { errors: atShown(outcome.faults, device) }
  })
}

/** Checks that only the workspace can make: who may schedule, and who can be assigned. */
async function refuse(
  { roles, profiles }: WorkOrderListenerDeps,
  person: Person,
  { assignee }: OrderForm,
): Promise<Record<string, string> | null> {
  const { isExternal } = await roles.of(person)
  if (isExternal) return { dueOn: SHARED_WORDS.notForGuests }
  if (assignee === '') return null
  const theirs = { user: assignee, team: person.team }
  const [rights, profile] = await Promise.all([roles.of(theirs), profiles.find(theirs).catch(() => null)])
  return rights.isExternal || profile?.isBot !== false ? { assignee: WORDS.cannotBeSent } : null
}

/** A fault of a field the form doesn't show goes to its first shown field. */
function atShown(faults: OrderFaults, device: string | null): Record<string, string> {
  const { device: deviceFault, ...shown } = faults
  if (deviceFault === undefined) return shown
  return device === null ? { ...shown, device: deviceFault } : { ...shown, dueOn: shown.dueOn ?? deviceFault }
}

export const onWorkDone = (deps: WorkOrderListenerDeps) => onWorkEnded(deps, 'done')
export const onWorkCancelled = (deps: WorkOrderListenerDeps) => onWorkEnded(deps, 'cancelled')

/** "Done", "Not needed": in the assignee's message or in App Home. */
function onWorkEnded(deps: WorkOrderListenerDeps, to: 'done' | 'cancelled') {
  return onClick(async function onWorkEnded(click) {
    const { isExternal } = await deps.roles.of(click.person)
    if (isExternal) return tell(deps, click, SHARED_WORDS.notForGuests)
    await deps.inFlight.run(async () => {
      const ended = await end(deps, click, to)
      const order = typeof ended === 'string' ? await deps.workOrders.find(click.value) : ended
      if (!click.channel || !click.message) {
        await deps.homes.publish(click.person, typeof ended === 'string' ? { notice: ended } : {})
        return
      }
      if (typeof ended === 'string') await tell(deps, click, ended)
      if (order) await showIn(deps, click, order)
    })
  })
}

/** The ended order, or the reason why this person can't end it. */
async function end(
  { workOrders, logger }: WorkOrderListenerDeps,
  { value, person }: SlackAction,
  to: 'done' | 'cancelled',
): Promise<WorkOrder | string> {
  return workOrders.close(value, to, person).catch((error: unknown) => {
    logger.info({ err: error, order: value, person: person.user }, 'a work order was not ended')
    return remedyOf(error)
  })
}

async function showIn({ clientsOf }: WorkOrderListenerDeps, click: SlackAction, order: WorkOrder): Promise<void> {
  const { posting } = await clientsOf(click.person.team)
  const { text, blocks } = orderMessage(order, WORDS.workOrder)
  const at = { channel: click.channel?.id ?? '', ts: click.message?.ts ?? '' }
  await callSlack(() => posting.chat.update({ ...at, text, blocks }), { isRepeatable: true })
}

async function tell({ clientsOf }: WorkOrderListenerDeps, click: SlackAction, words: string): Promise<void> {
  await replyTo(await clientsOf(click.person.team), click, words)
}
