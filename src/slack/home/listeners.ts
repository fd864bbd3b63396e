import type { SlackEventMiddlewareArgs } from '@slack/bolt'
import { z } from 'zod'
import type { Commands } from '../../commands/commands.ts'
import type { ActionResult } from '../../commands/send-command.ts'
import { withdrawn } from '../../feedback/labels.ts'
import { withdrawCorrection } from '../../feedback/review/withdraw.ts'
import type { InFlight } from '../../lib/background.ts'
import { remedyOf } from '../../lib/errors.ts'
import type { Logger } from '../../lib/logger.ts'
import type { Store } from '../../store/open.ts'
import { onClick } from '../platform/listeners.ts'
import { parseWorkspaceRef, type SlackAction } from '../platform/payloads.ts'
import type { Roles } from '../platform/roles.ts'
import type { Homes } from './homes.ts'
import { readPages, turnPage } from './pages.ts'
import type { Prompts } from './suggested-prompts.ts'
import { WORDS } from './words.ts'

export type HomeListenerDeps = {
  homes: Homes
  prompts: Prompts
  commands: Commands
  roles: Roles
  store: Store
  inFlight: InFlight
  logger: Logger
  now: () => number
}

const Opened = z.object({
  user: z.string().min(1),
  channel: z.string().default(''),
  tab: z.string().optional(),
  view: z.object({ hash: z.string().optional() }).nullish(),
})

/** One of our tabs was opened: publishes Home, and offers prompts in the conversation. */
export function onHomeOpened({ homes, prompts }: HomeListenerDeps) {
  return async function onHomeOpened({
    body,
    event,
  }: Pick<SlackEventMiddlewareArgs<'app_home_opened'>, 'body' | 'event'>): Promise<void> {
    const team = parseWorkspaceRef(body)?.team
    const opened = Opened.safeParse(event)
    if (!team || !opened.success) return
    const { user, channel, tab, view } = opened.data
    if (tab === 'home') await homes.publish({ user, team }, { hash: view?.hash })
    if (tab === 'messages' && channel) await prompts.offer(team, channel)
  }
}

/** "Next page", "Previous page": other lists keep their pages. */
export function onHomePage({ homes }: HomeListenerDeps) {
  return onClick(async function onHomePage(click) {
    await homes.publish(click.person, { ...seenIn(click), pages: turnPage(pagesOf(click), click.value) })
  })
}

export function onHomeRefresh({ homes }: HomeListenerDeps) {
  return onClick(async function onHomeRefresh(click) {
    await homes.publish(click.person, seenIn(click))
  })
}

export const onHomeApproveCommand = (deps: HomeListenerDeps) =>
  onDecision(deps, WORDS.commandApproved, (id, person) => deps.commands.approve(id, person))

export const onHomeDenyCommand = (deps: HomeListenerDeps) =>
  onDecision(deps, WORDS.commandDenied, (id, person) => deps.commands.deny(id, person))

/** The requester withdraws a command that waits for approval. */
export const onWithdrawCommand = (deps: HomeListenerDeps) =>
  onDecision(deps, WORDS.commandWithdrawn, (id, person) => deps.commands.cancel(id, person))

/** Checks the decision again for the person who clicked, then shows the result in Home. */
function onDecision(
  { homes, roles, inFlight }: HomeListenerDeps,
  done: string,
  decide: (id: string, person: Parameters<Commands['approve']>[1]) => Promise<ActionResult>,
) {
  return onClick(async function onDecision(click) {
    const person = { ...click.person, ...(await roles.of(click.person)) }
    await inFlight.run(async () => {
      const outcome = await decide(click.value, person).catch((error: unknown) => ({ remedy: remedyOf(error) }))
      await homes.publish(click.person, { ...seenIn(click), notice: noticeOf(outcome) ?? done })
    })
  })
}

function noticeOf(outcome: ActionResult | { remedy: string }): string | null {
  if ('remedy' in outcome) return outcome.remedy
  return outcome.kind === 'refused' ? outcome.refusal.remedy : null
}

/** A person withdraws a correction in any state; it stays for others who proposed the same. */
export function onWithdrawCorrection({ homes, store, logger, now }: HomeListenerDeps) {
  return onClick(async function onWithdrawCorrection(click) {
    const notice = await withdrawCorrection(store, { id: click.value, by: click.person }, now()).then(
      withdrawn,
      (error: unknown) => {
        logger.info({ err: error, person: click.person.user }, 'a correction was not withdrawn')
        return remedyOf(error)
      },
    )
    await homes.publish(click.person, { ...seenIn(click), notice })
  })
}

const pagesOf = ({ view }: SlackAction) => readPages(view?.private_metadata ?? '')
const seenIn = (click: SlackAction) => ({ pages: pagesOf(click), hash: click.view?.hash })
