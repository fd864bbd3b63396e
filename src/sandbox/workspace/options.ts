import type { Hono } from 'hono'
import type { Device, DeviceAction, Outcome, Shortcut, SlashCommand } from '../page/contract.ts'
import type { AppLink, Delivery, EventBody } from './delivery/app-link.ts'
import type { Reply } from './delivery/parcel.ts'
import type { Sockets } from './delivery/sockets.ts'
import type { Hub } from './hub.ts'
import type { ApiCall } from './methods/calls.ts'
import type { Faults } from './methods/faults.ts'
import type { CHANNELS, PEOPLE, Team } from './state/seed.ts'

/** The simulated units, as the page's panel sees them. */
export type DevicePanel = {
  list(): readonly Device[]
  act(id: string, action: DeviceAction): Outcome
  subscribe(listener: (device: Device) => void): () => void
}

/** What a real clock does; tests shorten it. */
export type Timing = {
  /** An ack later than this counts as none. */
  ackTimeoutMs: number
  /** Before the first, second, … retry of an event. */
  retryDelaysMs: readonly number[]
  triggerLifetimeMs: number
  streamLifetimeMs: number
  statusLifetimeMs: number
  /** From a change to its saving. */
  saveDelayMs: number
}

export type WorkspaceOptions = {
  /** Which workspace this is; HydroCore's own unless given. */
  team?: Team
  /** Another workspace of the same Slack: they share its Web API, the app's sockets and its install page. */
  besides?: Workspace
  /** False begins without the app; it comes in by its install page. */
  isInstalled?: boolean
  /** The preferred one; none or 0 takes any free one. If it is taken, a free one is used and `portTaken` says so. */
  port?: number
  /** Where people, channels, messages and files survive a restart. */
  stateFile?: string
  pages?: Hono
  devices?: DevicePanel
  about?: () => readonly { label: string; value: string }[]
  codes?: readonly { code: string; problem: string }[]
  /** What the app's manifest declares. */
  commands: readonly SlashCommand[]
  shortcuts: readonly Shortcut[]
  /** The app's granted scopes and subscribed events; all that the workspace knows, unless given. */
  scopes?: readonly string[]
  events?: readonly string[]
  /** False lets benchmarks run without Slack's limits on calls a minute. */
  rateLimits?: boolean
  timing?: Partial<Timing>
  log?: (line: string) => void
}

export type Workspace = AsyncDisposable & {
  url: string
  apiUrl: string
  portTaken: boolean
  hub: Hub
  team: Team
  /** Good as long as the app, installed from the beginning, was not taken out. */
  botToken: string
  appToken: string
  signingSecret: string
  clientId: string
  clientSecret: string
  people: { readonly [Role in keyof typeof PEOPLE]: string }
  channels: typeof CHANNELS
  /** The id of a person's direct conversation with the app. */
  directMessage(userId: string): string
  /** The newest last; the oldest are forgotten after some thousands. */
  calls: readonly ApiCall[]
  deliveries(): readonly Delivery[]
  /** Resolves when the app has answered all that was sent, or its time is up. */
  settled(): Promise<void>
  faults: Faults
  /** Delivers an event once more, with its own `event_id` and retry fields. */
  redeliver(eventId: string): Promise<Reply>
  /** Delivers a body exactly as given, as an event. */
  deliverRaw(body: Readonly<Record<string, unknown>>): Promise<Reply>
  /** Wraps an inner event in an envelope and delivers it; returns the whole body. */
  deliverEvent(event: Parameters<AppLink['event']>[0]): EventBody
  /** Switches to signed HTTP requests to this address, once it answered the challenge; null goes back to Socket Mode. */
  sendTo(url: string | null): Promise<void>
  /** The redirect addresses that the app's settings name. */
  redirectTo(urls: readonly string[]): void
  /** An admin takes the app out: its token is revoked, and two events say so. */
  uninstall(): void
  sockets: Pick<Sockets, 'count' | 'disconnect' | 'cut'>
  /** Resolves as soon as the app can be reached. */
  connected(): Promise<void>
  flush(): Promise<void>
}
