import type { BlockAction, RespondArguments, SlackActionMiddlewareArgs, SlackCommandMiddlewareArgs } from '@slack/bolt'
import type { Catalog } from '../../catalog/catalog.ts'
import { newestSteps } from '../../commands/audit-records.ts'
import { readDeviceId } from '../../commands/devices.ts'
import type { Commands } from '../../commands/dispatch.ts'
import type { Alias } from '../../diagnosis/active-model.ts'
import { readLiveModels } from '../../diagnosis/live-models.ts'
import { EXPORT_FORMATS } from '../../feedback/formats/writing.ts'
import { countCorrections } from '../../feedback/queue.ts'
import type { InFlight } from '../../lib/background.ts'
import { AppError, remedyOf } from '../../lib/errors.ts'
import type { Logger } from '../../lib/logger.ts'
import type { Store } from '../../store/open.ts'
import { AUDIT_SHOWN, auditLines, sendAudit } from '../auditing.ts'
import type { SlackMessage } from '../blocks/answer.ts'
import { section } from '../blocks/elements.ts'
import { modelBlocks } from '../blocks/models.ts'
import { cut, escapeCode, escapeMrkdwn } from '../escaping.ts'
import { exportTo } from '../exporting.ts'
import type { Homes } from '../home/homes.ts'
import { readPages } from '../home/pages.ts'
import { rollBackValue } from '../ids.ts'
import { LIMITS } from '../limits.ts'
import { type Person, type ReadClick, readClick, readCommand, readPlace } from '../reading.ts'
import type { Rights, Roles } from '../roles.ts'
import { tellInPrivate } from '../whispering.ts'
import { modelMoved, noSuchDevice, unknownFormat, WORDS, waitForReview } from '../words.ts'
import type { ClientsOf } from '../workspaces.ts'

type CommandArgs = Pick<SlackCommandMiddlewareArgs, 'body' | 'ack' | 'respond'>
type ClickArgs = Pick<SlackActionMiddlewareArgs<BlockAction>, 'body' | 'ack' | 'respond'>

/** Puts back the model that was live before `from`, unless another one is live by now. */
export type RollBack = (request: { alias: string; from: string; by: string }) => Promise<{ model: string }>

export type HydrocoreListenerParts = {
  store: Store
  catalog: Catalog
  commands: Pick<Commands, 'devices'>
  clientsOf: ClientsOf
  roles: Roles
  homes: Homes
  activeModel: () => Promise<string>
  configuredModels: Readonly<Record<Alias, string>>
  rollBack: RollBack
  inFlight: InFlight
  logger: Logger
  now: () => number
}

/** What was typed after `/hydrocore`, by whom. */
type Asked = { person: Person; rights: Rights; rest: string }
type Say = (message: string | SlackMessage) => Promise<unknown>
type Subcommand = (parts: HydrocoreListenerParts, asked: Asked, say: Say) => Promise<unknown>

/**
 * `/hydrocore help | status | queue | export [FORMAT] | model | audit [DEVICE]`: acknowledged first, since some of it
 * takes a while; every answer is for the asker alone.
 */
export const onHydrocoreCommand =
  (parts: HydrocoreListenerParts) =>
  async ({ body, ack, respond }: CommandArgs): Promise<void> => {
    const command = readCommand(body)
    const team = readPlace(body)?.team
    if (!command || !team) return ack()
    const [name = '', ...rest] = command.text.split(/\s+/)
    const subcommand = SUBCOMMANDS[name.toLowerCase()]
    if (!subcommand) {
      const isAsked = name === '' || name.toLowerCase() === 'help'
      const text = isAsked ? WORDS.help : `${WORDS.unknownSubcommand}\n${WORDS.help}`
      return ack({ response_type: 'ephemeral', text })
    }
    await ack()
    const person = { user: command.user_id, team }
    const say: Say = (message) => respond({ response_type: 'ephemeral', ...asMessage(message) })
    parts.inFlight.run(`/hydrocore ${name}`, async () => {
      try {
        await subcommand(parts, { person, rights: await parts.roles.of(person), rest: rest.join(' ') }, say)
      } catch (error) {
        parts.logger.error({ err: error, subcommand: name }, 'a subcommand failed')
        await say(remedyOf(error))
      }
    })
  }

const asMessage = (message: string | SlackMessage): RespondArguments & object =>
  typeof message === 'string' ? { text: cut(message, LIMITS.messageText) } : message

const status: Subcommand = async ({ activeModel, catalog }, _, say) =>
  say(`assistant \`${escapeCode(cut(await activeModel(), 150))}\` · catalog ${escapeMrkdwn(catalog.version)}`)

const queue: Subcommand = async ({ store }, { rights }, say) => {
  if (!rights.mayReview) return say(WORDS.notReviewer)
  const { proposed, claimed } = await countCorrections(store)
  return say(proposed + claimed === 0 ? WORDS.queueEmpty : waitForReview(proposed + claimed))
}

