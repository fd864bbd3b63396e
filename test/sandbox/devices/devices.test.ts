import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectAsync } from 'mqtt'
import { describe, expect, it } from 'vitest'
import { Heard } from '../../commands/devices/heard.ts'
import fc from '../../support/properties.ts'
import { type Bench, openBench, type Said } from './bench.ts'

const UNIT = 'HC5000-A-1138'
const OFFLINE_UNIT = 'HC5000-C-0007'

const story = (title: string, tell: (bench: Bench) => Promise<void>) =>
  it(title, async () => {
    await using bench = await openBench()
    await tell(bench)
  })
const states = (said: readonly Said[]) => said.map(({ json }) => json.state)
const find = ({ panel }: Bench, id: string) => panel.list().find((device) => device.id === id)

describe('the fleet', () => {
  story('is there from the start, one unit out of reach, and tells a late comer so', async ({ broker, panel }) => {
    expect(panel.list().map(({ id, online }) => [id, online])).toEqual([
      ['HC5000-A-1138', true],
      ['HC5000-A-1042', true],
      ['HC5000-B-2201', true],
      ['HC5000-B-2214', true],
      ['HC5000-C-0007', false],
    ])
    expect(panel.list().map(({ codes }) => codes)).toEqual([['E-02'], ['E-01'], ['W-10'], [], ['E-05']])
    expect(panel.codes.map(({ code }) => code)).toEqual(['E-01', 'E-02', 'E-05', 'W-10'])

    const statuses = new Heard<[topic: string, online: unknown, retain: boolean]>()
    const late = await connectAsync(broker.url)
    late.on('message', (topic, payload, { retain }) =>
      statuses.hear([topic, JSON.parse(payload.toString()).online, retain]),
    )
    await late.subscribeAsync('hydrocore/+/status', { qos: 1 })
    expect((await statuses.count(5)).sort()).toEqual(
      panel
        .list()
        .map(({ id, online }) => [`hydrocore/${id}/status`, online, true])
        .sort(),
    )
    await late.endAsync()
  })
})

