import type { SlackOptionsMiddlewareArgs } from '@slack/bolt'
import type { Catalog } from '../../catalog/catalog.ts'
import type { PersonWithRoles } from '../../commands/command.ts'
import type { Commands } from '../../commands/commands.ts'
import { isRefusal } from '../../commands/refusals.ts'
import type { ActionResult } from '../../commands/send-command.ts'
import type { InFlight } from '../../lib/background.ts'
import { remedyOf } from '../../lib/errors.ts'
import type { Logger } from '../../lib/logger.ts'
import { ACK_WITHIN_MS, LIMITS } from '../blocks/limits.ts'
import { SHARED_WORDS } from '../blocks/words.ts'
import { onClick, onForm } from '../platform/listeners.ts'
import { parseSearch, type SlackAction } from '../platform/payloads.ts'
import type { Roles } from '../platform/roles.ts'
import type { ClientsOf } from '../platform/workspaces.ts'
import { openForm, replyTo, sendDirect } from '../posting/notify.ts'
import { chooseDeviceView, DEVICE_FIELD, deviceOptions } from './device-view.ts'
import { WORDS } from './words.ts'

type SearchArgs = Pick<SlackOptionsMiddlewareArgs<'block_suggestion'>, 'body' | 'ack'>

export type CommandListenerDeps = {
  catalog: Catalog
  commands: Commands
  roles: Roles
  clientsOf: ClientsOf
  inFlight: InFlight
  logger: Logger
}

/**
 * "Run …": sends at once, or asks for the device first. Everything is checked here, and again when the form is
 * submitted.
 */
export function onRunCommand(deps: CommandListenerDeps) {
  return onClick(async function onRunCommand(click) {
    const { catalog, commands } = deps
    const person = await personOf(deps, click.person)
    const command = await commands.open(click.value, person)
    if (isRefusal(command)) return tell(deps, click, command.remedy)
    if (!command.device || catalog.command(command.command)?.risk === 'medium')
      return openForm(await deps.clientsOf(click.person.team), click, chooseDeviceView(command, catalog))
    settle(deps, click, () => commands.request(command, person))
  })
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
    settle(deps, click, () => decide(click.value, person))
  })
}

/** "Try again", "Ask again": a new command in the same message, to be decided anew. */
export function onOfferAgain(deps: CommandListenerDeps) {
  return onClick(async function onOfferAgain(click) {
    const { isExternal } = await personOf(deps, click.person)
    if (isExternal) return tell(deps, click, SHARED_WORDS.notForGuests)
    const again = await deps.commands.offerAgain(click.value)
    if (!again) await tell(deps, click, WORDS.againUnderWay)
  })
}

/** Searches devices while a person types. Guests and strangers find none. */
export function onDeviceSearch({ commands, roles }: CommandListenerDeps) {
  return async function onDeviceSearch({ body, ack }: SearchArgs): Promise<void> {
    const search = parseSearch(body)
    const isExternal = !search || (await roles.of(search.person)).isExternal
    const found = isExternal ? [] : await commands.devices.search(search.typed, LIMITS.selectOptions)
    await ack({ options: deviceOptions(found) })
  }
}

/** How long the form may stay open while the command is being sent. */
const FORM_WAITS_MS = ACK_WITHIN_MS - 1_000

/** The device was selected or typed. A refusal is shown at the field, so that the input isn't lost. */
export function onDeviceChosen(deps: CommandListenerDeps) {
  return onForm(async function onDeviceChosen(form, ack) {
    const device = form.values[DEVICE_FIELD]
    if (!device) return ack()
    const person = await personOf(deps, form.person)
    const requesting = deps.commands.request(form.metadata, person, device)
    const { promise: late, resolve } = Promise.withResolvers<null>()
    const timer = setTimeout(() => resolve(null), FORM_WAITS_MS)
    const outcome = await Promise.race([requesting, late]).finally(() => clearTimeout(timer))
    if (outcome?.kind === 'refused')
      return ack({ response_action: 'errors', errors: { [DEVICE_FIELD]: outcome.refusal.remedy } })
    await ack()
    deps.inFlight.track('press', async () => {
      const remedy = remedyFor(outcome ?? (await requesting))
      if (remedy) await sendDirect(await deps.clientsOf(form.person.team), form.person.user, remedy)
    })
  })
}

async function personOf({ roles }: CommandListenerDeps, person: SlackAction['person']): Promise<PersonWithRoles> {
  return { ...person, ...(await roles.of(person)) }
}

/** The answer's message shows a command's progress; only a refusal or a failure to send is reported to the person. */
function settle(deps: CommandListenerDeps, click: SlackAction, work: () => Promise<ActionResult>): void {
  deps.inFlight.track('a decision about a command', async () => {
    const remedy = await work().then(remedyFor, (error: unknown) => {
      deps.logger.error({ err: error, command: click.value }, 'a decision about a command went wrong')
      return remedyOf(error)
    })
    if (remedy) await tell(deps, click, remedy)
  })
}

function remedyFor(outcome: ActionResult): string | null {
  if (outcome.kind === 'refused') return outcome.refusal.remedy
  return outcome.kind === 'not_sent' || outcome.kind === 'uncertain' ? outcome.remedy : null
}

async function tell({ clientsOf }: CommandListenerDeps, click: SlackAction, words: string): Promise<void> {
  await replyTo(await clientsOf(click.person.team), click, words)
}
