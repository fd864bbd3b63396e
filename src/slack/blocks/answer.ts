import type { KnownBlock } from '@slack/types'
import type { Catalog } from '../../catalog/catalog.ts'
import type { Alert } from '../../commands/alerts/alert.ts'
import type { Command } from '../../commands/command.ts'
import type { Device } from '../../commands/devices/device.ts'
import type { WorkOrder } from '../../commands/work-orders/order-records.ts'
import { MAX_QUESTION_CHARS } from '../../diagnosis/question.ts'
import type { FindingRow, SavedAnswer } from '../../diagnosis/questions/question-records.ts'
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
  /** The named device as we know it; null when none was named or it is not known. */
  device: Pick<Device, 'id' | 'isOnline'> | null
  /** The question came with a file that nobody has looked at. */
  hasFiles?: boolean
  /** The device raised the code by itself: nobody asked. */
  alert?: Alert | null
  /** What people were asked to do because of this answer. */
  orders?: readonly WorkOrder[]
  /** How well the commands of this answer worked lately. */
  records?: readonly RecordShown[]
  /** How the answer was judged; null where its asker alone sees it. */
  votes?: VoteTally | null
}

/** A command's record, for the code it is for. */
export type RecordShown = { code: string; command: string; uses: number; cleared: number; days: number }

/** Five findings and their commands stay together below what Slack takes in one message (some 13,200 characters). */
const MAX_FINDING_TEXT = 1_300
const MAX_NAME = 150

/** The whole answer as one Slack message: what is wrong, what to do, the commands, the thumbs, where it comes from. */
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

/** Neither of a code nor of what is wrong with it: off the subject, or nothing that could be read. */
export function isNoAnswer({ findings }: SavedAnswer): boolean {
  return findings.every(({ code, problem }) => code === null && problem === null)
}

/** What is said where nothing was answered: there is nothing to judge, and it comes from no model. */
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

/** The tries of a command before these are in the audit. */
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
      // What an earlier try had to say gives way to the newest one's.
      ...commandBlocks(command === ended ? command : { ...command, deviceMessage: null }, catalog),
      ...(command === ended ? nextStepBlocks(command, catalog, { isLast: command === commands.at(-1), hasVisit }) : []),
    ]),
    ...(hasVisit ? [] : visitBlocks(finding, answer, catalog)),
    ...(lines.length > 0 ? [context(...lines)] : []),
  ]
}

const MAX_ORDERS = 3

/** A code that asks for a visit by itself, such as a battery that runs low. */
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

/** What a notification and a screen reader say. */
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

/** Both sides of the count, each only where somebody is on it. */
function votesText(votes: VoteTally | null): string[] {
  const sides = votes ? [...(votes.up ? [`👍 ${votes.up}`] : []), ...(votes.down ? [`👎 ${votes.down}`] : [])] : []
  return sides.length > 0 ? [sides.join(' · ')] : []
}

function thumbs(id: string): KnownBlock {
  return voteButtons(blockIds.feedback(id), ACTION.vote, { up: voteValue('up', id), down: voteValue('down', id) })
}

/** In a direct conversation with us there is nobody else to whom a count would say anything. */
export function isCounted(answer: SavedAnswer): boolean {
  return !answer.channel.startsWith('D') && !isNoAnswer(answer)
}
