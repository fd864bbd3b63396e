import type { KnownBlock } from '@slack/types'
import type { Catalog } from '../../catalog/catalog.ts'
import { writeTaught } from '../../feedback/content.ts'
import { HOUSE } from '../../feedback/house-proposals.ts'
import { awaitsSecondApproval } from '../../feedback/queue.ts'
import type { CorrectionRow } from '../../feedback/records.ts'
import { cut, escapeMarked, escapeMrkdwn } from '../escaping.ts'
import { ACTION } from '../ids.ts'
import { approvedOnce, moment, REASONS, reviewing, WORDS } from '../words.ts'
import { button, confirmation, context, personOf, section } from './elements.ts'

/**
 * One correction for its reviewer, and the decision. What would be taught, the question and the answer, stands there
 * whole: nobody approves what they could not read.
 */
export function correctionBlocks(
  row: CorrectionRow,
  reader: { user: string; now: number },
  catalog: Pick<Catalog, 'codes'>,
): KnownBlock[] {
  const reason = Object.hasOwn(REASONS, row.reason) ? REASONS[row.reason as keyof typeof REASONS] : row.reason
  const said = escapeMrkdwn(quote(row.original_text, 500)) || '(nothing)'
  const note = row.note ? [`*Note:* ${escapeMrkdwn(quote(row.note, 500))}`] : []
  return [
    section(`*${headOf(row)}* · ${escapeMrkdwn(row.question)}`),
    section(`*Proposed:* ${escapeMrkdwn(proposedText(row, catalog))}`),
    section([`*Said:* ${said}`, ...note].join('\n')),
    ...(awaitsSecondApproval(row) ? [context(approvedOnce(personOf(row.first_approver ?? '')))] : []),
    context(
      `${row.author === HOUSE.user ? WORDS.foundByHouse : `by ${personOf(row.author)}`} · ${moment(new Date(row.created_at))} · ${escapeMrkdwn(reason)}${row.weight > 1 ? ` · proposed ${row.weight} times` : ''}`,
    ),
    decisionBlock(row, reader),
    { type: 'divider' },
  ]
}

function headOf({ kind, code }: CorrectionRow): string {
  return kind === 'log' ? WORDS.logLine : code ? escapeMarked(code) : WORDS.noCode
}

/** The very words that a model would learn. */
export function proposedText(row: CorrectionRow, { codes }: Pick<Catalog, 'codes'>): string {
  return writeTaught(
    row,
    codes.map(({ code }) => code),
  )
}

/** The buttons, or why there are none for this reader now. */
function decisionBlock(row: CorrectionRow, { user, now }: { user: string; now: number }): KnownBlock {
  const { id, author, lease_owner: holder, lease_until: until } = row
  if (author === user) return context(WORDS.ownCorrection)
  if (row.first_approver === user) return context(WORDS.approvedByYou)
  if (holder !== null && holder !== user && (until ?? 0) > now) return context(reviewing(personOf(holder)))
  return {
    type: 'actions',
    elements: [
      button('Approve', ACTION.approve, id, {
        style: 'primary',
        confirm: confirmation('Approve this correction?', 'It becomes training data for the next model.', 'Approve'),
      }),
      button('Reject…', ACTION.reject, id),
    ],
  }
}

function quote(text: string, most: number): string {
  return cut(text.replace(/\s+/g, ' ').trim(), most)
}
