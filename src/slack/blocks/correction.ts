import type { KnownBlock } from '@slack/types'
import type { Catalog } from '../../catalog/catalog.ts'
import { targetText } from '../../feedback/corrections/content.ts'
import type { CorrectionRow } from '../../feedback/corrections/correction-row.ts'
import { isOpen } from '../../feedback/corrections/state-machine.ts'
import { REASONS } from '../../feedback/labels.ts'
import { SYSTEM_USER } from '../../feedback/person.ts'
import type { Conflicts } from '../../feedback/review/conflicts.ts'
import { readStatus } from '../../feedback/review/decide.ts'
import { awaitsSecondApproval } from '../../feedback/review/queue.ts'
import { disagreementsOf, warningsOf } from '../../feedback/review/warnings.ts'
import { cut, escapeLiteral, escapeMarked, escapeMrkdwn } from '../platform/escaping.ts'
import { button, confirmation, context, personOf, section } from './elements.ts'
import { ACTION } from './ids.ts'
import { approvedOnce, moment, reviewing, SHARED_WORDS } from './words.ts'

/** The reader; null in a channel, where the buttons check who presses them. */
export type Reader = {
  user: string | null
  now: number
  /** The ids of corrections this reader also proposed. */
  own?: ReadonlySet<string>
}

/**
 * One correction for its reviewer, with the decision buttons. The question and answer to be taught are shown in full:
 * nobody approves what they couldn't read.
 */
export function correctionBlocks(
  row: CorrectionRow,
  reader: Reader,
  catalog: Pick<Catalog, 'codes'>,
  conflicts: Conflicts | null = null,
): KnownBlock[] {
  const beware = [...warningsOf(row), ...(conflicts ? disagreementsOf(conflicts) : [])]
  const reason = Object.hasOwn(REASONS, row.reason) ? REASONS[row.reason as keyof typeof REASONS] : row.reason
  const said = escapeLiteral(quote(row.original_text, 500)) || '(nothing)'
  const note = row.note ? [`*Note:* ${escapeLiteral(quote(row.note, 500))}`] : []
  return [
    section(`*${headOf(row)}* · ${escapeLiteral(row.question)}`),
    section(`*Proposed:* ${escapeLiteral(proposedText(row, catalog))}`),
    section([`*Said:* ${said}`, ...note].join('\n')),
    context(
      [
        ...(awaitsSecondApproval(row) ? [approvedOnce(personOf(row.first_approver ?? ''))] : []),
        ...(beware.length > 0 ? [`⚠️ ${escapeMrkdwn(beware.join(' · '))}`] : []),
        `${row.author === SYSTEM_USER.user ? SHARED_WORDS.foundByHouse : `by ${personOf(row.author)}`} · ${moment(new Date(row.created_at))} · ${escapeMrkdwn(reason)}${row.weight > 1 ? ` · proposed ${row.weight} times` : ''}`,
      ].join('\n'),
    ),
    ...decisionBlocks(row, reader),
    ...(reader.user === null ? [] : [{ type: 'divider' as const }]),
  ]
}

export function headOf({ kind, code }: CorrectionRow): string {
  return kind === 'log' ? SHARED_WORDS.logLine : code ? escapeMarked(code) : SHARED_WORDS.noCode
}

/** The exact words a model would learn. */
export function proposedText(row: CorrectionRow, { codes }: Pick<Catalog, 'codes'>): string {
  return targetText(
    row,
    codes.map(({ code }) => code),
  )
}

/** The buttons, or the reason why this reader has none now. */
function decisionBlocks(row: CorrectionRow, { user, now, own }: Reader): KnownBlock[] {
  const { author, lease_owner: holder, lease_until: until } = row
  if (user === null && !isOpen(readStatus(row.status))) return []
  if (author === user || own?.has(row.id)) return [context(SHARED_WORDS.ownCorrection)]
  if (user !== null && row.first_approver === user) return [context(SHARED_WORDS.approvedByYou)]
  const isHeld = holder !== null && holder !== user && (until ?? 0) > now
  // In a channel the buttons stay, since nothing would bring them back when the claim expires.
  if (isHeld && user !== null) return [context(reviewing(personOf(holder)))]
  return [...(isHeld ? [context(reviewing(personOf(holder)))] : []), buttonsOf(row)]
}

function buttonsOf({ id, consent, target }: CorrectionRow): KnownBlock {
  return {
    type: 'actions',
    elements: [
      // Without an author it can only be approved in a reviewer's own words.
      ...(consent === null
        ? []
        : [
            button('Approve', ACTION.approve, id, {
              style: 'primary',
              confirm: confirmation(
                'Approve this correction?',
                target === 'catalog' ? SHARED_WORDS.catalogWrongMeans : SHARED_WORDS.approvalMeans,
                'Approve',
              ),
            }),
          ]),
      button('Edit and approve…', ACTION.edit, id, consent === null ? { style: 'primary' } : {}),
      button('Reject…', ACTION.reject, id),
    ],
  }
}

function quote(text: string, most: number): string {
  return cut(text.replace(/\s+/g, ' ').trim(), most)
}