describe('a command', () => {
  story('is accepted, run and done, and clears what it repairs', async (bench) => {
    const { said, send, result, resultsOf } = bench
    const id = await send(UNIT, 'CLEAN_TURB')
    const { json } = await result(id, 'succeeded')
    expect(states(resultsOf(id))).toEqual(['accepted', 'running', 'succeeded'])
    expect(json.message).toMatch(/^Cleaning cycle done: turbidity \d(\.\d)? NTU, was \d\d(\.\d)? NTU$/)
    const cleared = await said.find(({ channel, device }) => channel === 'events' && device === UNIT)
    expect(cleared.json).toMatchObject({ code: 'E-02', state: 'cleared', values: { turbidityNtu: expect.any(Number) } })
    expect(String(json.message)).toContain(
      `turbidity ${(cleared.json.values as { turbidityNtu: number }).turbidityNtu} NTU`,
    )
    expect(find(bench, UNIT)?.codes).toEqual([])
    expect(find(bench, UNIT)?.log.map(({ text }) => text)).toContain('Heard CLEAN_TURB: taken')
  })

  story('leaves other codes alone, and speaks of what it measures', async (bench) => {
    bench.panel.act(UNIT, { action: 'raise', code: 'E-01' })
    const id = await bench.send(UNIT, 'RECALIB_PH')
    const { json } = await bench.result(id, 'succeeded')
    expect(json.message).toMatch(/^Recalibration done: pH [67](\.\d)?, was [89](\.\d)?$/)
    await bench.changes.find(({ codes, id }) => id === UNIT && codes.length === 1)
    expect(find(bench, UNIT)?.codes).toEqual(['E-02'])
  })

  story('may fail, and then the code stays', async (bench) => {
    bench.panel.act(UNIT, { action: 'behave', behaviour: 'fails' })
    const id = await bench.send(UNIT, 'CLEAN_TURB')
    const { json } = await bench.result(id, 'failed')
    expect(json.message).toMatch(/^Cleaning cycle stopped, wiper motor blocked: turbidity \d\d(\.\d)? NTU$/)
    expect(find(bench, UNIT)?.codes).toEqual(['E-02'])
    const reboot = await bench.send(UNIT, 'REBOOT_COMM')
    await bench.result(reboot, 'failed')
    expect(find(bench, UNIT)?.online).toBe(true)
  })

  story('may be rejected', async ({ panel, send, result, resultsOf }) => {
    panel.act(UNIT, { action: 'behave', behaviour: 'rejects' })
    const id = await send(UNIT, 'CLEAN_TURB')
    await result(id, 'rejected')
    expect(states(resultsOf(id))).toEqual(['rejected'])
  })

  story('may be done only after its time ran out', async ({ panel, send, result }) => {
    panel.act(UNIT, { action: 'behave', behaviour: 'late' })
    const expiresAt = new Date(Date.now() + 150).toISOString()
    const id = await send(UNIT, 'CLEAN_TURB', { expiresAt })
    expect(String((await result(id, 'accepted')).json.at) < expiresAt).toBe(true)
    expect(String((await result(id, 'succeeded')).json.at) > expiresAt).toBe(true)
  })

  story('may be met with silence', async ({ panel, send, result, resultsOf, changes }) => {
    panel.act(UNIT, { action: 'behave', behaviour: 'silent' })
    const unheard = await send(UNIT, 'CLEAN_TURB')
    await changes.find(({ log }) => log.some(({ text }) => text === 'Heard CLEAN_TURB: taken'))
    panel.act(UNIT, { action: 'behave', behaviour: 'works' })
    const next = await send(UNIT, 'RECALIB_PH')
    await result(next, 'succeeded')
    expect(panel.received.map(({ commandId }) => commandId)).toEqual([unheard, next])
    expect(resultsOf(unheard)).toEqual([])
  })

  story('may be met with garbage', async ({ panel, said, send }) => {
    panel.act(UNIT, { action: 'behave', behaviour: 'garbage' })
    const id = await send(UNIT, 'CLEAN_TURB')
    const results = await said.count(4, ({ channel }) => channel === 'results')
    expect(() => JSON.parse(results[0]?.text ?? '')).toThrow(SyntaxError)
    expect(results[1]?.json).toMatchObject({ commandId: 'cmd_that_nobody_sent', state: 'succeeded' })
    expect(results[2]?.json).toMatchObject({ commandId: id, state: 'exploded' })
  })

  story('may be answered twice', async ({ panel, send, result, resultsOf, said }) => {
    panel.act(UNIT, { action: 'behave', behaviour: 'repeats' })
    const id = await send(UNIT, 'CLEAN_TURB')
    await result(id, 'succeeded')
    await said.count(2, ({ json }) => json.commandId === id && json.state === 'succeeded')
    expect(states(resultsOf(id))).toEqual(['accepted', 'accepted', 'running', 'running', 'succeeded', 'succeeded'])
  })

  story('is dropped when it is expired or repeated', async ({ panel, send, result, resultsOf }) => {
    const expired = await send(UNIT, 'CLEAN_TURB', { expiresAt: new Date(Date.now() - 1).toISOString() })
    const once = await send(UNIT, 'CLEAN_TURB')
    await send(UNIT, 'CLEAN_TURB', { commandId: once })
    await result(once, 'succeeded')
    await send(UNIT, 'CLEAN_TURB', { commandId: once })
    const fence = await send(UNIT, 'CLEAN_TURB')
    await result(fence, 'succeeded')
    expect(panel.received.map(({ commandId, treated }) => [commandId, treated])).toEqual([
      [expired, 'expired'],
      [once, 'taken'],
      [once, 'repeated'],
      [once, 'repeated'],
      [fence, 'taken'],
    ])
    expect(resultsOf(expired)).toEqual([])
    expect(states(resultsOf(once))).toEqual(['accepted', 'running', 'succeeded'])
  })

  story('is rejected when it is unknown, or another is running', async ({ send, result }) => {
    const running = await send(UNIT, 'CLEAN_TURB')
    const [unknown, second] = [await send(UNIT, 'SELF_DESTRUCT'), await send(UNIT, 'RECALIB_PH')]
    expect((await result(unknown, 'rejected')).json.message).toBe('This unit does not know SELF_DESTRUCT')
    expect((await result(second, 'rejected')).json.message).toBe('Busy: CLEAN_TURB is still running')
    await result(running, 'succeeded')
    await result(await send(UNIT, 'RECALIB_PH'), 'succeeded')
  })

  it('is never anything that could break a unit', async () => {
    await using bench = await openBench()
    const payload = fc.oneof(
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      fc.json(),
      fc
        .dictionary(fc.constantFrom('commandId', 'command', 'requestedAt', 'expiresAt'), fc.jsonValue())
        .map((value) => JSON.stringify(value)),
    )
    const garbage = fc.sample(payload, 300)
    for (const each of garbage) await bench.sendRaw(UNIT, each)
    await bench.result(await bench.send(UNIT, 'CLEAN_TURB'), 'succeeded')
    expect(bench.panel.received.filter(({ treated }) => treated === 'unreadable')).toHaveLength(garbage.length)
  })
})

