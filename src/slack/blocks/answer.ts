import type { KnownBlock } from '@slack/types'
import type { Catalog } from '../../catalog/catalog.ts'
import type { Alert } from '../../commands/alerts/alert.ts'
import type { Command, CommandHistory } from '../../commands/command.ts'
import type { Device } from '../../commands/devices/device.ts'
import type { WorkOrder } from '../../commands/work-orders/order-records.ts'
import {
  devicesOf,
  type FindingRow,
  openDevicesOf,
  type SavedAnswer,
} from '../../diagnosis/questions/question-records.ts'
import { MAX_QUESTION_CHARS } from '../../diagnosis/reading/plain-text.ts'
import type { VoteTally } from '../../feedback/votes/votes.ts'
import { cut, escapeCode, escapeMarked, escapeMrkdwn, plain } from '../platform/escaping.ts'
import type { SlackMessage } from '../platform/message.ts'
import { alertBlocks, alertText } from './alert.ts'
import { commandBlocks, nextStepBlocks } from './command.ts'
import { button, context, section } from './elements.ts'
import { ACTION, blockIds, voteValue, workValue } from './ids.ts'
import { LIMITS } from './limits.ts'
import { servedBy } from './models.ts'
import { voteButtons } from './vote-buttons.ts'
import { caveatOf, listOf, openDevice, SHARED_WORDS, scheduleWork, trackRecord, unknownCode } from './words.ts'
import { orderLine } from './work-order.ts'

export type AnswerShown = {
  answer: SavedAnswer
  commands: readonly Command[]
  /** What happened to them; none for a new answer. */
  history?: CommandHistory
  /** Whether the asker may send commands; null when that isn't known without asking Slack. */
  mayAskerOperate?: boolean | null
  /** The devices it's about that have reported. */
  devices: readonly Pick<Device, 'id' | 'isOnline'>[]
  /** The question came with a file that wasn't read. */
  hasFiles?: boolean
  /** Set when the device raised the code itself and nobody asked. */
  alert?: Alert | null
  /** The work orders that came out of this answer. */
  orders?: readonly WorkOrder[]
  /** The recent success of this answer's commands. */
  records?: readonly RecordShown[]
  /** The votes on the answer; null where only its asker sees it. */
  votes?: VoteTally | null
}

/** A command's record for one code. */
export type RecordShown = { code: string; command: string; uses: number; cleared: number; days: number }

/** Keeps five findings with their commands below Slack's limit for one message (some 13,200 characters). */
const MAX_FINDING_TEXT = 1_300
const MAX_NAME = 150
/** As many lines as a context block holds. */
const MAX_DEVICES = 10

/** The whole answer as one Slack message: the problem, the action, the commands, the thumbs and the source. */
export function answerMessage(shown: AnswerShown, catalog: Catalog): SlackMessage {
  const { answer, alert } = shown
  const { findings } = answer
  if (isNoAnswer(answer)) return replyMessage(shown, catalog)
  const blocks: KnownBlock[] = alert ? alertBlocks(alert) : []
  for (const finding of findings) blocks.push(...findingBlocks(finding, shown, catalog))
  for (const open of openDevicesOf(answer)) blocks.push(section(openDevice(open)))
  const deviceLines = deviceTexts(shown)
  if (deviceLines.length > 0) blocks.push(context(...deviceLines))
  if (answer.question_text.length > MAX_QUESTION_CHARS) blocks.push(context(SHARED_WORDS.tooLong))
  if (shown.hasFiles) blocks.push(context(SHARED_WORDS.cannotSeeFiles))
  const last = [thumbs(answer.id), context(originText(answer), ...votesText(shown.votes ?? null))]
  const texts = findings.map((finding) => notificationText(finding, catalog))
  return {
    text: cut([...(alert ? [alertText(alert)] : []), ...texts].join(' '), LIMITS.messageText),
    blocks: [...blocks.slice(0, LIMITS.messageBlocks - last.length), ...last],
  }
}

