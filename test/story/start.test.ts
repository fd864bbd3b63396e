import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { PEOPLE } from '../../src/sandbox/workspace/state/seed.ts'
import { temporaryFolder } from '../support/folder.ts'
import { takeSeat } from '../support/seat.ts'
import { readMessage } from '../support/seat-reading.ts'
import { type Running, run } from './support/running.ts'

const READY = /Ready\. Open (http:\/\/127\.0\.0\.1:\d+)/
const MODELS = /Models in use: (\S+) and (\S+)/

/** A start that takes longer hangs; more on a machine so busy that merely loading Bolt, a third of a second's work, is slow too. */
const READY_WITHIN_MS = 30_000
const READY_WITHIN_LOADINGS = 20
const STOPPED_WITHIN_MS = 10_000

const readyAt = async (running: Running) => (await running.says(READY))[1] ?? ''

async function loadingOfBolt(): Promise<number> {
  const startedAt = performance.now()
  const cwd = new URL('../..', import.meta.url)
  await once(spawn(process.execPath, ['--input-type=module', '--eval', "import '@slack/bolt'"], { cwd }), 'close')
  return performance.now() - startedAt
}

/** Asks in a direct message, and returns what the whole conversation says once it was answered. */
async function ask(page: string, text: string): Promise<string> {
  await using tessa = await takeSeat(page, PEOPLE.technician)
  const ts = await tessa.say(tessa.dm, text)
  const answer = await tessa.waitFor(({ messages }) =>
    messages.find((one) => one.userId === PEOPLE.bot && one.threadTs === ts),
  )
  return readMessage(answer)
}

async function conversation(page: string): Promise<string> {
  await using tessa = await takeSeat(page, PEOPLE.technician)
  return tessa.messages(tessa.dm).map(readMessage).join('\n')
}

describe('npm start', () => {
  it('is ready soon, answers, ends on Ctrl-C, finds its data when it starts again, and ends with its sandbox', {
    timeout: 90_000,
  }, async () => {
    await using folder = await temporaryFolder()
    const loadingMs = await loadingOfBolt()
    const startedAt = performance.now()
    let model: string | undefined
    {
      await using first = run(folder.path, ['--port', '0'])
      const page = await readyAt(first)
      const tookMs = Math.round(performance.now() - startedAt)
      console.log(`ready after ${tookMs} ms, two trainings included; loading Bolt takes ${Math.round(loadingMs)} ms`)
      expect(tookMs).toBeLessThan(Math.max(READY_WITHIN_MS, READY_WITHIN_LOADINGS * loadingMs))
      expect(first.output()).toContain('No Slack tokens are set')
      expect(first.output()).toContain('Training assistant on')
      model = (await first.says(MODELS))[1]

      const shown = await fetch(page)
      expect(shown.status).toBe(200)
      expect(await shown.text()).toContain('<!doctype html>')
      const answer = await ask(page, 'E-02 on HC5000-A-1138, first start')
      expect(answer).toContain('Turbidity sensor occlusion')
      expect(answer).toContain(model)

      const end = await first.interrupt()
      expect(end, first.output()).toMatchObject({ code: 0 })
      expect(end.tookMs).toBeLessThan(STOPPED_WITHIN_MS)
      expect(first.output()).toContain('Stopping')
      expect(await readdir(join(folder.path, 'data'))).not.toContain('sandbox.json')
    }

    const taken = createServer()
    taken.listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as AddressInfo
    try {
      await using second = run(folder.path, ['--port', `${port}`])
      const page = await readyAt(second)
      expect(second.output()).toContain(`Port ${port} is taken, so the page is at ${page} this time.`)
      expect(second.output()).not.toContain('Training')
      expect((await second.says(MODELS))[1]).toBe(model)
      const said = await conversation(page)
      expect(said).toContain('first start')
      expect(said).toContain('Turbidity sensor occlusion')
      expect(await ask(page, 'E-01, second start')).toContain('pH sensor calibration drift')
      expect(await second.interrupt()).toMatchObject({ code: 0 })
    } finally {
      taken.close()
    }

    await using third = run(folder.path, ['--fresh', '--port', '0'])
    const page = await readyAt(third)
    expect(third.output()).toContain('Training assistant on')
    expect(await conversation(page)).not.toContain('first start')

    const { pid } = JSON.parse(await readFile(join(folder.path, 'data/sandbox.json'), 'utf8'))
    process.kill(pid, 'SIGKILL')
    expect(await third.ended).toBe(1)
    expect(third.output()).toMatch(/sandbox ended unexpectedly \(SIGKILL\).*npm start/)
    expect(third.output()).not.toMatch(/^ {4}at /m)
  })

  it('ends on Ctrl-C while it is still starting', async () => {
    await using other = await temporaryFolder()
    await using running = run(other.path, ['--port', '0'])
    await running.says(/Training assistant/)
    const end = await running.interrupt()
    expect(end, running.output()).toMatchObject({ code: 0 })
    expect(end.tookMs).toBeLessThan(STOPPED_WITHIN_MS)
    expect(running.output()).not.toContain('    at ')
  })
})

