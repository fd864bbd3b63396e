import type {
  AckFn,
  AllMiddlewareArgs,
  BlockAction,
  Context,
  RespondArguments,
  RespondFn,
  SlackActionMiddlewareArgs,
  SlackCommandMiddlewareArgs,
  SlackEventMiddlewareArgs,
  SlackOptionsMiddlewareArgs,
  SlackViewMiddlewareArgs,
  ViewClosedAction,
} from '@slack/bolt'
import type { Option } from '@slack/types'
import { AppError, isAbort, remedyOf } from '../../lib/errors.ts'
import { escapeCode } from './escaping.ts'
import { type OpenForm, parseOpenForm } from './form-payloads.ts'
import {
  type FormSubmission,
  parseAction,
  parseForm,
  parseReactionEvent,
  parseSearch,
  parseSlashCommand,
  parseWorkspaceRef,
  type Search,
  type SlackAction,
  type SlackReaction,
  type SlashCommand,
} from './payloads.ts'
import {
  type GlobalShortcut,
  type MessageShortcut,
  parseGlobalShortcut,
  parseMessageShortcut,
} from './shortcut-payloads.ts'
import { type Place, tellDirectly } from './tell-directly.ts'
import { typedBefore, WORDS } from './words.ts'

/**
 * The rule of every listener, kept in one place. Slack waits three seconds for an ack, so an ack waits for neither Slack
 * nor a model: what says nothing is sent at once, and what says something (faults of a form, options of a menu) is sent
 * in time with what is known by then. What fails, or takes too long, is told to the person by a road that needs no
 * database; the failure then goes on to the log.
 */

/** An ack that says something is sent after this, whatever is still missing; well within Slack's three seconds. */
const ACK_AFTER_MS = 1_500

/** After this, a person who clicked is told that we're still trying. */
const SLOW_AFTER_MS = 2_500

type Shared = Partial<Pick<AllMiddlewareArgs, 'client' | 'logger'>> & { respond?: RespondFn }
type ClickArgs = Pick<SlackActionMiddlewareArgs<BlockAction>, 'body' | 'ack'> & Shared
type FormArgs = Pick<SlackViewMiddlewareArgs, 'body' | 'ack'> & Shared
type ClosedArgs = Pick<SlackViewMiddlewareArgs<ViewClosedAction>, 'body' | 'ack'> & Shared
type CommandArgs = Pick<SlackCommandMiddlewareArgs, 'body' | 'ack' | 'respond'> & Shared
type ShortcutArgs = { body: unknown; ack: AckFn<void> } & Shared
type ReactionArgs = Pick<SlackEventMiddlewareArgs<'reaction_added' | 'reaction_removed'>, 'body' | 'event'> &
  Shared & { context?: Pick<Context, 'botUserId'> }
type SearchArgs = Pick<SlackOptionsMiddlewareArgs<'block_suggestion'>, 'body' | 'ack'> & Shared

/** A click on a button or a menu option. One that can't be parsed is dropped. */
export function onClick(handle: (click: SlackAction, respond: RespondFn) => unknown) {
  return async (args: ClickArgs): Promise<void> => {
    await acknowledging(args)()
    const click = parseAction(args.body)
    if (click) await attend(args, click, () => handle(click, args.respond as RespondFn))
  }
}

/** A click or a change in one of our forms, with the form's values. */
export function onFormClick(handle: (form: OpenForm, click: SlackAction) => unknown) {
  return async (args: ClickArgs): Promise<void> => {
    await acknowledging(args)()
    const [form, click] = [parseOpenForm(args.body), parseAction(args.body)]
    if (form && click) await attend(args, click, () => handle(form, click))
  }
}

/** What becomes of a submitted form: it stays open with faults by block id, or closes; then `afterwards` goes on. */
export type FormReply = { errors?: Record<string, string>; afterwards?: () => unknown }

/** `isLate` aborts once the person was asked to send the form again: what can't be repeated isn't begun any more. */
type FormHandler<Form> = (form: Form, isLate: AbortSignal) => Promise<FormReply>

/** A submitted form, its inputs by block id. */
export const onForm = (handle: FormHandler<FormSubmission>) => onSubmission(parseForm, handle)

/** A submitted form of fields, which may be under other block ids than their names. */
export const onFieldForm = (handle: FormHandler<OpenForm>) => onSubmission(parseOpenForm, handle)

/** If it fails or takes too long, the form stays open with everything typed. */
function onSubmission<Form>(parse: (body: unknown) => Form | null, handle: FormHandler<Form>) {
  return async (args: FormArgs): Promise<void> => {
    const { body } = args
    const ack = acknowledging(args)
    const form = parse(body)
    if (!form) return ack()
    const [block = ''] = Object.keys(parseForm(body)?.values ?? {})
    const keepOpen = (words: string) => ack({ response_action: 'errors', errors: { [block]: words } })
    const late = new AbortController()
    const handled = handle(form, late.signal)
    const reply = await inTime(handled).catch(async (error: unknown) => {
      await keepOpen(error instanceof AppError ? error.remedy : WORDS.notSaved)
      throw error
    })
    if (reply === LATE) {
      late.abort()
      await keepOpen(WORDS.formTakesLong)
    } else if (reply.errors) await ack({ response_action: 'errors', errors: reply.errors })
    else await ack()
    const { afterwards } = await handled.catch((error: unknown): FormReply => {
      if (late.signal.aborted && isAbort(error)) return {}
      throw error
    })
    await afterwards?.()
  }
}

