import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { describe, expect, it } from 'vitest'
import { readEnvironment, VARIABLES, wantsSandbox } from '../../src/config/env.ts'

describe('the environment', () => {
  it('is read by name; what is empty counts as not set', () => {
    const source = { SLACK_BOT_TOKEN: '  ', OPENAI_API_KEY: ' key ', PATH: '/bin', MQTT_URL: undefined }
    expect(readEnvironment(source)).toEqual({ OPENAI_API_KEY: 'key' })
  })
})

describe('.env.example', () => {
  const example = parseEnv(readFileSync(new URL('../../.env.example', import.meta.url), 'utf8'))

  it('names every setting', () => {
    const named = VARIABLES.filter((name) => name !== 'NODE_ENV')
    expect(Object.keys(example).sort()).toEqual([...named].sort())
  })

  it('sets none, so that a copy of it changes nothing', () => {
    expect(readEnvironment(example)).toEqual({})
  })
})

describe('the sandbox', () => {
  const wants = (source: Record<string, string>) => wantsSandbox(readEnvironment(source))

  it('stands in when nothing says otherwise', () => {
    expect(wants({})).toBe(true)
    expect(wants({ NODE_ENV: 'development' })).toBe(true)
    expect(wants({ OPENAI_API_KEY: 'key', DATABASE_URL: 'postgres://h/d', OPERATORS: 'U0TECH0001' })).toBe(true)
    expect(wants({ SLACK_BOT_TOKEN: '', SLACK_APP_TOKEN: ' ' })).toBe(true)
  })

  it.each(['SLACK_BOT_TOKEN', 'SLACK_APP_TOKEN', 'SLACK_SIGNING_SECRET', 'SLACK_API_URL'])(
    'never stands in once %s is set',
    (name) => {
      expect(wants({ [name]: 'x' })).toBe(false)
    },
  )

  it('never stands in in production', () => {
    expect(wants({ NODE_ENV: 'production' })).toBe(false)
  })
})