describe('npm start with something that cannot be used', () => {
  const fails = async (args: readonly string[], settings: Record<string, string>, path: string) => {
    await using running = run(path, args, settings)
    const code = await running.ended
    return { code, output: running.output() }
  }

  it('tells every fault of the settings at once, and starts nothing', async () => {
    await using folder = await temporaryFolder()
    const settings = { SLACK_APP_TOKEN: 'xapp-1-secret', OPERATORS: 'tessa', MQTT_URL: 'broker', LOG_LEVEL: 'loud' }
    const { code, output } = await fails([], settings, folder.path)
    expect(code).toBe(2)
    for (const variable of [
      'SLACK_BOT_TOKEN',
      'OPENAI_API_KEY',
      'ASSISTANT_MODEL',
      'OPERATORS',
      'MQTT_URL',
      'LOG_LEVEL',
    ])
      expect(output).toMatch(new RegExp(`^ {2}${variable} `, 'm'))
    expect(output).not.toContain('secret')
    expect(output).not.toContain('    at ')
    expect(await readdir(folder.path)).toEqual([])
  })

  it('never takes the sandbox in production', async () => {
    await using folder = await temporaryFolder()
    const { code, output } = await fails([], { NODE_ENV: 'production' }, folder.path)
    expect(code).toBe(2)
    expect(output).toContain('SLACK_BOT_TOKEN is not set')
    expect(output).not.toContain('sandbox')
  })

  it('leaves a database file that is none as it was', async () => {
    await using folder = await temporaryFolder()
    const file = join(folder.path, 'holiday.jpg')
    const content = Buffer.from('this is no database, however long one looks at it. '.repeat(100))
    await writeFile(file, content)
    const { code, output } = await fails(['--port', '0'], { DATABASE_URL: `sqlite:${file}` }, folder.path)
    expect(code).toBe(1)
    expect(output).toMatch(/holiday\.jpg cannot be opened as a database.*DATABASE_URL/)
    expect(output).not.toContain('    at ')
    expect(await readFile(file)).toEqual(content)
  })

  it('tells the faults of a catalog', async () => {
    await using folder = await temporaryFolder()
    await writeFile(join(folder.path, 'ours.json'), '{\n  "version": 7\n}')
    const { code, output } = await fails(['--port', '0'], { CATALOG_FILE: 'ours.json' }, folder.path)
    expect(code).toBe(2)
    expect(output).toMatch(/ours\.json cannot be used.*line 2, version: /s)
  })

  it.each([
    ['--prot', '1'],
    ['--port', 'http'],
  ])('says how it is used: %s %s', async (...args) => {
    await using folder = await temporaryFolder()
    const { code, output } = await fails(args, {}, folder.path)
    expect(code).toBe(2)
    expect(output).toContain('Usage: npm start')
  })
})
