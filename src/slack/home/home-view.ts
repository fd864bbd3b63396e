import type { HomeView, KnownBlock } from '@slack/types'
import type { Catalog } from '../../catalog/catalog.ts'
import type { Command, CommandHistory } from '../../commands/command.ts'
import type { WorkOrder } from '../../commands/work-orders/order-records.ts'
import type { Serving } from '../../diagnosis/strategies.ts'
import type { CorrectionRow } from '../../feedback/corrections/correction-row.ts'
import { REVIEW_WORDS } from '../../feedback/labels.ts'
import type { Conflicts } from '../../feedback/review/conflicts.ts'
import type { QueuePage } from '../../feedback/review/queue.ts'
import type { ReviewFigures } from '../../feedback/review/stats.ts'
import type { Page } from '../../lib/paging.ts'
import { correctionBlocks } from '../blocks/correction.ts'
import { button, context, header, personOf, section } from '../blocks/elements.ts'
import { ACTION } from '../blocks/ids.ts'
import { LIMITS } from '../blocks/limits.ts'
import { servedBy } from '../blocks/models.ts'
import { SHARED_WORDS } from '../blocks/words.ts'
import { orderBlocks } from '../blocks/work-order.ts'
import { cut, escapeMrkdwn } from '../platform/escaping.ts'
import { type AdminShown, adminBlocks } from './admin-section.ts'
import {
  awaitingBlocks,
  listBlocks,
  ownCommandBlocks,
  ownCorrectionBlocks,
  type QuestionShown,
  questionBlocks,
} from './lists.ts'
import { type HomePages, writePages } from './pages.ts'
import { queueFigures, reviewerFigures, WORDS } from './words.ts'

export type QueueShown = {
  page: QueuePage
  waiting: number
  /** The conflicts of each correction on the page, by its id. */
  conflicts: ReadonlyMap<string, Conflicts>
  /** The ids of corrections the reader proposed or supported. */
  own: ReadonlySet<string>
  figures: ReviewFigures
}

/** What a member of the workspace sees; null where they aren't allowed to. */
export type MemberShown = {
  approvals: Page<Command> | null
  queue: QueueShown | null
  /** This workspace's open work orders. */
  orders: Page<WorkOrder>
  commands: Page<Command>
  /** What happened to those commands. */
  history: CommandHistory
  asked: Page<QuestionShown>
  corrections: Page<CorrectionRow>
  admin: AdminShown | null
  serving: Serving
}

export type HomeShown = {
  reader: { user: string; now: number }
  /** The outcome of the reader's last click. */
  notice: string | null
  pages: HomePages
  /** Null for guests and people of other companies, who only see how to ask. */
  member: MemberShown | null
}

/** The period of the reviewers' figures. */
export const REVIEWED_DAYS = 30

/** Corrections per page of the queue; each may be long and take seven blocks. */
export const QUEUE_PAGE_SIZE = 5

/** Each takes two blocks, beside the rest of the tab. */
export const ORDER_PAGE_SIZE = 3
const MAX_NAME = 150

/** The App Home tab. */
export function homeView(shown: HomeShown, catalog: Catalog): HomeView {
  const { notice, member, pages } = shown
  return {
    type: 'home',
    private_metadata: writePages(pages),
    blocks: named([
      ...(notice ? [section(`*${escapeMrkdwn(notice)}*`)] : []),
      ...(member
        ? memberBlocks(member, shown, catalog)
        : [header(WORDS.howToAsk), section(SHARED_WORDS.help), context(WORDS.homeForGuests)]),
    ]),
  }
}

/** Block ids stay the same between publications, so that a click just before one still finds its button. */
function named(blocks: KnownBlock[]): KnownBlock[] {
  const taken = new Set<string>()
  return blocks.map((block) => {
    const first = block.type === 'actions' ? block.elements[0] : block.type === 'section' ? block.accessory : undefined
    if (first?.type !== 'button') return block
    const name = `${first.action_id}:${first.value}`.slice(0, LIMITS.id)
    if (taken.has(name)) return block
    taken.add(name)
    return { ...block, block_id: name }
  })
}

function memberBlocks(member: MemberShown, { reader, pages }: HomeShown, catalog: Catalog): KnownBlock[] {
  const { approvals, queue, orders, commands, history, asked, corrections, admin, serving } = member
  const hasOwn = asked.rows.length + corrections.rows.length + commands.rows.length > 0
  return [
    section(hasOwn ? WORDS.homeIntro : WORDS.nothingAsked),
    {
      type: 'actions',
      elements: [
        button('Refresh', ACTION.homeRefresh, 'refresh'),
        ...(queue || admin ? [button('Export approved corrections', ACTION.homeExport, 'export')] : []),
      ],
    },
    ...(approvals && approvals.rows.length > 0
      ? listBlocks({ list: 'approvals', title: 'Waiting for your approval', pages }, approvals, awaitingBlocks(catalog))
      : []),
    ...(queue ? queueBlocks(queue, reader, pages, catalog) : []),
    ...(orders.rows.length > 0
      ? listBlocks({ list: 'orders', title: 'Open work orders', pages }, orders, orderBlocks)
      : []),
    ...(commands.rows.length > 0
      ? listBlocks(
          { list: 'commands', title: 'Your commands, last 24 hours', pages },
          commands,
          ownCommandBlocks(history),
        )
      : []),
    ...(asked.rows.length > 0
      ? listBlocks({ list: 'asked', title: 'Your recent questions', pages }, asked, questionBlocks)
      : []),
    ...(corrections.rows.length > 0
      ? listBlocks({ list: 'corrections', title: 'Your corrections', pages }, corrections, ownCorrectionBlocks(catalog))
      : []),
    ...(admin ? adminBlocks(admin, catalog.version) : []),
    { type: 'divider' },
    header(WORDS.howToAsk),
    section(SHARED_WORDS.help),
    context(`${servedBy(serving)} · catalog ${escapeMrkdwn(cut(catalog.version, MAX_NAME))}`),
  ]
}

function queueBlocks(
  { page, waiting, conflicts, own, figures }: QueueShown,
  reader: HomeShown['reader'],
  pages: HomePages,
  catalog: Catalog,
): KnownBlock[] {
  if (page.corrections.length === 0)
    return [{ type: 'divider' }, header('Review queue'), section(REVIEW_WORDS.queueEmpty), figuresBlock(figures)]
  const list = { list: 'queue', title: `Review queue (${waiting})`, pages } as const
  const rows = page.corrections
  const last = rows.at(-1)
  const [divider, title, ...rest] = listBlocks(list, { rows, next: page.next }, (row) => {
    const blocks = correctionBlocks(row, { ...reader, own }, catalog, conflicts.get(row.id))
    // What follows the list starts with its own divider.
    return row === last ? blocks.filter(({ type }) => type !== 'divider') : blocks
  })
  return [divider, title, figuresBlock(figures), ...rest].filter((block) => block !== undefined)
}

/** The number of reviewers shown; the CLI reports the rest. */
const MAX_REVIEWERS = 5

function figuresBlock(figures: ReviewFigures): KnownBlock {
  const reviewers = figures.reviewers
    .slice(0, MAX_REVIEWERS)
    .map((one) => `${personOf(one.reviewer)}: ${reviewerFigures(one)}`)
  return context([queueFigures(figures, REVIEWED_DAYS), ...reviewers].join('\n'))
}