/** True when there's neither a code nor a problem: off topic or unreadable. */
export function isNoAnswer({ findings }: SavedAnswer): boolean {
  return findings.every(({ code, problem }) => code === null && problem === null)
}

/**
 * The message when nothing was answered: without votes, as there's nothing to judge, and without a model as its source.
 */
function replyMessage({ answer, hasFiles }: AnswerShown, catalog: Catalog): SlackMessage {
  return {
    text: cut(whatIsKnown(catalog), LIMITS.messageText),
    blocks: [
      section(whatIsKnown(catalog, '`'), blockIds.reply(answer.id)),
      ...(answer.question_text.length > MAX_QUESTION_CHARS ? [context(SHARED_WORDS.tooLong)] : []),
      ...(hasFiles ? [context(SHARED_WORDS.cannotSeeFiles)] : []),
    ],
  }
}

function whatIsKnown({ codes }: Catalog, mark = ''): string {
  return `${SHARED_WORDS.notUnderstood} ${listOf(codes.map(({ code }) => `${mark}${code}${mark}`))}.`
}

/** Earlier attempts are in the audit log. */
const MAX_TRIES = 2

function findingBlocks(finding: FindingRow, shown: AnswerShown, catalog: Catalog): KnownBlock[] {
  const { answer, orders = [], records = [] } = shown
  const ofCode = <T extends { code: string }>(all: readonly T[]) => all.filter(({ code }) => code === finding.code)
  const proviso = finding.problem ? caveatOf(finding, answer.source) : null
  const all = ofCode(shown.commands)
  const devices = [...new Set(all.map(({ device }) => device))]
  // With several devices, each button and state says which.
  const namesDevice = new Set(shown.commands.map(({ device }) => device)).size > 1
  const hasVisit = ofCode(orders).some(({ state }) => state === 'open')
  const lines = [...ofCode(records).map(trackRecord), ...ofCode(orders).slice(-MAX_ORDERS).map(orderLine)]
  return [
    section(cut(findingText(finding, catalog), MAX_FINDING_TEXT)),
    ...(proviso ? [context(proviso)] : []),
    ...devices.flatMap((device) => {
      const tries = all.filter((command) => command.device === device)
      const ended = tries.findLast(({ state }) => state !== 'offered')
      return tries.slice(-MAX_TRIES).flatMap((command) => [
        // The newest attempt's device message replaces the earlier ones.
        ...commandBlocks(command === ended ? command : { ...command, deviceMessage: null }, catalog, {
          namesDevice,
          steps: shown.history?.get(command.id) ?? [],
          isUrgent: isUrgent(command, shown),
          asksOperator: shown.mayAskerOperate === false,
        }),
        ...(command === ended ? nextStepBlocks(command, catalog, { isLast: command === tries.at(-1), hasVisit }) : []),
      ])
    }),
    ...(hasVisit ? [] : visitBlocks(finding, answer, catalog)),
    ...(lines.length > 0 ? [context(...lines)] : []),
  ]
}

/** A green button invites; not so once the alert is over, or where the device can't hear it. */
function isUrgent({ device: id }: Command, { devices, alert }: AnswerShown): boolean {
  if (alert && alert.state !== 'raised') return false
  return id === null || devices.some((device) => device.id === id && device.isOnline)
}

const MAX_ORDERS = 3

/** For a code that calls for a visit by itself, such as a low battery. */
function visitBlocks(
  { code, verdict, step }: FindingRow,
  { id: answerId }: SavedAnswer,
  catalog: Catalog,
): KnownBlock[] {
  const entry = code && verdict !== 'unknown_code' ? catalog.find(code) : null
  const isFallback = step > 0 && entry?.fallback != null
  if (!entry || (!isFallback && !entry.visitWithinDays)) return []
  const value = workValue({ answerId, code: entry.code, commandId: null, isFallback })
  const label = entry.visitTitle && !isFallback ? scheduleWork(entry.visitTitle) : SHARED_WORDS.scheduleVisit
  return [{ type: 'actions', elements: [button(label, ACTION.scheduleWork, value)] }]
}