const exportCorrections: Subcommand = async (parts, { person, rights, rest }, say) => {
  if (!rights.mayReview && !rights.isAdmin) return say(WORDS.notExporter)
  const format = EXPORT_FORMATS.find((known) => known === (rest.toLowerCase() || EXPORT_FORMATS[0]))
  if (!format) return say(unknownFormat(EXPORT_FORMATS))
  await say(WORDS.exportStarted)
  return handOver(parts, person, say, async () => {
    const words = await exportTo(parts, person, format)
    if (words) await say(words)
  })
}

const model: Subcommand = async (parts, { rights }, say) =>
  say(rights.isAdmin ? await liveMessage(parts) : WORDS.notAdmin)

const audit: Subcommand = async (parts, { person, rights, rest }, say) => {
  if (!rights.isAdmin && !rights.mayOperate) return say(WORDS.notAuditor)
  const { store, catalog, commands } = parts
  const device = rest === '' ? null : readDeviceId(rest, catalog)
  if (device !== null && !catalog.isDeviceId(device))
    return say(escapeMrkdwn(noSuchDevice(await commands.devices.nearest(device))))
  const steps = await newestSteps(store, device, AUDIT_SHOWN + 1)
  if (steps.length === 0) return say(WORDS.nothingSent)
  const hasMore = steps.length > AUDIT_SHOWN
  const lines = auditLines(steps.slice(0, AUDIT_SHOWN))
  const text = hasMore ? `${lines}\n${WORDS.auditStarted}` : lines
  await say({ text, blocks: [section(lines), ...(hasMore ? [section(WORDS.auditStarted)] : [])] })
  return hasMore ? handOver(parts, person, say, () => sendAudit(parts, person, device)) : undefined
}

const SUBCOMMANDS: Readonly<Record<string, Subcommand>> = {
  status,
  queue,
  export: exportCorrections,
  model,
  audit,
}

/** A file is on its way to a direct message; when it does not arrive, its asker hears why. */
async function handOver(
  { logger, clientsOf }: HydrocoreListenerParts,
  person: Person,
  say: Say,
  work: () => Promise<unknown>,
): Promise<void> {
  try {
    await work()
  } catch (error) {
    logger.error({ err: error, person: person.user }, 'a file could not be handed over')
    const words = error instanceof AppError ? error.remedy : WORDS.fileNotSent
    // The address to respond to lives for half an hour; a large file may take longer.
    await say(words).catch(async () => tellInPrivate(await clientsOf(person.team), person.user, words))
  }
}

async function liveMessage({ store, configuredModels }: HydrocoreListenerParts): Promise<SlackMessage> {
  const models = await readLiveModels(store, configuredModels)
  const text = models.map(({ alias, model }) => `${alias}: ${escapeMrkdwn(cut(model, 150))}`).join('\n')
  return { text, blocks: modelBlocks(models) }
}

/** "Export approved corrections" in Home: the same as `/hydrocore export`. */
export const onHomeExport =
  (parts: HydrocoreListenerParts) =>
  async ({ body, ack }: Pick<ClickArgs, 'body' | 'ack'>): Promise<void> => {
    await ack()
    const click = readClick(body)
    if (!click) return
    const { person } = click
    const rights = await parts.roles.of(person)
    const pages = readPages(click.view?.private_metadata ?? '')
    const say: Say = (message) => parts.homes.publish(person, { pages, notice: asMessage(message).text ?? '' })
    parts.inFlight.run('export from Home', () => exportCorrections(parts, { person, rights, rest: '' }, say))
  }

/** "Roll back": in Home, or below what `/hydrocore model` said. A button from before another move moves nothing. */
export const onRollBack =
  (parts: HydrocoreListenerParts) =>
  async ({ body, ack, respond }: ClickArgs): Promise<void> => {
    await ack()
    const click = readClick(body)
    if (!click) return
    const words = await rollBackTo(parts, click)
    if (click.view) {
      const pages = readPages(click.view.private_metadata)
      return parts.homes.publish(click.person, { pages, hash: click.view.hash, notice: words })
    }
    const { isAdmin } = await parts.roles.of(click.person)
    const live = isAdmin ? await liveMessage(parts) : null
    const message = live
      ? { text: `${words}\n${live.text}`, blocks: [section(words), ...live.blocks] }
      : { text: words }
    await respond({ response_type: 'ephemeral', replace_original: true, ...message })
  }

async function rollBackTo(parts: HydrocoreListenerParts, { person, value }: ReadClick): Promise<string> {
  const { isAdmin } = await parts.roles.of(person)
  if (!isAdmin) return WORDS.notAdmin
  const live = (await readLiveModels(parts.store, parts.configuredModels)).find((one) => rollBackValue(one) === value)
  if (!live) return WORDS.modelMovedAlready
  try {
    const { model } = await parts.rollBack({ alias: live.alias, from: live.model, by: person.user })
    return modelMoved(live.alias, escapeCode(cut(model, 150)))
  } catch (error) {
    parts.logger.warn({ err: error, alias: live.alias, person: person.user }, 'a model was not rolled back')
    return remedyOf(error)
  }
}
