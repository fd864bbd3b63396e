import { describe, expect, it } from 'vitest'
import { OWN_CATALOG } from '../../src/catalog/loading.ts'
import { readConfig, SettingsError } from '../../src/config/config.ts'
import { readEnvironment } from '../../src/config/env.ts'

const SOCKET = { SLACK_BOT_TOKEN: 'xoxb-1-2', SLACK_APP_TOKEN: 'xapp-1-2' }
const MODEL = { OPENAI_API_KEY: 'any', ASSISTANT_MODEL: 'ft:one' }
const GOOD = { ...SOCKET, ...MODEL }

const read = (source: Record<string, string>, ...needs: [{ slack: boolean; model: boolean }?]) =>
  readConfig(readEnvironment(source), ...needs)

function faultsIn(source: Record<string, string>, ...needs: [{ slack: boolean; model: boolean }?]): SettingsError {
  try {
    read(source, ...needs)
  } catch (error) {
    if (error instanceof SettingsError) return error
    throw error
  }
  throw new Error('no fault was found')
}

describe('settings', () => {
  it('that are good have their meaning', () => {
    const config = read({
      ...GOOD,
      OPENAI_BASE_URL: 'http://127.0.0.1:11434/v1',
      CLASSIFIER_MODEL: 'ft:two',
      FALLBACK_MODEL: 'base',
      ASSISTANT_STRATEGY: 'grounded',
      MQTT_URL: 'mqtts://broker.example:8883',
      MQTT_USERNAME: 'bot',
      MQTT_PASSWORD: 'secret',
      CATALOG_FILE: 'ours.json',
      PRICES_FILE: 'prices.json',
      OPERATORS: 'U0TECH0001, S0OPERATOR\nW0OTHER0001',
      REVIEWERS: 'U0REVW0001',
      LOG_LEVEL: 'debug',
    })
    expect(config).toMatchObject({
      slack: {
        access: { kind: 'token', botToken: 'xoxb-1-2' },
        apiUrl: null,
        transport: { kind: 'socket', appToken: 'xapp-1-2' },
      },
      store: { kind: 'sqlite', path: 'data/hydrocore.db' },
      model: {
        baseUrl: 'http://127.0.0.1:11434/v1',
        apiKey: 'any',
        assistant: 'ft:one',
        classifier: 'ft:two',
        base: 'ft:one',
        fallback: 'base',
        strategy: 'grounded',
      },
      gateway: { url: 'mqtts://broker.example:8883', username: 'bot', password: 'secret' },
      catalogFile: 'ours.json',
      pricesFile: 'prices.json',
      roles: { operators: ['U0TECH0001', 'S0OPERATOR', 'W0OTHER0001'], reviewers: ['U0REVW0001'], admins: [] },
      logLevel: 'debug',
    })
  })

  it('that are missing have defaults where there is one', () => {
    const config = read(GOOD)
    expect(config).toMatchObject({
      model: { baseUrl: 'https://api.openai.com/v1', classifier: 'ft:one', fallback: null, strategy: 'fine-tuned' },
      gateway: { url: 'mqtt://127.0.0.1:1883' },
      roles: { operators: [], reviewers: [], admins: [] },
      logLevel: 'info',
    })
    expect(config.catalogFile).toBe(OWN_CATALOG)
    expect(config.pricesFile).toBeNull()
  })

  it('choose Socket Mode or HTTP', () => {
    const http = { ...MODEL, SLACK_BOT_TOKEN: 'xoxb-1', SLACK_SIGNING_SECRET: 'shhh' }
    expect(read({ ...http, PORT: '8080' }).slack?.transport).toEqual({
      kind: 'http',
      signingSecret: 'shhh',
      port: 8_080,
    })
    expect(read(http).slack?.transport).toMatchObject({ port: 3_000 })
    expect(read({ ...http, ...SOCKET }).slack?.transport).toMatchObject({ kind: 'socket' })
  })

  it.each([
    ['sqlite:data/x.db', { kind: 'sqlite', path: 'data/x.db' }],
    ['sqlite://data/x.db', { kind: 'sqlite', path: 'data/x.db' }],
    ['sqlite:///var/x.db', { kind: 'sqlite', path: '/var/x.db' }],
    ['sqlite:/var/x.db', { kind: 'sqlite', path: '/var/x.db' }],
    ['postgres://u:p@h:5432/d', { kind: 'postgres', url: 'postgres://u:p@h:5432/d' }],
    ['postgresql://h/d', { kind: 'postgres', url: 'postgresql://h/d' }],
  ])('DATABASE_URL %s is a place', (url, store) => {
    expect(read({ ...GOOD, DATABASE_URL: url }).store).toEqual(store)
  })
})

