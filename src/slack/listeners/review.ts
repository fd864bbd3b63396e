import type {
  BlockAction,
  SlackActionMiddlewareArgs,
  SlackCommandMiddlewareArgs,
  SlackEventMiddlewareArgs,
  SlackViewMiddlewareArgs,
} from '@slack/bolt'
import {
  approveCorrection,
  claimCorrection,
  countCorrections,
  pageCorrections,
  rejectCorrection,
} from '../../feedback/queue.ts'
import type { CorrectionRow } from '../../feedback/records.ts'
import { OPEN_STATUSES } from '../../feedback/review-states.ts'
import { AppError } from '../../lib/errors.ts'
import type { Logger } from '../../lib/logger.ts'
import type { Store } from '../../store/open.ts'
import { callSlack, type SlackClients } from '../clients.ts'
import { escapeMrkdwn } from '../escaping.ts'
import { type Person, type ReadClick, readClick, readCommand, readForm } from '../reading.ts'
import type { Roles } from '../roles.ts'
import { homeView, QUEUE_PAGE_SIZE } from '../views/home.ts'
import { REJECT_FIELD, rejectView } from '../views/reject.ts'
import { tellClicker, tellInPrivate } from '../whispering.ts'
import { reviewed, WORDS } from '../words.ts'

type ClickArgs = Pick<SlackActionMiddlewareArgs<BlockAction>, 'body' | 'ack'>
type FormArgs = Pick<SlackViewMiddlewareArgs, 'body' | 'ack'>
type CommandArgs = Pick<SlackCommandMiddlewareArgs, 'body' | 'ack'>

export type ReviewListenerParts = {
  store: Store
  clients: SlackClients
  roles: Roles
  activeModel: () => Promise<string>
  catalog: { version: string }
  home: () => string
  logger: Logger
  now: () => number
}

/** The Home tab was opened; the Messages tab fires the same event and shows nothing of ours. */
export const onHomeOpened =
  (parts: ReviewListenerParts) =>
  async ({ event }: Pick<SlackEventMiddlewareArgs<'app_home_opened'>, 'event'>): Promise<void> => {
    if (event.tab === 'home') await publishHome(parts, { user: event.user, team: parts.home() })
  }

async function publishHome(parts: ReviewListenerParts, person: Person, after: string | null = null): Promise<void> {
  const { store, clients, roles, catalog } = parts
  const [{ mayReview }, model] = await Promise.all([roles.of(person), parts.activeModel()])
  const queue = mayReview ? await readQueue(store, after) : null
  const view = homeView({ model, catalogVersion: catalog.version, queue })
  await callSlack(() => clients.interactive.views.publish({ user_id: person.user, view }))
}

async function readQueue(store: Store, after: string | null) {
  const [page, counts] = await Promise.all([
    pageCorrections(store, { statuses: OPEN_STATUSES, size: QUEUE_PAGE_SIZE, after }),
    countCorrections(store),
  ])
  return { page, waiting: counts.proposed + counts.claimed }
}

export const onQueuePage =
  (parts: ReviewListenerParts) =>
  async ({ body, ack }: ClickArgs): Promise<void> => {
    await ack()
    const click = readClick(body)
    if (click) await publishHome(parts, click.person, click.value)
  }

/** Approve: taken and approved in one press; who may not is told why. */
export const onApproveCorrection =
  (parts: ReviewListenerParts) =>
  async ({ body, ack }: ClickArgs): Promise<void> => {
    await ack()
    const click = readClick(body)
    if (!click || !(await mayReview(parts, click))) return
    const row = await decide(parts, click.person, async () => {
      const review = { id: click.value, by: click.person }
      await claimCorrection(parts.store, review, parts.now())
      return approveCorrection(parts.store, review, parts.now())
    })
    if (typeof row === 'string') await tellClicker(parts.clients, click, row)
    else await tellAuthor(parts, row)
    await publishHome(parts, click.person)
  }

export const onRejectCorrection =
  (parts: ReviewListenerParts) =>
  async ({ body, ack }: ClickArgs): Promise<void> => {
    await ack()
    const click = readClick(body)
    if (!click || !(await mayReview(parts, click))) return
    const view = rejectView(click.value)
    await callSlack(() => parts.clients.interactive.views.open({ trigger_id: click.trigger_id, view }))
  }

export const onRejectSent =
  (parts: ReviewListenerParts) =>
  async ({ body, ack }: FormArgs): Promise<void> => {
    const form = readForm(body)
    if (!form) return ack()
    const { mayReview: may } = await parts.roles.of(form.person)
    const row = may
      ? await decide(parts, form.person, async () => {
          const review = { id: form.metadata, by: form.person }
          await claimCorrection(parts.store, review, parts.now())
          return rejectCorrection(parts.store, { ...review, reason: form.values[REJECT_FIELD] ?? '' }, parts.now())
        })
      : WORDS.notReviewer
    if (typeof row === 'string') return ack({ response_action: 'errors', errors: { [REJECT_FIELD]: row } })
    await ack()
    await tellAuthor(parts, row)
    await publishHome(parts, form.person)
  }

async function mayReview({ roles, clients }: ReviewListenerParts, click: ReadClick): Promise<boolean> {
  const rights = await roles.of(click.person)
  if (!rights.mayReview) await tellClicker(clients, click, WORDS.notReviewer)
  return rights.mayReview
}

/** The reviewed row, or the words for a reviewer who may not. */
async function decide(
  { logger }: ReviewListenerParts,
  person: Person,
  work: () => Promise<CorrectionRow>,
): Promise<CorrectionRow | string> {
  return work().catch((error: unknown) => {
    if (!(error instanceof AppError)) throw error
    logger.info({ err: error, person: person.user }, 'a review was refused')
    return error.remedy
  })
}

async function tellAuthor({ clients, logger }: ReviewListenerParts, row: CorrectionRow): Promise<void> {
  const words = reviewed(row.code, row.status === 'rejected' ? escapeMrkdwn(row.review_note ?? '') : null)
  await tellInPrivate(clients, row.author, words).catch((error: unknown) =>
    logger.warn({ err: error, correction: row.id }, 'the author could not be told'),
  )
}

/** `/hydrocore help | status | queue`. */
export const onHydrocoreCommand =
  (parts: ReviewListenerParts) =>
  async ({ body, ack }: CommandArgs): Promise<void> => {
    const command = readCommand(body)
    if (!command) return ack()
    await ack({ response_type: 'ephemeral', text: await say(parts, command.text.toLowerCase(), command) })
  }

async function say(
  parts: ReviewListenerParts,
  subcommand: string,
  { user_id, team_id }: { user_id: string; team_id: string },
): Promise<string> {
  if (subcommand === 'status') return `assistant \`${await parts.activeModel()}\` · catalog ${parts.catalog.version}`
  if (subcommand === 'queue') {
    const { mayReview: may } = await parts.roles.of({ user: user_id, team: team_id })
    if (!may) return WORDS.notReviewer
    const counts = await countCorrections(parts.store)
    return `${counts.proposed + counts.claimed} corrections wait for review. Open my Home tab to review them.`
  }
  return subcommand === '' || subcommand === 'help' ? WORDS.help : `${WORDS.unknownSubcommand}\n${WORDS.help}`
}
