import type { BlockAction, SlackActionMiddlewareArgs, SlackViewMiddlewareArgs } from '@slack/bolt'
import type { Commands } from '../../commands/dispatch.ts'
import type { Outcome } from '../../commands/presses.ts'
import type { InFlight } from '../../lib/background.ts'
import { callSlack, type SlackClients } from '../clients.ts'
import { ACK_WITHIN_MS } from '../limits.ts'
import { type ReadClick, readClick, readForm } from '../reading.ts'
import type { Roles } from '../roles.ts'
import { chooseDeviceView, DEVICE_FIELD } from '../views/choose-device.ts'
import { tellClicker } from '../whispering.ts'
import { WORDS } from '../words.ts'

type ClickArgs = Pick<SlackActionMiddlewareArgs<BlockAction>, 'body' | 'ack'>
type FormArgs = Pick<SlackViewMiddlewareArgs, 'body' | 'ack'>

export type CommandListenerParts = { commands: Commands; roles: Roles; clients: SlackClients; inFlight: InFlight }

/** "Run …": sends at once when the device is known, else asks for it first. All is decided again on the server. */
export const onRunCommand =
  (parts: CommandListenerParts) =>
  async ({ body, ack }: ClickArgs): Promise<void> => {
    await ack()
    const click = readClick(body)
    if (!click) return
    const command = await parts.commands.find(click.value)
    if (!command) return tellClicker(parts.clients, click, WORDS.gone)
    if (command.state === 'offered' && !command.device) {
      const view = chooseDeviceView(command, await parts.commands.devices.list())
      await callSlack(() => parts.clients.interactive.views.open({ trigger_id: click.trigger_id, view }))
      return
    }
    const person = { ...click.person, ...(await parts.roles.of(click.person)) }
    parts.inFlight.run('press', async () => tellOutcome(parts, click, await parts.commands.request(command.id, person)))
  }

export const onApproveCommand =
  (parts: CommandListenerParts) =>
  ({ body, ack }: ClickArgs): Promise<void> =>
    judge(parts, { body, ack }, (id, person) => parts.commands.approve(id, person))

export const onDenyCommand =
  (parts: CommandListenerParts) =>
  ({ body, ack }: ClickArgs): Promise<void> =>
    judge(parts, { body, ack }, (id, person) => parts.commands.deny(id, person))

async function judge(
  parts: CommandListenerParts,
  { body, ack }: ClickArgs,
  decide: (id: string, person: Parameters<Commands['approve']>[1]) => Promise<Outcome>,
): Promise<void> {
  await ack()
  const click = readClick(body)
  if (!click) return
  const person = { ...click.person, ...(await parts.roles.of(click.person)) }
  parts.inFlight.run('judgement', async () => tellOutcome(parts, click, await decide(click.value, person)))
}

/** The message itself shows what happens to a command; only who is refused hears it alone. */
async function tellOutcome({ clients }: CommandListenerParts, click: ReadClick, outcome: Outcome): Promise<void> {
  if (outcome.kind === 'refused') await tellClicker(clients, click, outcome.refusal.remedy)
}

/** How long the form may stay open while the command is on its way. */
const FORM_WAITS_MS = ACK_WITHIN_MS - 1_000

/** The device was chosen: a refusal is shown at the field, so that nothing typed is lost. */
export const onDeviceChosen =
  (parts: CommandListenerParts) =>
  async ({ body, ack }: FormArgs): Promise<void> => {
    const form = readForm(body)
    const device = form?.values[DEVICE_FIELD]
    if (!form || !device) return ack()
    const person = { ...form.person, ...(await parts.roles.of(form.person)) }
    const requesting = parts.commands.request(form.metadata, person, device)
    parts.inFlight.run('press', () => requesting)
    const { promise: late, resolve } = Promise.withResolvers<null>()
    const timer = setTimeout(() => resolve(null), FORM_WAITS_MS)
    const outcome = await Promise.race([requesting, late]).finally(() => clearTimeout(timer))
    if (outcome?.kind === 'refused')
      return ack({ response_action: 'errors', errors: { [DEVICE_FIELD]: outcome.refusal.remedy } })
    await ack()
  }
