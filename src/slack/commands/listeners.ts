import { setTimeout as wait } from 'node:timers/promises'
import type { Catalog } from '../../catalog/catalog.ts'
import type { PersonWithRoles } from '../../commands/command.ts'
import type { Commands } from '../../commands/commands.ts'
import { isRefusal, type Refusal } from '../../commands/refusals.ts'
import type { ActionResult } from '../../commands/send-command.ts'
import type { InFlight } from '../../lib/background.ts'
import type { Logger } from '../../lib/logger.ts'
import { LIMITS } from '../blocks/limits.ts'
import { SHARED_WORDS } from '../blocks/words.ts'
import { onClick, onForm, onSearch } from '../platform/listeners.ts'
import type { SlackAction } from '../platform/payloads.ts'
import type { Roles } from '../platform/roles.ts'
import type { ClientsOf } from '../platform/workspaces.ts'
import { openForm, replyTo, sendDirect } from '../posting/notify.ts'
import { chooseDeviceView, DEVICE_FIELD, deviceOptions } from './device-view.ts'
import { askedFor, hereThatIs, WORDS } from './words.ts'

export type CommandListenerDeps = {
  catalog: Catalog
  commands: Commands
  roles: Roles
  clientsOf: ClientsOf
  inFlight: InFlight
  logger: Logger
}

/**
 * "Run …", "Request …": sends at once, or asks for the device first. Who may not send it has an operator asked. All is
 * checked here, and again when the form is submitted.
 */
export function onRunCommand(deps: CommandListenerDeps) {
  return onClick(async function onRunCommand(click) {
    const { catalog, commands } = deps
    const person = await personOf(deps, click.person)
    const command = await commands.open(click.value, person)
    if (isRefusal(command))
      return command.code === 'not_operator' ? askOperator(deps, click, person) : refuse(deps, click, command)
    if (!command.device || catalog.command(command.command)?.risk === 'medium')
      return openForm(await deps.clientsOf(click.person.team), click, chooseDeviceView(command, catalog))
    await settle(deps, click, () => commands.request(command, person))
  })
}

/** "Ask an operator": who may not send a command brings it to those who may. */
export function onAskOperator(deps: CommandListenerDeps) {
  return onClick(async function onAskOperator(click) {
    await askOperator(deps, click, await personOf(deps, click.person))
  })
}

async function askOperator(
  deps: CommandListenerDeps,
  click: SlackAction,
  person: PersonWithRoles,
  id = click.value,
): Promise<void> {
  const outcome = await deps.commands.askOperator(id, person)
  if (outcome.kind === 'refused') return refuse(deps, click, outcome.refusal)
  const operators = await deps.roles.operators(person.team)
  await tell(deps, click, operators.length > 0 ? askedFor(operators) : WORDS.nobodyToAsk)
}

export const onApproveCommand = (deps: CommandListenerDeps) =>
  onDecision(deps, (id, person) => deps.commands.approve(id, person))

export const onDenyCommand = (deps: CommandListenerDeps) =>
  onDecision(deps, (id, person) => deps.commands.deny(id, person))

/** The requester cancels a command that waits for approval. */
export const onCancelCommand = (deps: CommandListenerDeps) =>
  onDecision(deps, (id, person) => deps.commands.cancel(id, person))

/** Somebody looked on site after a command that didn't help. */
export const onCheckedOnSite = (deps: CommandListenerDeps) =>
  onDecision(deps, (id, person) => deps.commands.checkOnSite(id, person))

function onDecision(deps: CommandListenerDeps, decide: (id: string, person: PersonWithRoles) => Promise<ActionResult>) {
  return onClick(async function onDecision(click) {
    const person = await personOf(deps, click.person)
    await settle(deps, click, () => decide(click.value, person))
  })
}

/** "Try again", or "Ask again" below an answer: a new command in the same message, to be decided anew. */
export function onOfferAgain(deps: CommandListenerDeps) {
  return onClick(async function onOfferAgain(click) {
    const { isExternal } = await personOf(deps, click.person)
    if (isExternal) return tell(deps, click, SHARED_WORDS.notForGuests)
    const again = await deps.commands.offerAgain(click.value)
    if (!again) await tell(deps, click, WORDS.againUnderWay)
  })
}

