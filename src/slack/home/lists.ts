import type { KnownBlock, SectionBlock } from '@slack/types'
import type { Catalog } from '../../catalog/catalog.ts'
import type { Command, CommandHistory } from '../../commands/command.ts'
import type { QuestionListRow } from '../../diagnosis/questions/overview-records.ts'
import type { CorrectionRow } from '../../feedback/corrections/correction-row.ts'
import { isOpen } from '../../feedback/corrections/state-machine.ts'
import type { CorrectionStatus } from '../../feedback/corrections/status.ts'
import { CORRECTION_STATES } from '../../feedback/labels.ts'
import type { Page } from '../../lib/paging.ts'
import { approvalBlocks } from '../blocks/approval.ts'
import { statusLine } from '../blocks/command.ts'
import { proposedText } from '../blocks/correction.ts'
import { button, confirmation, header, section } from '../blocks/elements.ts'
import { ACTION } from '../blocks/ids.ts'
import { LIMITS } from '../blocks/limits.ts'
import { moment, SHARED_WORDS } from '../blocks/words.ts'
import { cut, escapeMarked, escapeMrkdwn, plain } from '../platform/escaping.ts'
import { type HomeList, type HomePages, pageValue } from './pages.ts'
import { WORDS } from './words.ts'

/** Entries per page of a list; those of the queue are larger. */
export const LIST_PAGE_SIZE = 5

/** For text that is shown in full elsewhere. */
const MAX_QUOTED = 240

/** One list with its heading and paging buttons. */
export function listBlocks<T>(
  { list, title, pages }: { list: HomeList; title: string; pages: HomePages },
  page: Page<T>,
  blocksOf: (row: T) => KnownBlock[],
): KnownBlock[] {
  const turns = [
    ...(pages[list].length > 0 ? [button('Previous page', ACTION.homeBack, pageValue.back(list))] : []),
    ...(page.next ? [button('Next page', ACTION.homeNext, pageValue.next(list, page.next))] : []),
  ]
  return [
    { type: 'divider' },
    header(title),
    ...page.rows.flatMap(blocksOf),
    ...(turns.length > 0 ? [{ type: 'actions' as const, elements: turns }] : []),
  ]
}

/** One of the reader's questions, its outcome and a link to the answer. */
export type QuestionShown = QuestionListRow & { link: string | null }

export function questionBlocks({ text, state, created_at, code, problem, verdict, link }: QuestionShown): KnownBlock[] {
  const known = verdict === 'unknown_code' ? WORDS.notInCatalog : problem
  const parts = [code, known].flatMap((part) => (part ? marked(part) : []))
  const what = parts.length > 0 ? `*${parts.join(' · ')}*` : statusOf(state)
  const way = link ? ` · <${escapeLink(link)}|${WORDS.openAnswer}>` : ''
  return [section(`${what}${way}\n${quoted(text)} · ${moment(new Date(created_at))}`)]
}

function statusOf(state: QuestionListRow['state']): string {
  return `_${state === 'claimed' ? WORDS.beingAnswered : WORDS.noAnswer}_`
}

/** A command the reader requested, and its progress. */
export const ownCommandBlocks =
  (history: CommandHistory) =>
  (command: Command): KnownBlock[] => {
    const said = command.deviceMessage ? [`> ${quote(command.deviceMessage)}`] : []
    const at = command.requestedAt ? ` · ${moment(command.requestedAt)}` : ''
    const text = section([`${statusLine(command, history.get(command.id))}${at}`, ...said].join('\n'))
    if (command.state !== 'awaiting_approval') return [text]
    return [
      withButton(
        text,
        button('Withdraw', ACTION.withdrawCommand, command.id, {
          accessibility_label: spoken(`Withdraw ${command.command} on ${command.device}`),
          confirm: confirmation('Withdraw this command?', 'Nothing will be sent.', 'Withdraw'),
        }),
      ),
    ]
  }

/** Somebody else's command that waits for approval. */
export const awaitingBlocks =
  (catalog: Catalog) =>
  (command: Command): KnownBlock[] =>
    approvalBlocks(command, catalog, { approve: ACTION.homeApproveCommand, deny: ACTION.homeDenyCommand })

/** One of the reader's corrections, and its review. */
export const ownCorrectionBlocks =
  (catalog: Catalog) =>
  (row: CorrectionRow): KnownBlock[] => {
    const status = row.status as CorrectionStatus
    const note = !isOpen(status) && row.review_note ? [`> ${quote(row.review_note)}`] : []
    const text = section(
      [
        `*${row.kind === 'log' ? SHARED_WORDS.logLine : marked(row.code) || SHARED_WORDS.noCode}* · ${CORRECTION_STATES[status] ?? marked(row.status)} · ${moment(new Date(row.created_at))}`,
        row.kind === 'log' ? `${quoted(row.question)} → *${marked(row.code)}*` : quoted(proposedText(row, catalog)),
        ...note,
      ].join('\n'),
    )
    if (status === 'withdrawn') return [text]
    return [
      withButton(
        text,
        button('Withdraw', ACTION.withdrawCorrection, row.id, {
          accessibility_label: spoken(
            `Withdraw your correction for ${row.kind === 'log' ? SHARED_WORDS.logLine : row.code}`,
          ),
          confirm: confirmation('Withdraw this correction?', WORDS.withdrawMeans, 'Withdraw'),
        }),
      ),
    ]
  }

function withButton(text: SectionBlock, accessory: ReturnType<typeof button>): KnownBlock {
  return { ...text, accessory }
}

/** The screen reader label of a button whose text isn't unique. */
function spoken(words: string): string {
  return cut(plain(words), LIMITS.buttonText)
}

function quote(text: string): string {
  return escapeMrkdwn(cut(text.replace(/\s+/g, ' ').trim(), MAX_QUOTED))
}

function quoted(text: string): string {
  return `“${quote(text)}”`
}

function marked(text: string): string {
  return escapeMarked(cut(text.replace(/\s+/g, ' '), MAX_QUOTED))
}

/** A URL between `<` and `|`; once parsed, it contains no angle brackets. */
function escapeLink(link: string): string {
  return new URL(link).href.replaceAll('|', '%7C').replaceAll('&', '&amp;')
}
