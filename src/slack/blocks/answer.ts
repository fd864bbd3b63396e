import type { KnownBlock } from '@slack/types'
import type { Catalog } from '../../catalog/catalog.ts'
import type { Command } from '../../commands/command.ts'
import type { Device } from '../../commands/devices.ts'
import type { FindingRow, SavedAnswer } from '../../diagnosis/records.ts'
import { cut, escapeCode, escapeMarked, escapeMrkdwn, plain } from '../escaping.ts'
import { ACTION, voteValue } from '../ids.ts'
import { LIMITS } from '../limits.ts'
import { provisoOf, unknownCode, WORDS } from '../words.ts'
import { commandBlocks } from './command.ts'
import { context, section } from './elements.ts'

export type AnswerShown = {
  answer: SavedAnswer
  commands: readonly Command[]
  /** The named device as we know it; null when none was named or it is not known. */
  device: Pick<Device, 'id' | 'isOnline'> | null
  /** The question came with a file that nobody has looked at. */
  hasFiles?: boolean
}

export type SlackMessage = { text: string; blocks: KnownBlock[] }

/** The whole answer as one Slack message: what is wrong, what to do, the commands, the thumbs, where it comes from. */
export function answerMessage(shown: AnswerShown, catalog: Catalog): SlackMessage {
  const { answer, commands } = shown
  const findings = answer.findings.length > 0 ? answer.findings : []
  const blocks: KnownBlock[] = []
  for (const finding of findings) {
    blocks.push(section(findingText(finding, catalog)))
    const proviso = finding.problem ? provisoOf(finding.verdict, answer.source) : null
    if (proviso) blocks.push(context(proviso))
    for (const command of commands) if (command.code === finding.code) blocks.push(...commandBlocks(command, catalog))
  }
  const deviceLine = deviceText(shown)
  if (deviceLine) blocks.push(context(deviceLine))
  if (shown.hasFiles) blocks.push(context(WORDS.cannotSeeFiles))
  blocks.push(feedbackBlock(answer.id), context(originText(answer)))
  return {
    text: cut(findings.map((finding) => notificationText(finding, catalog)).join(' '), LIMITS.messageText),
    blocks: blocks.slice(0, LIMITS.messageBlocks),
  }
}

function findingText({ code, verdict, problem, action, fallback }: FindingRow, catalog: Catalog): string {
  if (problem && action)
    return [
      `*${escapeMarked(code ?? '')} · ${escapeMarked(problem)}*`,
      `*${WORDS.whatToDo}:* ${escapeMrkdwn(action)}.`,
      ...(fallback ? [`_${WORDS.ifThatFails}:_ ${escapeMrkdwn(fallback)}`] : []),
    ].join('\n')
  if (verdict === 'unknown_code' && code) return escapeMrkdwn(unknownCode(code, catalog.nearest(code, 2)))
  const known = catalog.codes.map((entry) => `\`${entry.code}\``)
  return `${WORDS.notUnderstood} ${known.join(', ')}.`
}

/** What a notification and a screen reader say. */
function notificationText({ code, problem, action, verdict }: FindingRow, catalog: Catalog): string {
  if (problem && action) return `${code}: ${escapeMrkdwn(plain(problem))}. ${escapeMrkdwn(plain(action))}.`
  if (verdict === 'unknown_code' && code) return escapeMrkdwn(unknownCode(code, catalog.nearest(code, 2)))
  return `${WORDS.notUnderstood} ${catalog.codes.map((entry) => entry.code).join(', ')}.`
}

function deviceText({ answer, device }: AnswerShown): string | null {
  if (!answer.device) return null
  if (!device) return `Device \`${escapeCode(answer.device)}\` · not seen yet`
  return `Device \`${escapeCode(device.id)}\` · ${device.isOnline ? '🟢 online' : '⚪ offline'}`
}

function originText({ model, source, catalog_version }: SavedAnswer): string {
  const who = model ? `${source === 'fallback_model' ? 'fallback' : 'assistant'} \`${escapeCode(model)}\`` : 'no model'
  return `${who} · catalog ${escapeMrkdwn(catalog_version)}`
}

function feedbackBlock(answerId: string): KnownBlock {
  return {
    type: 'context_actions',
    block_id: `feedback:${answerId}`,
    elements: [
      {
        type: 'feedback_buttons',
        action_id: ACTION.vote,
        positive_button: {
          text: { type: 'plain_text', text: '👍' },
          value: voteValue('up', answerId),
          accessibility_label: WORDS.thumbUp,
        },
        negative_button: {
          text: { type: 'plain_text', text: '👎' },
          value: voteValue('down', answerId),
          accessibility_label: WORDS.thumbDown,
        },
      },
    ],
  }
}