function findingText({ code, verdict, problem, action, fallback, step, typed }: FindingRow, catalog: Catalog): string {
  if (problem && action) {
    const title = `*${escapeMarked(code ?? '')} · ${escapeMarked(problem)}*`
    // The first step was done: it isn't said again.
    if (step > 0 && fallback) return `${title}\n*${SHARED_WORDS.nextStep}:* ${escapeMrkdwn(fallback)}`
    const lines = [title, `*${SHARED_WORDS.whatToDo}:* ${escapeMrkdwn(action)}.`]
    if (fallback) lines.push(ifThatFails(escapeMrkdwn(fallback)))
    return lines.join('\n')
  }
  if (verdict === 'unknown_code' && code) return escapeMrkdwn(unknownCode(code, catalog.nearest(code, 2), typed))
  return whatIsKnown(catalog, '`')
}

/** A fallback that says itself when it's due needs no label in front of it. */
function ifThatFails(fallback: string): string {
  const saysWhen = /\b(?:if|wenn|falls|sofern|si|se|caso)\b/iu.test(fallback)
  return saysWhen ? `_${fallback}_` : `_${SHARED_WORDS.ifThatFails}:_ ${fallback}`
}

/** The text for notifications and screen readers. */
function notificationText(finding: FindingRow, catalog: Catalog): string {
  const { code, problem, action, fallback, step, verdict, typed } = finding
  if (problem && action) {
    const toDo = step > 0 && fallback ? fallback : `${action}.`
    return `${code}: ${escapeMrkdwn(plain(problem))}. ${escapeMrkdwn(plain(toDo))}`
  }
  if (verdict === 'unknown_code' && code) return escapeMrkdwn(unknownCode(code, catalog.nearest(code, 2), typed))
  return whatIsKnown(catalog)
}

/** Each device and its state. */
function deviceTexts({ answer, devices }: AnswerShown): string[] {
  const named = [...new Set([...answer.findings.flatMap(devicesOf), ...(answer.device ? [answer.device] : [])])]
  return named.slice(0, MAX_DEVICES).map((one) => {
    const id = escapeCode(cut(one, MAX_NAME))
    const known = devices.find((device) => device.id === one)
    if (!known) return `Device \`${id}\` · not seen yet`
    return `Device \`${id}\` · ${known.isOnline ? '🟢 online' : '⚪ offline'}`
  })
}

function originText({ model, strategy, source, catalog_version }: SavedAnswer): string {
  const isFallback = source === 'fallback_model'
  const name = model && `\`${escapeCode(cut(model, MAX_NAME))}\``
  const who = !model
    ? 'no model'
    : isFallback
      ? `fallback ${name}`
      : servedBy({ model, strategy: strategy ?? 'fine-tuned' })
  return `${who} · catalog ${escapeMrkdwn(cut(catalog_version, MAX_NAME))}`
}

/** Both counts, each shown only above zero. */
function votesText(votes: VoteTally | null): string[] {
  const sides = votes ? [...(votes.up ? [`👍 ${votes.up}`] : []), ...(votes.down ? [`👎 ${votes.down}`] : [])] : []
  return sides.length > 0 ? [sides.join(' · ')] : []
}

function thumbs(id: string): KnownBlock {
  return voteButtons(blockIds.feedback(id), ACTION.vote, { up: voteValue('up', id), down: voteValue('down', id) })
}

/** In a direct message nobody else would see a count. */
export function isCounted(answer: SavedAnswer): boolean {
  return !isPrivate(answer) && !isNoAnswer(answer)
}

/** Nobody but the asker sees it. */
export function isPrivate({ channel }: Pick<SavedAnswer, 'channel'>): boolean {
  return channel.startsWith('D')
}
