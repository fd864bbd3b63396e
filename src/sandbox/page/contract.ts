/**
 * What the page and the sandbox's server say to each other: JSON over HTTP below `/sandbox/`, and one stream of
 * server-sent events for each viewer. Slack's own shapes (blocks, views, state values) pass through as Slack names them.
 */

/** Slack's block, view and option objects: drawn by the page, checked by the workspace, never interpreted here. */
export type Block = Readonly<Record<string, unknown> & { type: string; block_id?: string }>

export type Person = {
  id: string
  name: string
  realName: string
  title: string
  kind: 'member' | 'guest' | 'bot'
  /** A CSS colour for the avatar. */
  color: string
}

export type Channel = {
  id: string
  name: string
  kind: 'channel' | 'im' | 'mpim'
  topic: string
  memberIds: readonly string[]
}

export type Reaction = { name: string; userIds: readonly string[] }

/** A message that was forwarded with another. */
export type Forwarded = { author: string; text: string; from: string }

export type SharedFile = { id: string; name: string; sizeBytes: number; url: string }

export type Message = {
  channel: string
  ts: string
  /** The root's ts when the message belongs to a thread (the root of a thread has its own ts here). */
  threadTs: string | null
  userId: string
  /** Slack's own mrkdwn: `&amp;`, `&lt;` and `&gt;` escaped, `<@U…>`, `<#C…|name>` and `<https://…|label>` as tokens. */
  text: string
  blocks: readonly Block[]
  /** Markdown text as streamed or posted with `markdown_text`; null for ordinary messages. */
  markdown: string | null
  isStreaming: boolean
  isEdited: boolean
  isEphemeral: boolean
  reactions: readonly Reaction[]
  files: readonly SharedFile[]
  forwarded: readonly Forwarded[]
  /** A reply that was also sent to the channel. */
  isBroadcast: boolean
  replyCount: number
}

export type View = {
  id: string
  type: 'modal' | 'home'
  callbackId: string
  title: string
  submit: string | null
  close: string | null
  blocks: readonly Block[]
}

/** `assistant.threads.setStatus`: shown below a thread until the app's next message there. */
export type ThreadStatus = { channel: string; threadTs: string; status: string; loadingMessages: readonly string[] }

export type SlashCommand = {
  command: string
  description: string
  usageHint: string
  /** The manifest's `should_escape`: names in the text reach the app as tokens. */
  shouldEscape?: boolean
}
export type Shortcut = { callbackId: string; name: string; type: 'message' | 'global' }

export type Device = {
  id: string
  online: boolean
  firmware: string
  /** Codes raised and not cleared. */
  codes: readonly string[]
  /** How the unit treats the next commands. */
  behaviour: DeviceBehaviour
  /** The newest last: what it heard and said, for the panel. */
  log: readonly { at: string; text: string }[]
}
export type DeviceBehaviour = 'works' | 'fails' | 'rejects' | 'late' | 'silent' | 'garbage' | 'repeats'
export type DeviceAction =
  | { action: 'raise' | 'clear'; code: string }
  | { action: 'power'; online: boolean }
  | { action: 'behave'; behaviour: DeviceBehaviour }

/** GET /sandbox/state?user=U… ; without a user, the first technician's. */
export type Snapshot = {
  workspace: { name: string; teamId: string; botUserId: string; appName: string; appConnected: boolean }
  viewerId: string
  people: readonly Person[]
  /** Channels the viewer is in, and one `im` with the app. */
  channels: readonly Channel[]
  messages: readonly Message[]
  /** The stack of open modals of this viewer, the topmost last. */
  modals: readonly View[]
  home: View | null
  statuses: readonly ThreadStatus[]
  commands: readonly SlashCommand[]
  shortcuts: readonly Shortcut[]
  devices: readonly Device[]
  /** Error codes a device can raise, from the catalog. */
  codes: readonly { code: string; problem: string }[]
  /** Addresses and model in use, to be shown in a small "about this sandbox" panel. */
  about: readonly { label: string; value: string }[]
}

/** GET /sandbox/events?user=U… : each `data:` line holds one of these. */
export type SandboxEvent =
  | { type: 'message'; message: Message }
  | { type: 'message_deleted'; channel: string; ts: string }
  | { type: 'modals'; modals: readonly View[] }
  | { type: 'home'; home: View }
  /** An empty `status.status` takes it away. */
  | { type: 'status'; status: ThreadStatus }
  | { type: 'channels'; channels: readonly Channel[] }
  | { type: 'device'; device: Device }
  | { type: 'app'; connected: boolean }
  /** Something the workspace would show a person in passing ("/diagnose failed because the app did not respond"). */
  | { type: 'notice'; text: string }

/** One element's answer inside a view's `state.values[block_id][action_id]`, as Slack names it. */
export type StateValue = Readonly<Record<string, unknown> & { type: string }>
export type StateValues = Readonly<Record<string, Readonly<Record<string, StateValue>>>>

/** All are POST with a JSON body, and answer `Outcome`. */
export type Requests = {
  '/sandbox/messages': {
    user: string
    channel: string
    /** As typed, or as Slack's client sends it: tokens and entities stay, everything else is encoded by the workspace. */
    text: string
    threadTs?: string
    /** A reply that also appears in the channel: a `thread_broadcast`. */
    alsoToChannel?: boolean
    /** A message to pass on, with or without words of one's own. */
    forward?: { channel: string; ts: string }
    /** Shared with the message, which then reaches the app as a `file_share`. */
    files?: readonly { name: string; text: string }[]
  }
  '/sandbox/messages/edit': { user: string; channel: string; ts: string; text: string }
  '/sandbox/messages/delete': { user: string; channel: string; ts: string }
  '/sandbox/commands': { user: string; channel: string; command: string; text: string }
  '/sandbox/shortcuts': { user: string; callbackId: string; channel?: string; ts?: string }
  '/sandbox/reactions': { user: string; channel: string; ts: string; name: string; present: boolean }
  /** `action` is the element's payload: `{type, action_id, block_id, value | selected_option | …}`. */
  '/sandbox/actions': {
    user: string
    container: { type: 'message'; channel: string; ts: string } | { type: 'view'; viewId: string }
    action: Readonly<Record<string, unknown>>
    state?: StateValues
  }
  '/sandbox/views/submit': { user: string; viewId: string; values: StateValues }
  '/sandbox/views/close': { user: string; viewId: string }
  '/sandbox/home': { user: string; tab: 'home' | 'messages' }
  /** `block_suggestion` for an `external_select`; answers `options`. */
  '/sandbox/options': { user: string; viewId: string; actionId: string; blockId: string; value: string }
  /** /sandbox/devices/<id> */
  '/sandbox/devices': { id: string } & DeviceAction
}

export type Outcome =
  | { ok: true; ts?: string; options?: readonly Block[] }
  /** `errors` are a submission's field errors, keyed by `block_id`. */
  | {
      ok: false
      /** A sentence fit to be shown. */
      error: string
      /** A stable name of the fault, for programs. */
      code?: string
      errors?: Readonly<Record<string, string>>
    }
