import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { buildManifest, EVENTS, SCOPES, SHORTCUTS, SLASH_COMMANDS } from '../../manifest/source.ts'
import { SHORTCUT } from '../../src/slack/blocks/ids.ts'

const SLACK = join(import.meta.dirname, '../../src/slack')
/** All that the features of Slack's room register with Bolt. */
const register = globSync('**/*.ts', { cwd: SLACK })
  .map((file) => readFileSync(join(SLACK, file), 'utf8'))
  .join('\n')
const registered = (kind: 'event' | 'command') =>
  [...register.matchAll(new RegExp(`app\\.${kind}\\('([^']+)'`, 'g'))].map(([, name]) => name ?? '')

describe('the manifest', () => {
  it('asks for every scope that an event needs, and gives a reason for each scope', () => {
    for (const scope of Object.values(EVENTS)) if (scope) expect(Object.keys(SCOPES)).toContain(scope)
    for (const reason of Object.values(SCOPES)) expect(reason.length).toBeGreaterThan(10)
  })

  it('has an entry for every listener, and a listener for every entry', () => {
    const subscribed = new Set(Object.keys(EVENTS).map((event) => event.split('.')[0]))
    expect(new Set(registered('event'))).toEqual(subscribed)
    expect(new Set(registered('command'))).toEqual(new Set(SLASH_COMMANDS.map(({ command }) => command)))
    const heard = [...register.matchAll(/app\.shortcut\(SHORTCUT\.(\w+),/g)].map(([, name]) => name ?? '')
    expect(new Set(heard)).toEqual(new Set(Object.keys(SHORTCUT)))
    expect(new Set(Object.values(SHORTCUT))).toEqual(new Set(SHORTCUTS.map(({ callback_id }) => callback_id)))
  })

  it('names addresses for HTTP and none for Socket Mode', () => {
    expect(JSON.stringify(buildManifest('socket'))).not.toMatch(/"(request_)?url"/)
    const http = buildManifest('http')
    for (const command of http.features.slash_commands) expect(command).toHaveProperty('url')
    expect(http.settings.event_subscriptions).toHaveProperty('request_url')
    expect(http.settings.interactivity).toHaveProperty('request_url')
    expect(http.settings.socket_mode_enabled).toBe(false)
  })

  it('keeps to the lengths that Slack takes', () => {
    const { display_information: about, features } = buildManifest('socket')
    expect(about.name.length).toBeLessThanOrEqual(35)
    expect(about.description.length).toBeLessThanOrEqual(140)
    expect(features.agent_view.agent_description.length).toBeLessThanOrEqual(300)
    expect(features.agent_view.suggested_prompts.length).toBeLessThanOrEqual(4)
    for (const { name, description } of features.shortcuts) {
      expect(name.length).toBeLessThanOrEqual(24)
      expect(description.length).toBeLessThanOrEqual(150)
    }
    for (const { command } of features.slash_commands) expect(command).toMatch(/^\/[a-z]{1,31}$/)
  })
})
