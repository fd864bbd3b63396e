import type { KnownBlock } from '@slack/types'
import { writeAnswer } from '../../diagnosis/answer.ts'
import type { CorrectionRow } from '../../feedback/records.ts'
import { cut, escapeMarked, escapeMrkdwn } from '../escaping.ts'
import { ACTION } from '../ids.ts'
import { moment, REASONS } from '../words.ts'
import { button, confirmation, context, section } from './elements.ts'

/** One correction for its reviewer: what was asked, what the model said, what is proposed, and the decision. */
export function correctionBlocks(row: CorrectionRow): KnownBlock[] {
  const reason = REASONS[row.reason as keyof typeof REASONS] ?? row.reason
  return [
    section(
      [
        `*${escapeMarked(row.code)}* · ${escapeMrkdwn(quote(row.question, 300))}`,
        `*Said:* ${escapeMrkdwn(quote(row.original_text, 500)) || '(nothing)'}`,
        `*Proposed:* ${escapeMrkdwn(quote(writeAnswer(row), 700))}`,
        ...(row.note ? [`*Note:* ${escapeMrkdwn(quote(row.note, 500))}`] : []),
      ].join('\n'),
    ),
    context(
      `by <@${row.author}> · ${moment(new Date(row.created_at))} · ${escapeMrkdwn(reason)}${row.weight > 1 ? ` · proposed ${row.weight} times` : ''}`,
    ),
    {
      type: 'actions',
      elements: [
        button('Approve', ACTION.approve, row.id, {
          style: 'primary',
          confirm: confirmation('Approve this correction?', 'It becomes training data for the next model.', 'Approve'),
        }),
        button('Reject…', ACTION.reject, row.id),
      ],
    },
    { type: 'divider' },
  ]
}

function quote(text: string, most: number): string {
  return cut(text.replace(/\s+/g, ' ').trim(), most)
}
