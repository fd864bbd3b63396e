import { z } from 'zod'

/**
 * What Slack takes as an app manifest, as far as we use it, in our own words. Facts: the app manifest reference, the
 * scope and event pages, and what other apps met, as read on 2026-11-22. Unknown keys are faults: Slack refuses them.
 */

/** Events of bots with the scope each asks for; null asks for none. */
const EVENT_SCOPES: Readonly<Record<string, string | null>> = {
  agent_session_stopped: 'chat:write',
  app_context_changed: 'assistant:write',
  app_home_opened: null,
  app_mention: 'app_mentions:read',
  app_uninstalled: null,
  'message.channels': 'channels:history',
  'message.groups': 'groups:history',
  'message.im': 'im:history',
  'message.mpim': 'mpim:history',
  reaction_added: 'reactions:read',
  reaction_removed: 'reactions:read',
  tokens_revoked: null,
}

/** Scopes of bots that an app like ours may ask for. */
const SCOPES: readonly string[] = [
  'app_mentions:read',
  'assistant:write',
  'channels:history',
  'channels:read',
  'chat:write',
  'commands',
  'files:write',
  'groups:history',
  'groups:read',
  'im:history',
  'im:read',
  'im:write',
  'mpim:history',
  'reactions:read',
  'reactions:write',
  'usergroups:read',
  'users:read',
  'users:read.email',
]

const address = z.url({ protocol: /^https$/ }).max(3_000)
const unique = (items: readonly string[]) => new Set(items).size === items.length

const DisplayInformation = z.strictObject({
  name: z.string().min(1).max(35),
  description: z.string().max(140).optional(),
  long_description: z.string().min(175).max(4_000).optional(),
  background_color: z
    .string()
    .regex(/^#([0-9a-f]{3}|[0-9a-f]{6})$/i)
    .optional(),
})

const SlashCommand = z.strictObject({
  command: z
    .string()
    .regex(/^\/[a-z0-9_-]+$/)
    .min(2)
    .max(32),
  description: z.string().min(1).max(2_000),
  usage_hint: z.string().max(1_000).optional(),
  should_escape: z.boolean().optional(),
  url: address.optional(),
})

const Shortcut = z.strictObject({
  name: z.string().min(1).max(24),
  type: z.enum(['message', 'global']),
  callback_id: z.string().min(1).max(255),
  description: z.string().min(1).max(150),
})

const Features = z.strictObject({
  app_home: z.strictObject({
    home_tab_enabled: z.boolean(),
    messages_tab_enabled: z.literal(true),
    // Else people cannot write to the app.
    messages_tab_read_only_enabled: z.literal(false),
  }),
  bot_user: z.strictObject({ display_name: z.string().min(1).max(80), always_online: z.boolean() }),
  // `assistant_view` is the older one, which new apps cannot have, and never both.
  agent_view: z.strictObject({
    agent_description: z.string().min(1).max(300),
    suggested_prompts: z
      .array(z.strictObject({ title: z.string().min(1), message: z.string().min(1) }))
      .max(4)
      .optional(),
    actions: z.array(z.strictObject({ name: z.string(), description: z.string() })).optional(),
  }),
  slash_commands: z.array(SlashCommand).max(50),
  shortcuts: z.array(Shortcut).max(10),
})

const Manifest = z.strictObject({
  _metadata: z.strictObject({ major_version: z.literal(2), minor_version: z.int().min(0) }),
  display_information: DisplayInformation,
  features: Features,
  oauth_config: z.strictObject({
    redirect_urls: z.array(address).max(1_000).optional(),
    // A bot acts as itself: no scope of a person.
    scopes: z.strictObject({ bot: z.array(z.enum(SCOPES as [string, ...string[]])).max(255) }),
  }),
  settings: z.strictObject({
    event_subscriptions: z.strictObject({
      bot_events: z.array(z.enum(Object.keys(EVENT_SCOPES) as [string, ...string[]])).max(100),
      request_url: address.optional(),
    }),
    interactivity: z.strictObject({
      is_enabled: z.literal(true),
      request_url: address.optional(),
      message_menu_options_url: address.optional(),
    }),
    org_deploy_enabled: z.boolean(),
    socket_mode_enabled: z.boolean(),
    // It cannot be switched off again, and a fixed token does not live with it.
    token_rotation_enabled: z.literal(false),
  }),
})
type Manifest = z.infer<typeof Manifest>

/** Everything that Slack would not take, or that would not work; empty when it is good. */
export function manifestFaults(manifest: unknown): string[] {
  const read = Manifest.safeParse(manifest)
  if (!read.success) return read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  return [...faultsOfScopes(read.data), ...faultsOfAddresses(read.data), ...faultsOfNames(read.data)]
}

function faultsOfScopes({ oauth_config, settings, features }: Manifest): string[] {
  const { bot } = oauth_config.scopes
  const needed = [
    ...settings.event_subscriptions.bot_events.map((event) => [event, EVENT_SCOPES[event] ?? null] as const),
    ['agent_view', 'assistant:write'] as const,
    ...[...features.slash_commands, ...features.shortcuts].map(() => ['commands and shortcuts', 'commands'] as const),
    ...(bot.includes('users:read.email') ? [['users:read.email', 'users:read'] as const] : []),
  ]
  return needed.flatMap(([what, scope]) => (scope && !bot.includes(scope) ? [`${what} needs the scope ${scope}`] : []))
}

/** Over Socket Mode Slack asks for no address; over HTTP it needs one everywhere. */
function faultsOfAddresses({ settings, features }: Manifest): string[] {
  const places = {
    'settings.event_subscriptions': settings.event_subscriptions.request_url,
    'settings.interactivity': settings.interactivity.request_url,
    ...Object.fromEntries(features.slash_commands.map(({ command, url }) => [command, url])),
  }
  return Object.entries(places).flatMap(([place, url]) => {
    if (settings.socket_mode_enabled) return url === undefined ? [] : [`${place} has an address beside Socket Mode`]
    return url === undefined ? [`${place} has no address`] : []
  })
}

function faultsOfNames({ features, oauth_config, settings }: Manifest): string[] {
  const lists = {
    commands: features.slash_commands.map(({ command }) => command),
    shortcuts: features.shortcuts.map(({ callback_id }) => callback_id),
    scopes: oauth_config.scopes.bot,
    events: settings.event_subscriptions.bot_events,
  }
  return Object.entries(lists).flatMap(([name, items]) => (unique(items) ? [] : [`${name} names something twice`]))
}
