/**
 * The one source of both manifests (`npm run manifest` writes `socket.json` and `http.json` from it).
 * Rules: Slack's app manifest reference and manifest schema 2.0.0, as read on 2026-11-22.
 */
import { PROMPTS } from '../src/slack/home/words.ts'

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
  'mpim:history': 'follow-ups without a mention in threads we answered, in group direct messages',
  'reactions:read': 'thumbs set as reactions',
  'usergroups:read': 'roles given to user groups',
  'users:read': 'telling guests and strangers, who may not send commands; the time zone of who a work order is for',
  'users:read.email': 'knowing two accounts of one person, who may not approve their own command',
} as const
export type Scope = keyof typeof SCOPES

/** Every event with the scope that Slack asks for it; null where it asks for none. */
export const EVENTS = {
  agent_session_stopped: 'chat:write',
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
} as const satisfies Record<string, Scope | null>

export const SLASH_COMMANDS = [
  {
    command: '/diagnose',
    description: 'Explain an error code of a HydroCore 5000',
    usage_hint: 'E-02 HC5000-A-1138',
  },
  { command: '/classify', description: 'Sort a log line', usage_hint: 'Device GW-01 failed to connect' },
  {
    command: '/hydrocore',
    description: 'Help, status, the review queue, exports, live models and the audit of commands',
    usage_hint: 'help | status | queue | export | model | audit [DEVICE]',
    // A reviewer is named by a mention, which only this way carries their id.
    should_escape: true,
  },
] as const

export const SHORTCUTS = [
  {
    name: 'Diagnose this message',
    type: 'message',
    callback_id: 'diagnose_message',
    description: 'Explains the code in a message, in its thread or to you alone',
  },
  {
    name: 'Correct this answer',
    type: 'message',
    callback_id: 'correct_answer',
    description: 'Opens the form in which you say what is right about an answer of the assistant',
  },
  {
    name: 'Ask about a code',
    type: 'global',
    callback_id: 'ask_code',
    description: 'Asks from anywhere; the answer comes as a direct message',
  },
] as const

/** Where the HTTP variant is reached; to be replaced by the installer. */
const OWN_ORIGIN = 'https://hydrocore.example.com'
const OWN_ADDRESS = `${OWN_ORIGIN}/slack/events`

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
        suggested_prompts: PROMPTS.map((prompt) => ({ ...prompt })),
      },
      shortcuts: SHORTCUTS.map((shortcut) => ({ ...shortcut })),
      slash_commands: SLASH_COMMANDS.map((command) => ({ should_escape: false, ...command, ...url })),
    },
    oauth_config: {
      // Where Slack sends people back who install the app; used when it serves several workspaces.
      ...(transport === 'http' ? { redirect_urls: [`${OWN_ORIGIN}/slack/oauth_redirect`] } : {}),
      scopes: { bot: Object.keys(SCOPES).sort() },
    },
    settings: {
      event_subscriptions: { bot_events: Object.keys(EVENTS).sort(), ...requestUrl },
      interactivity: { is_enabled: true, ...requestUrl },
      org_deploy_enabled: false,
      socket_mode_enabled: transport === 'socket',
      token_rotation_enabled: false,
    },
  }
}
