import type { KnownBlock, SectionBlock } from '@slack/types'
import { STATED_FIELDS } from '../../feedback/corrections/correction-fields.ts'
import type { CorrectionRow } from '../../feedback/corrections/correction-row.ts'
import type { Difference } from '../../feedback/corrections/teachability.ts'
import { adviceWords, likelyWords, REVIEW_WORDS } from '../../feedback/labels.ts'
import type { Conflicts } from '../../feedback/review/conflicts.ts'
import type { LikelyDuplicate } from '../../feedback/review/likely-duplicates.ts'
import { cut, escapeLiteral, escapeMrkdwn } from '../platform/escaping.ts'
import { button, confirmation, context, personOf, section } from './elements.ts'
import { ACTION } from './ids.ts'
import { SHARED_WORDS } from './words.ts'

/** Slack takes 2,000 characters in a field, and the title needs some of them. */
const MAX_CELL = 1_500

/** The differences side by side: the proposal on the left, the existing entry on the right. */
export function sideBySide(differences: readonly Difference[], titles: { here: string; there: string }): SectionBlock {
  const cells = differences.flatMap(({ field, here, there }) => [
    `*${STATED_FIELDS[field]}*\n${cell(here)}`,
    `*${STATED_FIELDS[field]}*\n${cell(there)}`,
  ])
  const fields = [`*${titles.here}*`, `*${titles.there}*`, ...cells]
  return { type: 'section', fields: fields.map((text) => ({ type: 'mrkdwn', text, verbatim: true })) }
}

function cell(text: string | null): string {
  return text === null || text.trim() === '' ? `_${SHARED_WORDS.none}_` : cut(escapeLiteral(text), MAX_CELL)
}

/** Everything a correction conflicts with, side by side, with what a reviewer can do about it. */
export function conflictBlocks(
  row: CorrectionRow,
  { catalog, approved, waiting }: Conflicts,
  { version, taught }: { version: string; taught: (row: CorrectionRow) => string },
): KnownBlock[] {
  const here = SHARED_WORDS.proposedHere
  return [
    ...(catalog
      ? [
          section(`⚠️ *${REVIEW_WORDS.catalogDiffers}*`),
          sideBySide(catalog.differences, { here, there: `Catalog ${escapeMrkdwn(cut(version, 100))}` }),
          ...(catalog.isTeachable ? [context(escapeMrkdwn(adviceWords(catalog.newAdvice)))] : catalogBlocks(row.id)),
        ]
      : []),
    ...approved.flatMap(({ correction, differences, isSameQuestion }) => [
      section(
        `⚠️ *${REVIEW_WORDS.approvedDiffers}*${isSameQuestion ? `, ${REVIEW_WORDS.sameQuestion}` : ''}${correction.reviewer ? ` · approved by ${personOf(correction.reviewer)}` : ''}`,
      ),
      ...(differences.length > 0
        ? [sideBySide(differences, { here, there: SHARED_WORDS.approvedBefore })]
        : [section(escapeLiteral(cut(taught(correction), MAX_CELL)))]),
    ]),
    ...waiting.map((other) => mergeBlock(other, REVIEW_WORDS.waitsAsWell, taught(other))),
  ]
}

/** Corrections that may ask the same in other words; a reviewer decides whether they do. */
export function likelyBlocks(likely: readonly LikelyDuplicate[], taught: (row: CorrectionRow) => string): KnownBlock[] {
  return likely.map(({ correction, isSameAnswer }) =>
    mergeBlock(
      correction,
      likelyWords(correction.status, isSameAnswer),
      isSameAnswer ? correction.question : `${correction.question}\n${taught(correction)}`,
    ),
  )
}

function mergeBlock(other: CorrectionRow, title: string, text: string): SectionBlock {
  return {
    ...section(`*${title}*\n${escapeLiteral(cut(text, MAX_CELL))}`),
    accessory: button('Merge into this', ACTION.merge, other.id, {
      confirm: confirmation('Merge?', SHARED_WORDS.mergeMeans, 'Merge'),
    }),
  }
}

function catalogBlocks(id: string): KnownBlock[] {
  return [
    context(REVIEW_WORDS.catalogForbids),
    {
      type: 'actions',
      elements: [
        button('The catalog is wrong', ACTION.catalogWrong, id, {
          confirm: confirmation('Ask for another catalog?', SHARED_WORDS.catalogWrongMeans, 'Yes'),
        }),
      ],
    },
  ]
}
