import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readSandboxAddresses, withSandbox } from '../../src/config/sandbox-addresses.ts'
import { temporaryFolder } from '../support/folder.ts'

const SANDBOX = {
  SLACK_BOT_TOKEN: 'xoxb-sandbox',
  SLACK_APP_TOKEN: 'xapp-sandbox',
  OPENAI_BASE_URL: 'http://127.0.0.1:1/v1',
  OPENAI_API_KEY: 'sk-sandbox',
  ASSISTANT_MODEL: 'generalist-small',
  BASE_MODEL: 'generalist-small',
  MQTT_URL: 'mqtt://127.0.0.1:2',
  OPERATORS: 'U0TECH0001',
}

describe('settings on the sandbox', () => {
  it('are the sandbox’s', () => {
    expect(withSandbox({}, SANDBOX)).toEqual({ settings: SANDBOX, ownModel: false })
  })

  it('are the person’s own where they have one', () => {
    const own = {
      DATABASE_URL: 'sqlite:mine.db',
      OPERATORS: 'U0OPER0001',
      LOG_LEVEL: 'debug',
      MQTT_URL: 'mqtt://plant',
    }
    expect(withSandbox(own, SANDBOX)).toEqual({ settings: { ...SANDBOX, ...own }, ownModel: false })
  })

  it('do not mix two model servers', () => {
    const lying = { OPENAI_API_KEY: 'sk-real', FALLBACK_MODEL: 'gpt-real', CLASSIFIER_MODEL: 'gpt-real' }
    expect(withSandbox(lying, SANDBOX)).toEqual({ settings: SANDBOX, ownModel: false })

    const { settings, ownModel } = withSandbox({ ASSISTANT_MODEL: 'ft:real', OPENAI_API_KEY: 'sk-real' }, SANDBOX)
    expect(ownModel).toBe(true)
    expect(settings).toMatchObject({
      ASSISTANT_MODEL: 'ft:real',
      OPENAI_API_KEY: 'sk-real',
      MQTT_URL: SANDBOX.MQTT_URL,
    })
    expect(settings).not.toHaveProperty('OPENAI_BASE_URL')
    expect(settings).not.toHaveProperty('BASE_MODEL')

    const local = withSandbox({ OPENAI_BASE_URL: 'http://127.0.0.1:11434/v1' }, SANDBOX)
    expect(local.ownModel).toBe(true)
    expect(local.settings).not.toHaveProperty('OPENAI_API_KEY')
  })
})

describe('the addresses of a running sandbox', () => {
  it('are read while it runs', async () => {
    await using folder = await temporaryFolder()
    const file = join(folder.path, 'sandbox.json')
    await writeFile(file, JSON.stringify({ pid: process.pid, environment: SANDBOX }))
    expect(await readSandboxAddresses(file)).toEqual(SANDBOX)
  })

  it('are none once it has gone', async () => {
    await using folder = await temporaryFolder()
    const file = join(folder.path, 'sandbox.json')
    const gone = spawn(process.execPath, ['-e', ''])
    await once(gone, 'exit')
    await writeFile(file, JSON.stringify({ pid: gone.pid, environment: SANDBOX }))
    expect(await readSandboxAddresses(file)).toBeNull()
  })

  it.each([
    ['nothing', ''],
    ['half a file', '{"pid": 1, "envir'],
    ['no JSON', 'pid=1'],
    ['null', 'null'],
    ['no process', '{"environment":{}}'],
    ['every process', '{"pid":0,"environment":{}}'],
    ['a group of processes', `{"pid":-${process.pid},"environment":{}}`],
    ['a process that is text', '{"pid":"1","environment":{}}'],
    ['settings that are no text', `{"pid":${process.pid},"environment":{"PORT":1}}`],
  ])('are none in a file that holds %s', async (_, text) => {
    await using folder = await temporaryFolder()
    const file = join(folder.path, 'sandbox.json')
    await writeFile(file, text)
    expect(await readSandboxAddresses(file)).toBeNull()
  })

  it('are none without a file', async () => {
    await using folder = await temporaryFolder()
    expect(await readSandboxAddresses(join(folder.path, 'sandbox.json'))).toBeNull()
    expect(await readSandboxAddresses(folder.path)).toBeNull()
  })
})
