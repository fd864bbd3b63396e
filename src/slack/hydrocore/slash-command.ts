import type { RespondArguments } from '@slack/bolt'
import type { Catalog } from '../../catalog/catalog.ts'
import { listNewestSteps } from '../../commands/audit/audit-records.ts'
import type { Commands } from '../../commands/commands.ts'
import { normalizeDeviceId } from '../../commands/devices/devices.ts'
import { REVIEW_WORDS } from '../../feedback/labels.ts'
import { countCorrections } from '../../feedback/review/queue.ts'
import type { InFlight } from '../../lib/background.ts'
import { remedyOf } from '../../lib/errors.ts'
import { section } from '../blocks/elements.ts'
import { LIMITS } from '../blocks/limits.ts'
import { servedBy } from '../blocks/models.ts'
import { SHARED_WORDS } from '../blocks/words.ts'
import { parseExportRequest, readExportText } from '../exports/export-request.ts'
import { startExport } from '../exports/run-export.ts'
import { type ModelListenerDeps, modelMessage } from '../models/listeners.ts'
import { cut, escapeMrkdwn } from '../platform/escaping.ts'
import { onSlash } from '../platform/listeners.ts'
import type { SlackMessage } from '../platform/message.ts'
import { type Person, parseWorkspaceRef } from '../platform/payloads.ts'
import type { Rights } from '../platform/roles.ts'
import type { ClientsOf } from '../platform/workspaces.ts'
import { sendFilePrivately } from '../posting/send-file-privately.ts'
import { AUDIT_SHOWN, auditLines, sendAudit } from './audit-file.ts'
import { noSuchDevice, WORDS, waitForReview } from './words.ts'

export type HydrocoreListenerDeps = ModelListenerDeps & {
  catalog: Catalog
  commands: Pick<Commands, 'devices'>
  clientsOf: ClientsOf
  inFlight: InFlight
  now: () => number
}

/** The text after `/hydrocore`, and who typed it. */
type Asked = { person: Person; rights: Rights; rest: string }
type Say = (message: string | SlackMessage) => Promise<unknown>
type Subcommand = (deps: HydrocoreListenerDeps, asked: Asked, say: Say) => Promise<unknown>

/**
 * `/hydrocore help | status | queue | export [FORMAT] [FILTERS] | model [MOVE] | audit [DEVICE]`: acknowledged first,
 * as some take a while; only the requester sees the answers.
 */
export function onHydrocoreCommand(deps: HydrocoreListenerDeps) {
  return onSlash(async function onHydrocoreCommand(command, { body, respond }) {
    const team = parseWorkspaceRef(body)?.team
    if (!team) return {}
    const [name = '', ...rest] = command.text.split(/\s+/)
    const subcommand = SUBCOMMANDS[name.toLowerCase()]
    if (!subcommand) {
      const isAsked = name === '' || name.toLowerCase() === 'help'
      const text = isAsked ? SHARED_WORDS.help : `${WORDS.unknownSubcommand}\n${SHARED_WORDS.help}`
      return { answer: { response_type: 'ephemeral', text } }
    }
    const person = { user: command.user_id, team }
    const say: Say = (message) => respond({ response_type: 'ephemeral', ...asMessage(message) })
    const answer = async () => {
      try {
        await subcommand(deps, { person, rights: await deps.roles.of(person), rest: rest.join(' ') }, say)
      } catch (error) {
        deps.logger.error({ err: error, subcommand: name }, 'a subcommand failed')
        await say(remedyOf(error))
      }
    }
    return { afterwards: () => deps.inFlight.track(`/hydrocore ${name}`, answer) }
  })
}

const asMessage = (message: string | SlackMessage): RespondArguments & object =>
  typeof message === 'string' ? { text: cut(message, LIMITS.messageText) } : message

const status: Subcommand = async ({ serving, catalog }, _, say) =>
  say(`${servedBy(await serving())} · catalog ${escapeMrkdwn(catalog.version)}`)

const queue: Subcommand = async ({ store }, { rights }, say) => {
  if (!rights.mayReview) return say(SHARED_WORDS.notReviewer)
  const { proposed, claimed } = await countCorrections(store)
  return say(proposed + claimed === 0 ? REVIEW_WORDS.queueEmpty : waitForReview(proposed + claimed))
}

const exportCorrections: Subcommand = async (deps, { person, rights, rest }, say) => {
  if (!rights.mayReview && !rights.isAdmin) return say(SHARED_WORDS.notExporter)
  const typed = readExportText(rest)
  if (!typed.ok) return say(typed.words)
  if ('again' in typed.fields) return startExport(deps, person, typed.fields, say)
  const read = parseExportRequest(typed.fields, { user: person.user, catalog: deps.catalog, now: deps.now() })
  return read.ok ? startExport(deps, person, read.wish, say) : say(Object.values(read.faults).join('\n'))
}

const model: Subcommand = async (deps, { rights, rest }, say) =>
  say(rights.isAdmin ? await modelMessage(deps, rest) : SHARED_WORDS.notAdmin)

const audit: Subcommand = async (deps, { person, rights, rest }, say) => {
  if (!rights.isAdmin && !rights.mayOperate) return say(WORDS.notAuditor)
  const { store, catalog, commands } = deps
  const device = rest === '' ? null : normalizeDeviceId(rest, catalog)
  if (device !== null && !catalog.isDeviceId(device))
    return say(escapeMrkdwn(noSuchDevice(await commands.devices.nearest(device))))
  const steps = await listNewestSteps(store, device, AUDIT_SHOWN + 1)
  if (steps.length === 0) return say(WORDS.nothingSent)
  const hasMore = steps.length > AUDIT_SHOWN
  const lines = auditLines(steps.slice(0, AUDIT_SHOWN))
  const text = hasMore ? `${lines}\n${WORDS.auditStarted}` : lines
  await say({ text, blocks: [section(lines), ...(hasMore ? [section(WORDS.auditStarted)] : [])] })
  return hasMore ? sendFilePrivately(deps, person, say, () => sendAudit(deps, person, device)) : undefined
}

const SUBCOMMANDS: Readonly<Record<string, Subcommand>> = {
  status,
  queue,
  export: exportCorrections,
  model,
  audit,
}
