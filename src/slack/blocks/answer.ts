import type { KnownBlock } from '@slack/types'
import type { Catalog } from '../../catalog/catalog.ts'
import type { Alert } from '../../commands/alerts/alert.ts'
import type { Command } from '../../commands/command.ts'
import type { Device } from '../../commands/devices/device.ts'
import type { WorkOrder } from '../../commands/work-orders/order-records.ts'
import type { FindingRow, SavedAnswer } from '../../diagnosis/questions/question-records.ts'
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
import { caveatOf, listOf, SHARED_WORDS, scheduleWork, trackRecord, unknownCode } from './words.ts'
import { orderLine } from './work-order.ts'

export type AnswerShown = {
  answer: SavedAnswer
  commands: readonly Command[]
  /** The named device, if known; null otherwise. */
  device: Pick<Device, 'id' | 'isOnline'> | null
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

/** The whole answer as one Slack message: the problem, the action, the commands, the thumbs and the source. */
export function answerMessage(shown: AnswerShown, catalog: Catalog): SlackMessage {
  const { answer, alert } = shown
  const { findings } = answer
  if (isNoAnswer(answer)) return replyMessage(shown, catalog)
  const blocks: KnownBlock[] = alert ? alertBlocks(alert) : []
  for (const finding of findings) blocks.push(...findingBlocks(finding, shown, catalog))
  const deviceLine = deviceText(shown)
  if (deviceLine) blocks.push(context(deviceLine))
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
  const proviso = finding.problem ? caveatOf(finding.verdict, answer.source) : null
  const commands = ofCode(shown.commands)
  const ended = commands.findLast(({ state }) => state !== 'offered')
  const hasVisit = ofCode(orders).some(({ state }) => state === 'open')
  const lines = [...ofCode(records).map(trackRecord), ...ofCode(orders).slice(-MAX_ORDERS).map(orderLine)]
  return [
    section(cut(findingText(finding, catalog), MAX_FINDING_TEXT)),
    ...(proviso ? [context(proviso)] : []),
    ...commands.slice(-MAX_TRIES).flatMap((command) => [
      // The newest attempt's device message replaces the earlier ones.
      ...commandBlocks(command === ended ? command : { ...command, deviceMessage: null }, catalog),
      ...(command === ended ? nextStepBlocks(command, catalog, { isLast: command === commands.at(-1), hasVisit }) : []),
    ]),
    ...(hasVisit ? [] : visitBlocks(finding, answer, catalog)),
    ...(lines.length > 0 ? [context(...lines)] : []),
  ]
}

const MAX_ORDERS = 3

/** For a code that calls for a visit by itself, such as a low battery. */
function visitBlocks({ code, verdict }: FindingRow, { id: answerId }: SavedAnswer, catalog: Catalog): KnownBlock[] {
  const entry = code && verdict !== 'unknown_code' ? catalog.find(code) : null
  if (!entry?.visitWithinDays) return []
  const value = workValue({ answerId, code: entry.code, commandId: null })
  const label = entry.visitTitle ? scheduleWork(entry.visitTitle) : SHARED_WORDS.scheduleVisit
  return [{ type: 'actions', elements: [button(label, ACTION.scheduleWork, value)] }]
}

function findingText({ code, verdict, problem, action, fallback }: FindingRow, catalog: Catalog): string {
  if (problem && action)
    return [
      `*${escapeMarked(code ?? '')} · ${escapeMarked(problem)}*`,
      `*${SHARED_WORDS.whatToDo}:* ${escapeMrkdwn(action)}.`,
      ...(fallback ? [`_${SHARED_WORDS.ifThatFails}:_ ${escapeMrkdwn(fallback)}`] : []),
    ].join('\n')
  if (verdict === 'unknown_code' && code) return escapeMrkdwn(unknownCode(code, catalog.nearest(code, 2)))
  return whatIsKnown(catalog, '`')
}

/** The text for notifications and screen readers. */
function notificationText({ code, problem, action, verdict }: FindingRow, catalog: Catalog): string {
  if (problem && action) return `${code}: ${escapeMrkdwn(plain(problem))}. ${escapeMrkdwn(plain(action))}.`
  if (verdict === 'unknown_code' && code) return escapeMrkdwn(unknownCode(code, catalog.nearest(code, 2)))
  return whatIsKnown(catalog)
}

function deviceText({ answer, device }: AnswerShown): string | null {
  if (!answer.device) return null
  const id = escapeCode(cut(answer.device, MAX_NAME))
  if (!device) return `Device \`${id}\` · not seen yet`
  return `Device \`${id}\` · ${device.isOnline ? '🟢 online' : '⚪ offline'}`
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
  return !answer.channel.startsWith('D') && !isNoAnswer(answer)
}
