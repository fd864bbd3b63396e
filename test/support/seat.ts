import { EventSource } from 'undici'
import type {
  Block,
  Message,
  Outcome,
  Requests,
  SandboxEvent,
  Snapshot,
  StateValue,
  StateValues,
  ThreadStatus,
  View,
} from '../../src/sandbox/page/contract.ts'
import { actionFor, describeScene, type Element, fillIn, type Which } from './seat-reading.ts'

/** What a person has in front of them. */
export type Scene = {
  /** Oldest first, in all channels. */
  messages: readonly Message[]
  /** The topmost last. */
  modals: readonly View[]
  home: View | null
  statuses: readonly ThreadStatus[]
  /** Everything said in passing since the seat was taken. */
  notices: readonly string[]
  appConnected: boolean
}
type Place = Message | View
type Waiting = { timeoutMs?: number /** For the error, when it does not come. */; what?: string }
/** By `block_id` or `action_id`: the text, the chosen option's value or text, several of them, or Slack's own shape. */
export type FormValues = Readonly<Record<string, string | readonly string[] | StateValue | null>>

/** A person in the sandbox, driven over the page's own API. */
export type Seat = AsyncDisposable & {
  userId: string
  /** The direct conversation with the app. */
  dm: string
  snapshot: Snapshot
  scene(): Scene
  messages(channel?: string): readonly Message[]
  /** Returns the `ts`; throws when the workspace refuses. */
  say(
    channel: string,
    text: string,
    options?: Pick<Requests['/sandbox/messages'], 'threadTs' | 'files' | 'alsoToChannel' | 'forward'>,
  ): Promise<string>
  edit(message: Message, text: string): Promise<Outcome>
  erase(message: Message): Promise<Outcome>
  /** `/diagnose E-02`, in the direct conversation unless told where. */
  command(line: string, channel?: string): Promise<Outcome>
  shortcut(callbackId: string, message?: Message): Promise<Outcome>
  /** Presses a button by its words, its `action_id`, or what it is. */
  click(place: Place, which: Which, state?: StateValues): Promise<Outcome>
  /** Chooses options of a menu, by value or words. */
  choose(place: Place, actionId: string, chosen: string | readonly string[]): Promise<Outcome>
  /** Types into a field that is listened to while it is typed in. */
  type(view: View, field: string, text: string): Promise<Outcome>
  submit(view: View, values?: FormValues): Promise<Outcome>
  dismiss(view: View): Promise<Outcome>
  options(view: View, actionId: string, typed: string): Promise<Outcome>
  react(message: Message, name: string): Promise<Outcome>
  unreact(message: Message, name: string): Promise<Outcome>
  openHome(tab?: 'home' | 'messages'): Promise<Outcome>
  /** Resolves with the first truthy finding; looks again at every event, and never polls. */
  waitFor<Found>(find: (scene: Scene) => Found | null | undefined | false, options?: Waiting): Promise<Found>
  close(): void
}

/** A busy machine is slow, not wrong; what never comes still fails, within a test’s own time. */
const PATIENCE_MS = 20_000