/** A form closed unsent. */
export function onFormClosed(handle: (form: OpenForm) => unknown) {
  return async (args: ClosedArgs): Promise<void> => {
    await acknowledging(args)()
    const form = parseOpenForm(args.body)
    if (form) await attend(args, { person: form.person }, () => handle(form))
  }
}

/** What a slash command is answered with at once, and what goes on afterwards. */
export type SlashReply = { answer?: RespondArguments; afterwards?: () => unknown }

/** A slash command. If it fails, what was typed is given back. */
export function onSlash(
  handle: (command: SlashCommand, args: Pick<CommandArgs, 'respond' | 'body'>) => Promise<SlashReply>,
) {
  return async (args: CommandArgs): Promise<void> => {
    const ack = acknowledging(args)
    const command = parseSlashCommand(args.body)
    if (!command) return ack()
    const giveBack = (words: string): RespondArguments => ({
      response_type: 'ephemeral',
      text: `${words}\n${typedBefore(escapeCode(`${command.command} ${command.text}`.trim()))}`,
    })
    const handled = handle(command, args)
    const reply = await inTime(handled).catch(async (error: unknown) => {
      await ack(giveBack(remedyOf(error)))
      throw error
    })
    await ack(reply === LATE ? giveBack(WORDS.commandTakesLong) : reply.answer)
    const { afterwards } = await handled
    try {
      await afterwards?.()
    } catch (error) {
      await args.respond(giveBack(remedyOf(error))).catch(() => undefined)
      throw error
    }
  }
}

/** A shortcut in the menu of a message: what must not be lost is stored first, and goes on once it's acknowledged. */
export function onMessageShortcut(
  handle: (picked: MessageShortcut, respond: RespondFn) => Promise<{ afterwards: () => unknown }>,
) {
  return async (args: ShortcutArgs): Promise<void> => {
    const ack = acknowledging(args)
    const picked = parseMessageShortcut(args.body)
    if (!picked) return ack()
    const stored = handle(picked, args.respond as RespondFn)
    await inTime(stored).catch(() => undefined)
    await ack()
    const { person, channel, threadTs, triggerId: trigger_id } = picked
    const place = { person, trigger_id, channel: { id: channel }, message: { thread_ts: threadTs } }
    await attend(args, place, async () => (await stored).afterwards())
  }
}

/** A shortcut from anywhere in Slack. */
export function onGlobalShortcut(handle: (picked: GlobalShortcut) => unknown) {
  return async (args: ShortcutArgs): Promise<void> => {
    await acknowledging(args)()
    const picked = parseGlobalShortcut(args.body)
    if (picked) await attend(args, { person: picked.person, trigger_id: picked.triggerId }, () => handle(picked))
  }
}

/** A reaction added or removed. Only below a message of ours does its person hear of a failure. */
export function onReactionEvent(handle: (reaction: SlackReaction, team: string) => unknown) {
  return async (args: ReactionArgs): Promise<void> => {
    const { body, event, context } = args
    const reaction = parseReactionEvent(event)
    const team = parseWorkspaceRef(body)?.team
    if (!reaction || !team) return
    const place = { person: { user: reaction.user, team }, channel: { id: reaction.item.channel } }
    if (reaction.item_user && reaction.item_user === context?.botUserId)
      await attend(args, place, () => handle(reaction, team))
    else await handle(reaction, team)
  }
}

/** A search in a menu whose options are ours. It shows none when they can't be found in time. */
export function onSearch(find: (search: Search) => Promise<Option[]>) {
  return async (args: SearchArgs): Promise<void> => {
    const ack = acknowledging(args)
    const search = parseSearch(args.body)
    const found = search ? inTime(find(search)) : Promise.resolve([])
    const options = await found.catch(async (error: unknown) => {
      await ack({ options: [] })
      throw error
    })
    await ack({ options: options === LATE ? [] : options })
  }
}

/** An ack that gets lost stops nothing: the work is done all the same, and recognised if Slack delivers it again. */
function acknowledging<Ack extends (...args: never[]) => Promise<void>>({
  ack,
  logger,
}: { ack: Ack } & Pick<Shared, 'logger'>) {
  return (...response: Parameters<Ack>): Promise<void> =>
    ack(...response).catch((error: unknown) => logger?.warn('an acknowledgement did not get through', error))
}

/** Does the work, and tells the person if it fails or takes long. */
async function attend(roads: Shared, place: Place, work: () => unknown): Promise<void> {
  // Above an open form it would stand in the way of who goes on typing.
  const isTyping = place.view?.type === 'modal'
  const slow = isTyping ? null : setTimeout(() => void tellDirectly(roads, place, WORDS.takesLong), SLOW_AFTER_MS)
  try {
    await work()
  } catch (error) {
    await tellDirectly(roads, place, remedyOf(error))
    throw error
  } finally {
    if (slow) clearTimeout(slow)
  }
}

const LATE = Symbol('late')

async function inTime<T>(work: Promise<T>): Promise<T | typeof LATE> {
  const { promise, resolve } = Promise.withResolvers<typeof LATE>()
  const timer = setTimeout(() => resolve(LATE), ACK_AFTER_MS)
  return Promise.race([work, promise]).finally(() => clearTimeout(timer))
}