describe('a unit', () => {
  story('reboots: accepted, offline, online again, and the code is cleared', async (bench) => {
    const { panel, said, send, result, resultsOf } = bench
    panel.act(UNIT, { action: 'raise', code: 'E-05' })
    const id = await send(UNIT, 'REBOOT_COMM')
    await result(id, 'accepted')
    await said.find(({ channel, json }) => channel === 'events' && json.code === 'E-05' && json.state === 'cleared')
    const statuses = said.all.filter(({ device, channel }) => device === UNIT && channel === 'status')
    expect(statuses.map(({ json }) => json.online)).toEqual([true, false, true])
    expect(states(resultsOf(id))).toEqual(['accepted'])
    expect(find(bench, UNIT)).toMatchObject({ online: true, codes: ['E-02'] })
  })

  story('that loses its power speaks its last will, and does not finish its work', async (bench) => {
    const { panel, said, send, result, resultsOf } = bench
    const id = await send(UNIT, 'CLEAN_TURB')
    await result(id, 'accepted')
    panel.act(UNIT, { action: 'power', online: false })
    const will = await said.find(({ device, channel, json }) => device === UNIT && channel === 'status' && !json.online)
    expect(will.json).not.toHaveProperty('firmware')
    expect(find(bench, UNIT)).toMatchObject({ online: false, codes: ['E-02'] })

    panel.act(UNIT, { action: 'power', online: true })
    const next = await send(UNIT, 'CLEAN_TURB')
    await result(next, 'succeeded')
    expect(states(resultsOf(id))).not.toContain('succeeded')
  })

  story('that was away hears what was sent meanwhile, unless it has expired', async ({ panel, send, result }) => {
    const expired = await send(OFFLINE_UNIT, 'CLEAN_TURB', { expiresAt: new Date(Date.now() - 1).toISOString() })
    const kept = await send(OFFLINE_UNIT, 'CLEAN_TURB')
    expect(panel.received).toEqual([])
    expect(panel.act(OFFLINE_UNIT, { action: 'power', online: true })).toEqual({ ok: true })
    await result(kept, 'succeeded')
    expect(panel.received.map(({ commandId, treated }) => [commandId, treated])).toEqual([
      [expired, 'expired'],
      [kept, 'taken'],
    ])
  })

  story('tells raised and cleared codes, those of its absence when it is back', async ({ panel, said }) => {
    const events = (device: string) => (each: Said) => each.channel === 'events' && each.device === device
    panel.act(UNIT, { action: 'raise', code: 'W-10' })
    panel.act(UNIT, { action: 'raise', code: 'W-10' })
    panel.act(UNIT, { action: 'clear', code: 'W-10' })
    panel.act(OFFLINE_UNIT, { action: 'raise', code: 'W-10' })
    const told = await said.count(2, events(UNIT))
    expect(told.map(({ json }) => [json.code, json.state])).toEqual([
      ['W-10', 'raised'],
      ['W-10', 'cleared'],
    ])
    expect(told[0]?.json.values).toEqual({ batteryPercent: expect.any(Number) })
    expect(said.all.filter(events(OFFLINE_UNIT))).toEqual([])
    panel.act(OFFLINE_UNIT, { action: 'power', online: true })
    expect((await said.find(events(OFFLINE_UNIT))).json).toMatchObject({ code: 'W-10', state: 'raised' })
  })

  story(
    'comes back when the broker does, and tells then what it did meanwhile',
    async ({ broker, send, result, changes }) => {
      const id = await send(UNIT, 'CLEAN_TURB')
      await result(id, 'accepted')
      await broker.stop()
      await changes.find(({ id, codes, online }) => id === UNIT && !online && codes.length === 0)
      await broker.start()
      await result(id, 'succeeded')
    },
  )

  story('is steered only as far as it goes', async ({ panel }) => {
    expect(panel.act('HC5000-Z-9999', { action: 'raise', code: 'E-01' })).toEqual({
      ok: false,
      error: 'no_such_device',
    })
    expect(panel.act(UNIT, { action: 'raise', code: 'E-99' })).toEqual({ ok: false, error: 'no_such_code' })
    expect(panel.act(UNIT, { action: 'power', online: true })).toEqual({ ok: true })
    expect(panel.act(UNIT, JSON.parse('{"action":"behave","behaviour":"explodes"}'))).toMatchObject({ ok: false })
    expect(panel.act(UNIT, JSON.parse('{"action":"dance"}'))).toMatchObject({ ok: false })
  })

  story('stops telling a listener that left', async ({ panel, changes }) => {
    let count = 0
    const leave = panel.subscribe(() => {
      count += 1
    })
    panel.act(UNIT, { action: 'behave', behaviour: 'late' })
    expect([count, changes.all.at(-1)?.behaviour]).toEqual([1, 'late'])
    leave()
    panel.act(UNIT, { action: 'behave', behaviour: 'works' })
    expect([count, changes.all.at(-1)?.behaviour]).toEqual([1, 'works'])
  })
})

