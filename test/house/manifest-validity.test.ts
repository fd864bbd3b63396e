import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { manifestFaults } from './manifest-rules.ts'

const read = async (name: string) =>
  JSON.parse(await readFile(new URL(`../../manifest/${name}.json`, import.meta.url), 'utf8'))

/** The same with another value at one place; undefined takes it away. */
function changed(manifest: unknown, path: string, value: unknown): unknown {
  const copy = structuredClone(manifest)
  const keys = path.split('.')
  const last = keys.pop() ?? ''
  const parent = keys.reduce((place, key) => place[key] as Record<string, unknown>, copy as Record<string, unknown>)
  if (value === undefined) delete parent[last]
  else parent[last] = value
  return copy
}

describe.each(['socket', 'http'])('the manifest for %s', (name) => {
  it('is one that Slack takes', async () => {
    expect(manifestFaults(await read(name))).toEqual([])
  })

  it.each<[string, unknown]>([
    ['display_information.name', 'x'.repeat(36)],
    ['display_information.description', 'x'.repeat(141)],
    ['display_information.long_description', 'too short'],
    ['display_information.background_color', 'blue'],
    ['display_information', undefined],
    ['features.app_home.messages_tab_read_only_enabled', true],
    ['features.bot_user.display_name', 'x'.repeat(81)],
    ['features.agent_view.agent_description', 'x'.repeat(301)],
    ['features.agent_view.suggested_prompts', Array(5).fill({ title: 'a', message: 'b' })],
    ['features.assistant_view', { assistant_description: 'the older one' }],
    ['features.slash_commands.0.command', 'diagnose'],
    ['features.slash_commands.0.command', `/${'x'.repeat(32)}`],
    ['features.slash_commands.0.command', '/hydrocore'],
    ['features.slash_commands.0.description', ''],
    ['features.slash_commands', Array(51).fill({ command: '/a', description: 'b' })],
    ['features.shortcuts.0.name', 'x'.repeat(25)],
    ['features.shortcuts.0.type', 'channel'],
    ['features.shortcuts.0.callback_id', 'x'.repeat(256)],
    ['features.shortcuts.0.description', 'x'.repeat(151)],
    ['oauth_config.scopes.bot', ['chat:write']],
    ['oauth_config.scopes.bot.0', 'chat:write.public'],
    ['oauth_config.scopes.user', ['users:read']],
    ['oauth_config.redirect_urls', ['http://hydrocore.example.com/slack/oauth_redirect']],
    ['settings.event_subscriptions.bot_events.0', 'message_stream_stopped'],
    ['settings.interactivity.is_enabled', false],
    ['settings.token_rotation_enabled', true],
    ['settings.unheard_of', true],
    ['settings.socket_mode_enabled', name === 'http'],
  ])('would not be with %s changed', async (path, value) => {
    expect(manifestFaults(changed(await read(name), path, value))).not.toEqual([])
  })
})

describe('the manifest for http', () => {
  it.each([
    'settings.event_subscriptions.request_url',
    'settings.interactivity.request_url',
    'features.slash_commands.2.url',
  ])('needs its address at %s, over TLS', async (path) => {
    const manifest = await read('http')
    expect(manifestFaults(changed(manifest, path, undefined))).not.toEqual([])
    expect(manifestFaults(changed(manifest, path, 'http://hydrocore.example.com/slack/events'))).not.toEqual([])
  })

  it('names the address to which Slack sends back who installed the app', async () => {
    const { oauth_config } = await read('http')
    expect(oauth_config.redirect_urls).toEqual([expect.stringMatching(/^https:.*\/slack\/oauth_redirect$/)])
  })
})
