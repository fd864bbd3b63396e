import type { DeviceAction, Message, Outcome, StateValues } from '../contract.ts'
import { post } from './api.ts'
import { tell } from './notices.ts'
import { openThread } from './place.ts'
import type { Loose } from './read.ts'
import { room, viewerId } from './store.ts'
import { encodeEntities } from './text/slack-tokens.ts'
import { readCommand } from './text/typing.ts'

async function said(outcome: Promise<Outcome>): Promise<Outcome> {
  const result = await outcome
  if (!result.ok) tell(result.error)
  return result
}

export type Attachment = { name: string; text: string }

/**
 * Sends what was typed, as a message or a slash command; the sentence to show when it could not be sent, else null.
 * As in Slack's own client, what was typed cannot become markup; names are found by the workspace.
 */
export async function send(
  typed: string,
  channel: string,
  threadTs: string | null,
  files: readonly Attachment[],
  alsoToChannel = false,
): Promise<string | null> {
  const user = viewerId.peek()
  const command = files.length === 0 ? readCommand(typed) : null
  if (command) {
    if (threadTs !== null) return 'Slash commands do not work in threads. Use one in the conversation itself.'
    if (!room.value?.commands.some((each) => each.command === command.command)) {
      return `${command.command} is not a command here. Type / to see those there are.`
    }
    const outcome = await post('/sandbox/commands', { user, channel, ...command })
    return outcome.ok ? null : outcome.error
  }
  const outcome = await post('/sandbox/messages', {
    user,
    channel,
    text: encodeEntities(typed.trim()),
    ...(threadTs === null ? {} : { threadTs, alsoToChannel }),
    ...(files.length === 0 ? {} : { files }),
  })
  return outcome.ok ? null : outcome.error
}

/** Passes a message on to the app, in the viewer's direct message with it. */
export async function forwardToApp({ channel, ts }: Message): Promise<void> {
  const direct = room.peek()?.channels.find(({ kind }) => kind === 'im')
  if (!direct) return
  const request = { user: viewerId.peek(), channel: direct.id, text: '', forward: { channel, ts } }
  const outcome = await said(post('/sandbox/messages', request))
  if (outcome.ok) openThread(direct.id, null)
}

/** Changes the viewer's own message; the sentence to show when that failed, else null. */
export async function editMessage({ channel, ts }: Message, text: string): Promise<string | null> {
  const outcome = await post('/sandbox/messages/edit', {
    user: viewerId.peek(),
    channel,
    ts,
    text: encodeEntities(text),
  })
  return outcome.ok ? null : outcome.error
}

export const deleteMessage = ({ channel, ts }: Message): Promise<Outcome> =>
  said(post('/sandbox/messages/delete', { user: viewerId.peek(), channel, ts }))

export const react = ({ channel, ts }: Message, name: string, present: boolean): Promise<Outcome> =>
  said(post('/sandbox/reactions', { user: viewerId.peek(), channel, ts, name, present }))

export type Container = { type: 'message'; channel: string; ts: string } | { type: 'view'; viewId: string }

export const press = (container: Container, action: Loose, state: StateValues): Promise<Outcome> =>
  said(post('/sandbox/actions', { user: viewerId.peek(), container, action, state }))

export const submitView = (viewId: string, values: StateValues): Promise<Outcome> =>
  post('/sandbox/views/submit', { user: viewerId.peek(), viewId, values })

export const closeView = (viewId: string): Promise<Outcome> =>
  said(post('/sandbox/views/close', { user: viewerId.peek(), viewId }))

export function runShortcut(callbackId: string, on: Message | null): Promise<Outcome> {
  const at = on === null ? {} : { channel: on.channel, ts: on.ts }
  return said(post('/sandbox/shortcuts', { user: viewerId.peek(), callbackId, ...at }))
}

/** Tells the app which of its tabs was opened; nobody is waiting for the answer. */
export function openTab(tab: 'home' | 'messages'): void {
  void post('/sandbox/home', { user: viewerId.peek(), tab })
}

export async function suggest(
  viewId: string,
  blockId: string,
  actionId: string,
  value: string,
): Promise<readonly Loose[]> {
  const outcome = await said(post('/sandbox/options', { user: viewerId.peek(), viewId, actionId, blockId, value }))
  return outcome.ok ? (outcome.options ?? []) : []
}

export const steerDevice = (id: string, action: DeviceAction): Promise<Outcome> =>
  said(post('/sandbox/devices', { id, ...action }))
