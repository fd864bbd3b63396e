/**
 * The one source of both manifests (`npm run manifest` writes `socket.json` and `http.json` from it).
 * Rules: Slack's app manifest reference and manifest schema 2.0.0, as read on 2026-11-22.
 */

/** Every scope with what we need it for; nothing is asked for beyond these. */
export const SCOPES = {
  'app_mentions:read': 'questions that mention the app',
  'assistant:write': 'suggested prompts and the status below a thread',
  'channels:history': 'follow-ups without a mention in threads we answered, in public channels',
  'chat:write': 'answers, their updates, words for one person alone',
  commands: 'slash commands and shortcuts',
  'files:write': 'exports sent as files',
  'groups:history': 'follow-ups without a mention in threads we answered, in private channels',
  'im:history': 'questions in direct messages',
  'im:write': 'opening a direct message for an answer or a result',
  'reactions:read': 'thumbs set as reactions',
  'usergroups:read': 'roles given to user groups',
  'users:read': 'telling guests and strangers, who may not send commands',
} as const
export type Scope = keyof typeof SCOPES

/** Every event with the scope that Slack asks for it; null where it asks for none. */
export const EVENTS = {
  app_home_opened: null,
  app_mention: 'app_mentions:read',
  'message.channels': 'channels:history',
  'message.groups': 'groups:history',
  'message.im': 'im:history',
  reaction_added: 'reactions:read',
  reaction_removed: 'reactions:read',
} as const satisfies Record<string, Scope | null>

export const SLASH_COMMANDS = [
  {
    command: '/diagnose',
    description: 'Explain an error code of a HydroCore 5000',
    usage_hint: 'E-02 HC5000-A-1138',
  },
  { command: '/classify', description: 'Sort a log line', usage_hint: 'Device GW-01 failed to connect' },
  { command: '/hydrocore', description: 'Help, status and the review queue', usage_hint: 'help | status | queue' },
] as const

/** Where the HTTP variant is reached; to be replaced by the installer. */
const OWN_ADDRESS = 'https://hydrocore.example.com/slack/events'

const DESCRIPTION =
  'Explains HydroCore 5000 error codes, runs the recommended remote command, and learns from corrections.'

export function buildManifest(transport: 'socket' | 'http') {
  const url = transport === 'http' ? { url: OWN_ADDRESS } : {}
  const requestUrl = transport === 'http' ? { request_url: OWN_ADDRESS } : {}
  return {
    _metadata: { major_version: 2, minor_version: 0 },
    display_information: {
      name: 'HydroCore Assistant',
      description: DESCRIPTION,
      background_color: '#0b4f6c',
    },
    features: {
      app_home: { home_tab_enabled: true, messages_tab_enabled: true, messages_tab_read_only_enabled: false },
      bot_user: { display_name: 'HydroCore Assistant', always_online: true },
      agent_view: {
        agent_description: DESCRIPTION,
        suggested_prompts: [
          { title: 'Explain a code', message: 'My HydroCore unit HC5000-A-1138 is showing error E-02. What is wrong?' },
          { title: 'Low battery', message: 'What does W-10 mean?' },
        ],
      },
      slash_commands: SLASH_COMMANDS.map((command) => ({ ...command, should_escape: false, ...url })),
    },
    oauth_config: { scopes: { bot: Object.keys(SCOPES).sort() } },
    settings: {
      event_subscriptions: { bot_events: Object.keys(EVENTS).sort(), ...requestUrl },
      interactivity: { is_enabled: true, ...requestUrl },
      org_deploy_enabled: false,
      socket_mode_enabled: transport === 'socket',
      token_rotation_enabled: false,
    },
  }
}