/** "Ask again" below a denial: the same people are asked once more. */
export function onAskAgain(deps: CommandListenerDeps) {
  return onClick(async function onAskAgain(click) {
    const person = await personOf(deps, click.person)
    if (person.isExternal) return tell(deps, click, SHARED_WORDS.notForGuests)
    const again = await deps.commands.offerAgain(click.value)
    if (!again) return tell(deps, click, WORDS.againUnderWay)
    if (!person.mayOperate) return askOperator(deps, click, person, again.id)
    if (deps.catalog.command(again.command)?.risk !== 'high') return tell(deps, click, WORDS.againBelowAnswer)
    await settle(deps, click, () => deps.commands.request(again, person))
  })
}

/** Searches devices while a person types. Guests and strangers find none. */
export function onDeviceSearch({ commands, roles }: CommandListenerDeps) {
  return onSearch(async function onDeviceSearch({ person, typed }) {
    const { isExternal } = await roles.of(person)
    return deviceOptions(isExternal ? [] : await commands.devices.search(typed, LIMITS.selectOptions))
  })
}

/** How long the form may stay open while the command is being sent. */
const FORM_WAITS_MS = 1_000

/** The device was selected or typed. A refusal is shown at the field, so that the input isn't lost. */
export function onDeviceChosen(deps: CommandListenerDeps) {
  return onForm(async function onDeviceChosen(form, isLate) {
    const device = form.values[DEVICE_FIELD]
    if (!device) return {}
    const [person, command] = await Promise.all([personOf(deps, form.person), deps.commands.find(form.metadata)])
    isLate.throwIfAborted()
    const requesting = deps.commands.request(command ?? form.metadata, person, device)
    const outcome = await Promise.race([requesting, wait(FORM_WAITS_MS, null, { ref: false })])
    if (outcome?.kind === 'refused') return { errors: { [DEVICE_FIELD]: outcome.refusal.remedy } }
    const report = async () => {
      const remedy = remedyFor(outcome ?? (await requesting))
      if (remedy) await sendDirect(await deps.clientsOf(form.person.team), form.person.user, remedy)
    }
    return { afterwards: () => deps.inFlight.track('press', report) }
  })
}

async function personOf({ roles }: CommandListenerDeps, person: SlackAction['person']): Promise<PersonWithRoles> {
  return { ...person, ...(await roles.of(person)) }
}

/**
 * The answer's message shows a command's progress; only a refusal or a failure to send is reported to the person.
 * Stopping waits for it.
 */
function settle(deps: CommandListenerDeps, click: SlackAction, work: () => Promise<ActionResult>): Promise<void> {
  return deps.inFlight.run(async () => {
    const outcome = await work()
    if (outcome.kind === 'refused') return refuse(deps, click, outcome.refusal)
    const remedy = remedyFor(outcome)
    if (remedy) await tell(deps, click, remedy)
  })
}

function remedyFor(outcome: ActionResult): string | null {
  if (outcome.kind === 'refused') return outcome.refusal.remedy
  return outcome.kind === 'not_sent' || outcome.kind === 'uncertain' ? outcome.remedy : null
}

async function refuse(deps: CommandListenerDeps, click: SlackAction, { code, remedy }: Refusal): Promise<void> {
  const { roles } = deps
  const { person, channel } = click
  // In a direct message nobody else can press the button.
  const isAlone = code === 'external' && channel?.id.startsWith('D')
  const named =
    code === 'no_operators' ? await roles.admins(person.team) : isAlone ? await roles.operators(person.team) : []
  await tell(deps, click, named.length > 0 ? `${remedy} ${hereThatIs(named)}` : remedy)
}

async function tell({ clientsOf }: CommandListenerDeps, click: SlackAction, words: string): Promise<void> {
  await replyTo(await clientsOf(click.person.team), click, words)
}
