import type { Catalog } from '../../catalog/catalog.ts'
import type { CorrectionRow } from '../../feedback/corrections/correction-row.ts'
import type { Conflicts } from '../../feedback/review/conflicts.ts'
import { escapeMrkdwn } from '../platform/escaping.ts'
import type { SlackMessage } from '../platform/message.ts'
import { correctionBlocks, headOf } from './correction.ts'
import { context, personOf } from './elements.ts'
import { moment, SHARED_WORDS, settledWords } from './words.ts'

/** A correction in the reviewers' channel: with buttons while it waits, then with its outcome. */
export function reviewMessage(
  row: CorrectionRow,
  { now, catalog, conflicts }: { now: number; catalog: Pick<Catalog, 'codes'>; conflicts: Conflicts | null },
): SlackMessage {
  const settled = settledWords(row, row.reviewer && personOf(row.reviewer), escapeMrkdwn(row.review_note ?? ''))
  const blocks = correctionBlocks(row, { user: null, now }, catalog, conflicts)
  const at = row.reviewed_at ? ` · ${moment(new Date(row.reviewed_at))}` : ''
  return {
    text: `${settled ? SHARED_WORDS.correctionSettled : SHARED_WORDS.correctionWaits}: ${headOf(row)}`,
    blocks: settled ? [...blocks, context(`${settled}${at}`)] : blocks,
  }
}