describe('the state file', () => {
  const inFolder = (title: string, tell: (stateFile: string) => Promise<void>) =>
    it(title, async () => {
      const folder = await mkdtemp(join(tmpdir(), 'devices-'))
      try {
        await tell(join(folder, 'data', 'devices.json'))
      } finally {
        await rm(folder, { recursive: true })
      }
    })

  inFolder('keeps codes, behaviour and power over a restart', async (stateFile) => {
    {
      await using bench = await openBench({ stateFile })
      await bench.result(await bench.send(UNIT, 'CLEAN_TURB'), 'succeeded')
      await bench.changes.find(({ id, codes }) => id === UNIT && codes.length === 0)
      bench.panel.act(UNIT, { action: 'raise', code: 'E-05' })
      bench.panel.act(UNIT, { action: 'behave', behaviour: 'late' })
      bench.panel.act(UNIT, { action: 'power', online: false })
      bench.panel.act(OFFLINE_UNIT, { action: 'power', online: true })
      await bench.changes.find(({ id, online }) => id === OFFLINE_UNIT && online)
    }
    await using again = await openBench({ stateFile })
    expect(find(again, UNIT)).toMatchObject({ codes: ['E-05'], behaviour: 'late', online: false })
    expect(find(again, OFFLINE_UNIT)).toMatchObject({ online: true })
    expect(find(again, 'HC5000-A-1042')).toMatchObject({ codes: ['E-01'], behaviour: 'works', online: true })
  })

  inFolder('is begun anew when it is damaged, and says so', async (stateFile) => {
    {
      await using bench = await openBench({ stateFile })
      bench.panel.act(UNIT, { action: 'behave', behaviour: 'late' })
    }
    await writeFile(stateFile, (await readFile(stateFile, 'utf8')).slice(0, 40))
    const lines: string[] = []
    await using again = await openBench({ stateFile, log: (text) => lines.push(text) })
    expect(find(again, UNIT)).toMatchObject({ behaviour: 'works', online: true })
    expect(lines).toHaveLength(1)
  })
})

describe('another catalog', () => {
  it('brings its own codes and commands', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'catalog-'))
    const catalogFile = join(folder, 'boiler.json')
    const commands = { DESCALE: { title: 'Descale the boiler', settlesWhen: 'result' } }
    const codes = [{ code: 'K-01', problem: 'Scale', command: 'DESCALE' }]
    await writeFile(catalogFile, JSON.stringify({ commands, codes }))
    await using bench = await openBench({ catalogFile })
    await rm(folder, { recursive: true })

    expect(find(bench, UNIT)?.codes).toEqual([])
    bench.panel.act(UNIT, { action: 'raise', code: 'K-01' })
    const { json } = await bench.result(await bench.send(UNIT, 'DESCALE'), 'succeeded')
    expect(json.message).toBe('Descale the boiler: done')
    await bench.changes.find(({ codes, log }) => codes.length === 0 && log.some(({ text }) => text === 'K-01 cleared'))
  })
})