/** Sits down as one person. The seat sees everything from here on, and what was there before. */
export async function takeSeat(url: string, userId: string): Promise<Seat> {
  const messages = new Map<string, Message>()
  const statuses = new Map<string, ThreadStatus>()
  const notices: string[] = []
  const waiting = new Set<() => void>()
  let modals: readonly View[] = []
  let home: View | null = null
  let appConnected = false
  const keyOf = ({ channel, ts }: { channel: string; ts: string }) => `${channel}:${ts}`

  const apply = (event: SandboxEvent) => {
    seen = null
    if (event.type === 'message') messages.set(keyOf(event.message), event.message)
    else if (event.type === 'message_deleted') messages.delete(keyOf(event))
    else if (event.type === 'modals') modals = event.modals
    else if (event.type === 'home') home = event.home
    else if (event.type === 'app') appConnected = event.connected
    else if (event.type === 'notice') notices.push(event.text)
    else if (event.type === 'status') {
      const key = keyOf({ channel: event.status.channel, ts: event.status.threadTs })
      if (event.status.status === '') statuses.delete(key)
      else statuses.set(key, event.status)
    }
  }
  // Every waiting test looks at every event; the scene is put together once for all of them.
  let seen: Scene | null = null
  const scene = (): Scene => {
    seen ??= {
      messages: [...messages.values()].sort((a, b) => (a.ts < b.ts ? -1 : 1)),
      modals,
      home,
      statuses: [...statuses.values()],
      notices: [...notices],
      appConnected,
    }
    return seen
  }

  // What comes in while the state is being fetched is applied after it: the newer word wins.
  let early: SandboxEvent[] | null = []
  const look = () => {
    for (const again of [...waiting]) again()
  }
  const load = async (): Promise<Snapshot> => {
    early ??= []
    const snapshot = (await (await fetch(`${url}/sandbox/state?user=${userId}`)).json()) as Snapshot
    messages.clear()
    statuses.clear()
    for (const message of snapshot.messages) messages.set(keyOf(message), message)
    for (const status of snapshot.statuses) statuses.set(keyOf({ ...status, ts: status.threadTs }), status)
    modals = snapshot.modals
    home = snapshot.home
    appConnected = snapshot.workspace.appConnected
    seen = null
    for (const event of early) apply(event)
    early = null
    look()
    return snapshot
  }
  const events = new EventSource(`${url}/sandbox/events?user=${userId}`)
  await new Promise<void>((resolve, reject) => {
    events.onmessage = ({ data }: { data: string }) => {
      const event = JSON.parse(data) as SandboxEvent
      resolve()
      if (early) return void early.push(event)
      apply(event)
      look()
    }
    events.onerror = () => {
      if (early === null) return
      events.close()
      reject(new Error(`${userId} could not sit down at ${url}: the workspace does not answer or does not know them.`))
    }
  })
  const snapshot = await load()
  // The stream broke and came back: what was said in between is in the state. If that breaks too, it opens again.
  events.onopen = () => void load().catch(() => {})

  const ask = async <Path extends keyof Requests>(
    path: Path,
    request: Omit<Requests[Path], 'user'>,
  ): Promise<Outcome> => {
    const response = await fetch(`${url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ user: userId, ...request }),
    })
    return (await response.json()) as Outcome
  }
  /** The newest version of a message or view, since tests hold on to older ones. */
  const current = (place: Place): { blocks: readonly Block[] } =>
    'ts' in place
      ? (messages.get(keyOf(place)) ?? place)
      : ([...modals, ...(home ? [home] : [])].find((view) => view.id === place.id) ?? place)
  const container = (place: Place): Requests['/sandbox/actions']['container'] =>
    'ts' in place ? { type: 'message', channel: place.channel, ts: place.ts } : { type: 'view', viewId: place.id }
  const press = (place: Place, which: Which, chosen?: string | readonly string[], state?: StateValues) =>
    ask('/sandbox/actions', {
      container: container(place),
      action: actionFor(current(place).blocks, which, chosen),
      ...(state ? { state } : {}),
    })
  const reaction = ({ channel, ts }: Message, name: string, present: boolean) =>
    ask('/sandbox/reactions', { channel, ts, name, present })

  const dm = snapshot.channels.find((channel) => channel.kind === 'im')
  if (!dm) throw new Error(`${userId} has no direct conversation with the app.`)
  const close = () => {
    events.close()
    waiting.clear()
  }
  return {
    userId,
    dm: dm.id,
    snapshot,
    scene,
    messages: (channel) => scene().messages.filter((message) => !channel || message.channel === channel),
    async say(channel, text, options = {}) {
      const outcome = await ask('/sandbox/messages', { channel, text, ...options })
      if (!outcome.ok || !outcome.ts) throw new Error(`The workspace took no message: ${JSON.stringify(outcome)}`)
      return outcome.ts
    },
    edit: ({ channel, ts }, text) => ask('/sandbox/messages/edit', { channel, ts, text }),
    erase: ({ channel, ts }) => ask('/sandbox/messages/delete', { channel, ts }),
    command(line, channel = dm.id) {
      const [command = '', ...words] = line.split(' ')
      return ask('/sandbox/commands', { channel, command, text: words.join(' ') })
    },
    shortcut: (callbackId, message) =>
      ask('/sandbox/shortcuts', { callbackId, ...(message ? { channel: message.channel, ts: message.ts } : {}) }),
    click: (place, which, state) => press(place, which, undefined, state),
    choose: (place, actionId, chosen) => press(place, actionId, chosen),
    type: (view, field, text) => {
      const state = fillIn(current(view).blocks, { [field]: text })
      const [actionId = field] = Object.keys(Object.values(state)[0] ?? {})
      return press(view, actionId, text, state)
    },
    submit: (view, values = {}) =>
      ask('/sandbox/views/submit', { viewId: view.id, values: fillIn(current(view).blocks, values) }),
    dismiss: (view) => ask('/sandbox/views/close', { viewId: view.id }),
    options: (view, actionId, value) => {
      const block = current(view).blocks.find((one) => (one.element as Element | undefined)?.action_id === actionId)
      return ask('/sandbox/options', { viewId: view.id, actionId, blockId: block?.block_id ?? '', value })
    },
    react: (message, name) => reaction(message, name, true),
    unreact: (message, name) => reaction(message, name, false),
    openHome: (tab = 'home') => ask('/sandbox/home', { tab }),
    waitFor(find, { timeoutMs = PATIENCE_MS, what = find.toString() } = {}) {
      return new Promise((resolve, reject) => {
        const see = () => {
          const found = find(scene())
          if (!found) return
          stop()
          resolve(found)
        }
        const stop = () => {
          clearTimeout(timer)
          waiting.delete(see)
        }
        const timer = setTimeout(() => {
          stop()
          reject(new Error(`${userId} waited ${timeoutMs} ms in vain for: ${what}\n${describeScene(scene())}`))
        }, timeoutMs)
        waiting.add(see)
        try {
          see()
        } catch (error) {
          stop()
          reject(error)
        }
      })
    },
    close,
    async [Symbol.asyncDispose]() {
      close()
    },
  }
}
