import type { Category } from '../../diagnosis/prompt.ts'
import type { LogLine } from '../../diagnosis/questions/log-line-records.ts'
import { cut, escapeCode, escapeMrkdwn } from '../platform/escaping.ts'
import type { SlackMessage } from '../platform/message.ts'
import { button, context, section } from './elements.ts'
import { ACTION, logVoteValue } from './ids.ts'
import { voteButtons } from './vote-buttons.ts'
import { SHARED_WORDS } from './words.ts'

/** A log line may be long, and its reader has just typed it. */
const MAX_QUOTED = 300
const MAX_NAME = 150

/** The category of a log line with its thumbs; for an unknown one, a button to name it. */
export function logLineMessage({ id, line, category, model }: LogLine): SlackMessage {
  const said = category ? `${SHARED_WORDS.classified} *${nameOfCategory(category)}*.` : SHARED_WORDS.unclassified
  const text = `${said}\n${quotedLine(line)}`
  return {
    text,
    blocks: [
      section(text),
      category
        ? voteButtons(id, ACTION.voteOnCategory, { up: logVoteValue('up', id), down: logVoteValue('down', id) })
        : { type: 'actions', elements: [button(SHARED_WORDS.chooseCategory, ACTION.correctCategory, id)] },
      context(`classifier \`${escapeCode(cut(model, MAX_NAME))}\``),
    ],
  }
}

export function quotedLine(line: string): string {
  return `> ${escapeMrkdwn(cut(line.replace(/\s+/g, ' ').trim(), MAX_QUOTED))}`
}

/** In plain words, such as `Sensor fault`. */
export function nameOfCategory(category: Category): string {
  return category.charAt(0) + category.slice(1).toLowerCase().replaceAll('_', ' ')
}
