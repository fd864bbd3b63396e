import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type App, createApp } from '../../src/app.ts'
import { readConfig } from '../../src/config/config.ts'
import { CHANNELS, PEOPLE } from '../../src/sandbox/workspace/state/seed.ts'
import { DATABASES } from '../support/databases.ts'
import type { Seat } from '../support/seat.ts'
import { readMessage } from '../support/seat-reading.ts'
import { silent } from '../support/silent.ts'
import { startTestApp, type TestApp } from '../support/test-app.ts'
import { unhurried } from '../support/unhurried.ts'

const bot = PEOPLE.bot
const postgres = DATABASES.find(({ name }) => name === 'PostgreSQL')
const skipped = postgres?.skipped ?? null

/** Two instances of the whole app on one workspace, one broker and one database. */
describe.skipIf(skipped !== null)(`two instances${skipped ? ` (skipped: ${skipped})` : ''}`, () => {
  let fixture: TestApp
  let second: App
  let omar: Seat
  const opened = new AsyncDisposableStack()

  beforeAll(async () => {
    const { config } = opened.use((await postgres?.createEmpty()) ?? expect.fail())
    const settings = {
      DATABASE_URL: config.kind === 'postgres' ? config.url : '',
      ALERT_CHANNEL: CHANNELS.deviceAlerts,
    }
    fixture = opened.use(
      await startTestApp({
        isTrained: false,
        settings: { ...settings, MQTT_CLIENT_ID: 'one' },
        given: { instance: 'one' },
      }),
    )
    const other = readConfig({ ...fixture.settings, MQTT_CLIENT_ID: 'two' })
    second = opened.use(await createApp(other, unhurried({ logger: silent, instance: 'two' })))
    await second.start(AbortSignal.timeout(10_000))
    omar = await fixture.seat(PEOPLE.operator)
  })
  afterAll(() => opened.disposeAsync())

  const alerts = () =>
    omar.messages(CHANNELS.deviceAlerts).filter((one) => one.userId === bot && (one.threadTs ?? one.ts) === one.ts)
  const settle = async () => {
    for (const app of [fixture.app, second]) await app.outbox.runOnce()
    await fixture.sandbox.workspace.settled()
  }

  it('tell an alert in one message, and its recovery in one', async () => {
    fixture.sandbox.devices.act('HC5000-B-2214', { action: 'raise', code: 'E-02' })
    await omar.waitFor(() => alerts()[0])
    fixture.sandbox.devices.act('HC5000-B-2214', { action: 'clear', code: 'E-02' })
    await omar.waitFor(() => alerts().find((one) => readMessage(one).includes('cleared after')), { what: 'recovery' })
    await settle()
    expect(alerts()).toHaveLength(1)
    const [alert] = alerts()
    const replies = omar
      .messages(CHANNELS.deviceAlerts)
      .filter((one) => one.threadTs === alert?.ts && one.ts !== alert.ts)
    expect(replies.filter((one) => readMessage(one).includes('cleared after'))).toHaveLength(1)
  })

  it('show a command’s result once and for all, whoever of them hears it', async () => {
    const tessa = await fixture.seat(PEOPLE.technician)
    for (const device of ['HC5000-A-1138', 'HC5000-A-1042', 'HC5000-B-2201']) {
      const ts = await tessa.say(tessa.dm, `E-02 on ${device}`)
      const answer = await tessa.waitFor(({ messages }) =>
        messages.find((one) => one.userId === bot && one.threadTs === ts),
      )
      await Promise.all([tessa.click(answer, 'Run CLEAN_TURB'), tessa.click(answer, 'Run CLEAN_TURB')])
      await tessa.waitFor(
        ({ messages }) => messages.find((one) => one.ts === answer.ts && readMessage(one).includes('succeeded')),
        { what: `the result of ${device}` },
      )
      await settle()
      const shown = tessa.messages(tessa.dm).find((one) => one.ts === answer.ts)
      expect(shown && readMessage(shown)).toContain('succeeded')
      expect(fixture.sandbox.devices.received.filter((one) => one.device === device)).toHaveLength(1)
    }
    const waiting = await fixture.app.core.store.selectFrom('outbox').select('id').where('topic', '=', 'show').execute()
    expect(waiting).toEqual([])
  })
})
