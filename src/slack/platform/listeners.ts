import type {
  BlockAction,
  RespondFn,
  SlackActionMiddlewareArgs,
  SlackCommandMiddlewareArgs,
  SlackViewMiddlewareArgs,
  ViewClosedAction,
} from '@slack/bolt'
import { type OpenForm, parseOpenForm } from './form-payloads.ts'
import {
  type FormSubmission,
  parseAction,
  parseForm,
  parseSlashCommand,
  type SlackAction,
  type SlashCommand,
} from './payloads.ts'

type ClickArgs = Pick<SlackActionMiddlewareArgs<BlockAction>, 'body' | 'ack'> & { respond?: RespondFn }
type FormArgs = Pick<SlackViewMiddlewareArgs, 'body' | 'ack'>
type ClosedArgs = Pick<SlackViewMiddlewareArgs<ViewClosedAction>, 'body' | 'ack'>
type CommandArgs = Pick<SlackCommandMiddlewareArgs, 'body' | 'ack' | 'respond'>

/** A click on a button or a menu option: acknowledged at once. One that can't be parsed is dropped. */
export function onClick(handle: (click: SlackAction, respond: RespondFn) => unknown) {
  return async ({ body, ack, respond }: ClickArgs): Promise<void> => {
    await ack()
    const click = parseAction(body)
    if (click) await handle(click, respond as RespondFn)
  }
}

/** A click or a change in one of our forms: acknowledged at once, and passed on with the form's values. */
export function onFormClick(handle: (form: OpenForm, click: SlackAction) => unknown) {
  return async ({ body, ack }: ClickArgs): Promise<void> => {
    await ack()
    const [form, click] = [parseOpenForm(body), parseAction(body)]
    if (form && click) await handle(form, click)
  }
}

export type FormAck = FormArgs['ack']

/** A submitted form. The handler acknowledges it, since faults are shown by the ack. */
export function onForm(handle: (form: FormSubmission, ack: FormAck) => unknown) {
  return async ({ body, ack }: FormArgs): Promise<void> => {
    const form = parseForm(body)
    if (form) await handle(form, ack)
    else await ack()
  }
}

/** A form closed unsent: acknowledged at once. */
export function onFormClosed(handle: (form: OpenForm) => unknown) {
  return async ({ body, ack }: ClosedArgs): Promise<void> => {
    await ack()
    const form = parseOpenForm(body)
    if (form) await handle(form)
  }
}

/** A slash command. The handler acknowledges it, as some answer with the ack. */
export function onSlash(
  handle: (command: SlashCommand, args: Pick<CommandArgs, 'ack' | 'respond' | 'body'>) => unknown,
) {
  return async (args: CommandArgs): Promise<void> => {
    const command = parseSlashCommand(args.body)
    if (command) await handle(command, args)
    else await args.ack()
  }
}
