import type { Catalog } from '../../catalog/catalog.ts'
import { listAwaitingApproval, listRequested } from '../../commands/audit/audit-records.ts'
import { historyOf } from '../../commands/command-records.ts'
import { cursorOfOrder, listOpenOrders } from '../../commands/work-orders/order-records.ts'
import { listPendingDeliveries } from '../../commands/work-orders/webhook.ts'
import { listQuestionsOf, readAnswerFigures } from '../../diagnosis/questions/overview-records.ts'
import { OPEN_STATUSES } from '../../feedback/corrections/state-machine.ts'
import { listInvolving } from '../../feedback/corrections/supporter-records.ts'
import { findConflicts } from '../../feedback/review/conflicts.ts'
import { listOwnCorrections } from '../../feedback/review/overview-records.ts'
import { countCorrections, pageCorrections } from '../../feedback/review/queue.ts'
import { readReviewFigures } from '../../feedback/review/stats.ts'
import { type Page, readPage } from '../../lib/paging.ts'
import type { Store } from '../../store/open.ts'
import type { Person } from '../platform/payloads.ts'
import type { Rights } from '../platform/roles.ts'
import type { AdminShown, Health } from './admin-section.ts'
import { type MemberShown, ORDER_PAGE_SIZE, QUEUE_PAGE_SIZE, REVIEWED_DAYS } from './home-view.ts'
import { LIST_PAGE_SIZE } from './lists.ts'
import { type ModelsShownDeps, readModelsShown } from './models-overview.ts'
import type { HomeList, HomePages } from './pages.ts'
import type { Permalinks } from './permalinks.ts'
import type { VoteTrend } from './vote-trend.ts'

const DAY_MS = 24 * 60 * 60 * 1_000

export type HomeReaderDeps = ModelsShownDeps & {
  catalog: Catalog
  permalinks: Permalinks
  health: (team: string) => Health
  /** Whether work orders go to a system of the company's own. */
  hasWebhook: boolean
  voteTrend: () => Promise<VoteTrend>
  now: () => number
}

export type HomeData = {
  member: MemberShown
  /** An empty page is replaced by the one before it. */
  pages: HomePages
}

/** What a member of the workspace may see, depending on their rights. */
export async function readHome(
  deps: HomeReaderDeps,
  person: Person,
  rights: Rights,
  wanted: HomePages,
): Promise<HomeData> {
  const { store } = deps
  const [approvals, queue, orders, commands, asked, corrections, admin, serving] = await Promise.all([
    rights.mayOperate ? readAwaiting(store, person, wanted) : null,
    rights.mayReview ? readQueue(deps, person, wanted) : null,
    readList(wanted, 'orders', (after) =>
      readPage((range) => listOpenOrders(store, person.team, range), {
        size: ORDER_PAGE_SIZE,
        after,
        placeOf: cursorOfOrder,
      }),
    ),
    readList(wanted, 'commands', (after) =>
      readPage((range) => listRequested(store, person, deps.now() - DAY_MS, range), {
        ...sized(after),
        placeOf: ({ id, requestedAt }) => ({ at: requestedAt?.getTime() ?? 0, id }),
      }),
    ),
    readList(wanted, 'asked', (after) =>
      readPage((range) => listQuestionsOf(store, person, range), { ...sized(after), placeOf: placeOfRow }),
    ),
    readList(wanted, 'corrections', (after) =>
      readPage((range) => listOwnCorrections(store, person, range), { ...sized(after), placeOf: placeOfRow }),
    ),
    rights.isAdmin ? readAdmin(deps, person.team) : null,
    deps.serving(),
  ])
  const history = await historyOf(
    store,
    commands.page.rows.map(({ id }) => id),
  )
  const { rows, next } = asked.page
  const linked = await Promise.all(
    rows.map(async (row) => ({ ...row, link: await linkTo(deps.permalinks, person.team, row) })),
  )
  return {
    member: {
      approvals: approvals?.page ?? null,
      queue: queue
        ? {
            ...{ page: queue.page, waiting: queue.waiting, conflicts: queue.conflicts },
            ...{ own: queue.own, figures: queue.figures },
          }
        : null,
      orders: orders.page,
      commands: commands.page,
      history,
      asked: { rows: linked, next },
      corrections: corrections.page,
      admin,
      serving,
    },
    pages: {
      approvals: approvals?.steps ?? [],
      queue: queue?.steps ?? [],
      orders: orders.steps,
      commands: commands.steps,
      asked: asked.steps,
      corrections: corrections.steps,
    },
  }
}

const sized = (after: string | null) => ({ size: LIST_PAGE_SIZE, after })
const placeOfRow = ({ id, created_at: at }: { id: string; created_at: number }) => ({ at, id })

function readAwaiting(store: Store, person: Person, wanted: HomePages) {
  return readList(wanted, 'approvals', (after) =>
    readPage((range) => listAwaitingApproval(store, person, range), {
      ...sized(after),
      placeOf: ({ id, deadlineAt }) => ({ at: deadlineAt?.getTime() ?? 0, id }),
    }),
  )
}

async function readQueue({ store, catalog, now }: HomeReaderDeps, { user }: Person, wanted: HomePages) {
  const [{ page, steps }, counts, figures] = await Promise.all([
    readList(wanted, 'queue', async (after) => {
      const found = await pageCorrections(store, { statuses: OPEN_STATUSES, size: QUEUE_PAGE_SIZE, after })
      return { rows: found.corrections, next: found.next }
    }),
    countCorrections(store),
    readReviewFigures(store, { since: now() - REVIEWED_DAYS * DAY_MS, now: now() }),
  ])
  const ids = page.rows.map(({ id }) => id)
  const [own, ...found] = await Promise.all([
    listInvolving(store, user, ids),
    ...page.rows.map(async (row) => [row.id, await findConflicts(store, row, catalog)] as const),
  ])
  return {
    page: { corrections: page.rows, next: page.next },
    conflicts: new Map(found),
    own,
    figures,
    waiting: counts.proposed + counts.claimed,
    steps,
  }
}

/** Goes back page by page until one isn't empty. */
async function readList<T>(
  wanted: HomePages,
  list: HomeList,
  read: (after: string | null) => Promise<Page<T>>,
): Promise<{ page: Page<T>; steps: readonly string[] }> {
  for (let steps = wanted[list]; ; steps = steps.slice(0, -1)) {
    const page = await read(steps.at(-1) ?? null)
    if (page.rows.length > 0 || steps.length === 0) return { page, steps }
  }
}

async function readAdmin(deps: HomeReaderDeps, team: string): Promise<AdminShown> {
  const [models, deliveries, figures, votes] = await Promise.all([
    readModelsShown(deps),
    deps.hasWebhook ? readDeliveries(deps.store) : null,
    readAnswerFigures(deps.store, deps.now() - DAY_MS),
    deps.voteTrend(),
  ])
  return { models, figures, votes, health: deps.health(team), deliveries }
}

async function readDeliveries(store: Store): Promise<AdminShown['deliveries']> {
  const waiting = await listPendingDeliveries(store)
  return { waiting: waiting.length, fault: waiting.find(({ lastError }) => lastError !== null)?.lastError ?? null }
}

async function linkTo(
  permalinks: Permalinks,
  team: string,
  { channel, message_ts: ts }: { channel: string | null; message_ts: string | null },
): Promise<string | null> {
  return channel && ts ? permalinks.of(team, { channel, ts }) : null
}
