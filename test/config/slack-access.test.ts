import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { readConfig, SettingsError } from '../../src/config/config.ts'
import { readEnvironment, wantsSandbox } from '../../src/config/env.ts'
import { readKeys } from '../../src/config/secrets.ts'
import fc from '../support/properties.ts'

const KEY = randomBytes(32)
const MODEL = { OPENAI_API_KEY: 'any', ASSISTANT_MODEL: 'ft:one' }
const HTTP = { ...MODEL, SLACK_SIGNING_SECRET: 'shhh' }
const OAUTH = {
  ...HTTP,
  SLACK_CLIENT_ID: '1.2',
  SLACK_CLIENT_SECRET: 'client-secret',
  INSTALLATIONS_KEY: KEY.toString('base64'),
}

const read = (source: Record<string, string>) => readConfig(readEnvironment(source)).slack

function faultsIn(source: Record<string, string>) {
  try {
    read(source)
  } catch (error) {
    if (error instanceof SettingsError) return error.faults
    throw error
  }
  throw new Error('no fault was found')
}

describe('a way into workspaces', () => {
  it('is one token, or the client id with its secret and the key that seals', () => {
    expect(read({ ...HTTP, SLACK_BOT_TOKEN: 'xoxb-1' })?.access).toEqual({ kind: 'token', botToken: 'xoxb-1' })
    expect(read(OAUTH)?.access).toEqual({
      kind: 'oauth',
      clientId: '1.2',
      clientSecret: 'client-secret',
      redirectUri: null,
      keys: [KEY],
    })
    const redirectUri = 'https://bot.example/slack/oauth_redirect'
    expect(read({ ...OAUTH, SLACK_REDIRECT_URI: redirectUri })?.access).toMatchObject({ redirectUri })
  })

  it('works beside Socket Mode too, with a port for the install page', () => {
    const { SLACK_SIGNING_SECRET: _, ...socket } = { ...OAUTH, SLACK_APP_TOKEN: 'xapp-1' }
    expect(read({ ...socket, PORT: '3000' })?.transport).toEqual({ kind: 'socket', appToken: 'xapp-1', port: 3_000 })
    expect(faultsIn(socket)).toMatchObject([{ variable: 'PORT', remedy: expect.stringContaining('install') }])
  })

  it('needs no port beside Socket Mode for one workspace', () => {
    const socket = { ...MODEL, SLACK_BOT_TOKEN: 'xoxb-1', SLACK_APP_TOKEN: 'xapp-1' }
    expect(read(socket)?.transport).toMatchObject({ port: null })
    expect(read({ ...socket, PORT: '8080' })?.transport).toMatchObject({ port: 8_080 })
  })

  it.each<[string[], Record<string, string>]>([
    [['SLACK_CLIENT_SECRET'], { SLACK_CLIENT_SECRET: '' }],
    [['SLACK_CLIENT_ID'], { SLACK_CLIENT_ID: '' }],
    [['INSTALLATIONS_KEY'], { INSTALLATIONS_KEY: '' }],
    [['INSTALLATIONS_KEY'], { INSTALLATIONS_KEY: 'password' }],
    [['INSTALLATIONS_KEY'], { INSTALLATIONS_KEY: randomBytes(16).toString('hex') }],
    [['INSTALLATIONS_KEY'], { INSTALLATIONS_KEY: `${KEY.toString('hex')},short` }],
    [['SLACK_BOT_TOKEN'], { SLACK_BOT_TOKEN: 'xoxb-1' }],
    [['SLACK_REDIRECT_URI'], { SLACK_REDIRECT_URI: 'bot.example/back' }],
    [['SLACK_CLIENT_SECRET', 'INSTALLATIONS_KEY'], { SLACK_CLIENT_SECRET: '', INSTALLATIONS_KEY: 'x' }],
  ])('names %s when something is wrong with it', (variables, over) => {
    const faults = faultsIn({ ...OAUTH, ...over })
    expect(faults.map(({ variable }) => variable)).toEqual(variables)
    for (const { remedy } of faults) expect(remedy.length).toBeGreaterThan(10)
    expect(JSON.stringify(faults)).not.toContain('client-secret')
  })

  it.each(['SLACK_CLIENT_ID', 'SLACK_CLIENT_SECRET', 'SLACK_REDIRECT_URI'])('keeps the sandbox away (%s)', (name) => {
    expect(wantsSandbox(readEnvironment({ [name]: 'x' }))).toBe(false)
  })
})

describe('a key', () => {
  it('reads back what was written in base64, base64url or hex, several of them too', () => {
    const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 })
    const form = fc.constantFrom<BufferEncoding>('base64', 'base64url', 'hex')
    fc.assert(
      fc.property(fc.array(fc.tuple(bytes, form), { minLength: 1, maxLength: 3 }), (keys) => {
        const text = keys.map(([key, encoding]) => Buffer.from(key).toString(encoding)).join(', ')
        expect(readKeys(text)?.map((key) => [...key])).toEqual(keys.map(([key]) => [...key]))
      }),
    )
  })

  it('is 32 bytes and nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const text = Buffer.from(bytes).toString('base64')
        expect(readKeys(text) !== null).toBe(bytes.length === 32)
      }),
    )
    fc.assert(
      fc.property(fc.string(), (text) => {
        for (const key of readKeys(text) ?? []) expect(key.byteLength).toBe(32)
      }),
    )
  })
})