describe('a fault', () => {
  it.each<[string, Record<string, string>, string]>([
    ['SLACK_BOT_TOKEN', { SLACK_BOT_TOKEN: '' }, 'OAuth & Permissions'],
    ['SLACK_BOT_TOKEN', { SLACK_BOT_TOKEN: 'xoxp-1' }, 'xoxb-'],
    ['SLACK_APP_TOKEN', { SLACK_APP_TOKEN: '' }, 'Socket Mode'],
    ['SLACK_APP_TOKEN', { SLACK_APP_TOKEN: 'xoxb-1' }, 'connections:write'],
    ['SLACK_API_URL', { SLACK_API_URL: 'slack.com' }, 'https://'],
    ['PORT', { PORT: 'http' }, '3000'],
    ['PORT', { PORT: '70000' }, '65535'],
    ['PORT', { PORT: '80.5' }, 'whole number'],
    ['OPENAI_API_KEY', { OPENAI_API_KEY: '' }, 'any text'],
    ['OPENAI_BASE_URL', { OPENAI_BASE_URL: 'ftp://x' }, 'http://'],
    ['ASSISTANT_MODEL', { ASSISTANT_MODEL: '' }, 'base model'],
    ['DATABASE_URL', { DATABASE_URL: 'mysql://h/d' }, 'sqlite:data/hydrocore.db'],
    ['DATABASE_URL', { DATABASE_URL: 'sqlite:' }, 'postgres://'],
    ['DATABASE_URL', { DATABASE_URL: 'postgres://h:port/d' }, 'postgres://'],
    ['MQTT_URL', { MQTT_URL: 'http://broker' }, 'mqtt://'],
    ['MQTT_URL', { MQTT_URL: 'broker:1883' }, 'mqtts://'],
    ['OPERATORS', { OPERATORS: 'tessa' }, 'user ids'],
    ['REVIEWERS', { REVIEWERS: '@ruth' }, 'user ids'],
    ['ADMINS', { ADMINS: 'U0ADMN0001;U1' }, 'commas'],
    ['LOG_LEVEL', { LOG_LEVEL: 'loud' }, 'debug'],
  ])('in %s names it and says what to do', (variable, over, remedy) => {
    const { faults, remedy: message } = faultsIn({ ...GOOD, PORT: '3000', ...over })
    expect(faults.map((fault) => fault.variable)).toEqual([variable])
    expect(faults[0]?.remedy).toContain(remedy)
    expect(message).toContain(`${variable} ${faults[0]?.problem}`)
  })

  it('is told beside all the others, in one message', () => {
    const source = {
      SLACK_APP_TOKEN: 'x',
      PORT: '-1',
      DATABASE_URL: 'x',
      MQTT_URL: 'x',
      OPERATORS: 'me',
      LOG_LEVEL: 'x',
    }
    const { remedy, faults } = faultsIn(source)
    const variables = ['SLACK_BOT_TOKEN', 'OPENAI_API_KEY', 'ASSISTANT_MODEL', ...Object.keys(source)]
    expect(faults.map(({ variable }) => variable).sort()).toEqual(variables.sort())
    for (const variable of variables) expect(remedy).toContain(`\n  ${variable} `)
  })

  it.each([
    [{ VOTE_UP_REACTIONS: ':tada:' }, 'VOTE_UP_REACTIONS', /names :tada:\. .*without colons/],
    [{ VOTE_UP_REACTIONS: 'white check mark, tada' }, 'VOTE_UP_REACTIONS', /names white check mark\. /],
    [{ VOTE_DOWN_REACTIONS: 'x::skin-tone-2' }, 'VOTE_DOWN_REACTIONS', /skin tones/],
    [{ VOTE_DOWN_REACTIONS: 'X' }, 'VOTE_DOWN_REACTIONS', /names X\. /],
    [{ VOTE_DOWN_REACTIONS: 'thumbsup' }, 'VOTE_DOWN_REACTIONS', /always say what they show/],
    [{ VOTE_UP_REACTIONS: '-1' }, 'VOTE_UP_REACTIONS', /always say what they show/],
    [{ VOTE_UP_REACTIONS: 'tada,x', VOTE_DOWN_REACTIONS: 'x' }, 'VOTE_DOWN_REACTIONS', /names x, as VOTE_UP_REACTIONS/],
  ])('is found in the emoji that vote: %j', (source, variable, words) => {
    const { faults, remedy } = faultsIn({ ...GOOD, ...source })
    expect(faults.map((fault) => fault.variable)).toEqual([variable])
    expect(remedy).toMatch(words)
  })

  it('is none in a list of emoji with blanks around its commas, or one at its end', () => {
    const source = { VOTE_UP_REACTIONS: 'white_check_mark , +1,', VOTE_DOWN_REACTIONS: 'x' }
    expect(read({ ...GOOD, ...source }).votes).toEqual({ up: ['white_check_mark', '+1'], down: ['x'] })
  })

  it('in a setting that a command of the terminal does not need is none', () => {
    expect(read({}, { slack: false, model: false }).slack).toBeNull()
    expect(faultsIn({}, { slack: false, model: true }).faults.map(({ variable }) => variable)).toEqual([
      'OPENAI_API_KEY',
      'ASSISTANT_MODEL',
    ])
  })

  it('gives no secret away, wherever it was put', () => {
    const secrets = [
      'xoxb-123-abcDEF',
      'xapp-1-A1-secret',
      'sk-proj-abcdefgh12345678',
      'mqtt://bot:hunter2@h',
      'shh-signing',
    ]
    for (const secret of secrets)
      for (const variable of [
        'SLACK_BOT_TOKEN',
        'SLACK_APP_TOKEN',
        'SLACK_API_URL',
        'OPENAI_BASE_URL',
        'DATABASE_URL',
        'MQTT_URL',
        'OPERATORS',
        'LOG_LEVEL',
        'PORT',
      ]) {
        if (secret === 'shh-signing' && ['OPERATORS', 'LOG_LEVEL'].includes(variable)) continue
        const source = {
          SLACK_SIGNING_SECRET: 'shh-signing',
          OPENAI_API_KEY: 'sk-key-of-mine',
          MQTT_PASSWORD: 'hunter2',
          [variable]: secret,
        }
        const told = faultsIn(source)
        const text = `${told.remedy}\n${told.message}\n${JSON.stringify(told.faults)}`
        for (const hidden of ['abcDEF', '-secret', 'abcdefgh', 'hunter2', 'shh', 'of-mine'])
          expect(text).not.toContain(hidden)
      }
  })
})
