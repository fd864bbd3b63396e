import type { KnownBlock } from '@slack/types'
import type { LiveModel } from '../../diagnosis/live-models.ts'
import { cut, escapeCode, escapeMrkdwn, plain } from '../escaping.ts'
import { ACTION, rollBackValue } from '../ids.ts'
import { moment } from '../words.ts'
import { button, confirmation, personOf, section } from './elements.ts'

const MOST_NAME = 150

/** What is live, since when and by whom, with a button that puts the model before it back. */
export function modelBlocks(models: readonly LiveModel[]): KnownBlock[] {
  return models.flatMap((live): KnownBlock[] => {
    const { alias, model, moved } = live
    const text = `*${alias}*: \`${escapeCode(cut(model, MOST_NAME))}\`\n${moved ? since(moved) : 'as the settings say'}`
    if (!moved?.previous) return [section(text)]
    const warning = `${alias} goes back to ${cut(plain(moved.previous), MOST_NAME)}. Running bots follow at once.`
    return [
      section(text),
      {
        type: 'actions',
        elements: [
          button(`Roll back ${alias}`, ACTION.rollBack, rollBackValue(live), {
            style: 'danger',
            confirm: confirmation(`Roll back ${alias}?`, warning, 'Roll back'),
          }),
        ],
      },
    ]
  })
}

function since({ by, at, reason, previous }: NonNullable<LiveModel['moved']>): string {
  const before = previous ? ` · before: \`${escapeCode(cut(previous, MOST_NAME))}\`` : ''
  const why = reason ? ` · ${escapeMrkdwn(cut(reason.replace(/\s+/g, ' '), 300))}` : ''
  return `since ${moment(new Date(at))} by ${personOf(by)}${before}${why}`
}
