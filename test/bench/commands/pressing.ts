import { join } from 'node:path'
import { startWorkspace } from '../../../src/sandbox/workspace/start.ts'
import { PEOPLE } from '../../../src/sandbox/workspace/state/seed.ts'
import { type Seat, takeSeat } from '../../support/seat.ts'
import { readMessage } from '../../support/seat-reading.ts'
import { startMeasured } from '../support/process.ts'
import { startUnits, type Units } from './units.ts'

const SCRIPTS = {
  bare: new URL('./bare.ts', import.meta.url),
  ours: new URL('../../../src/main.ts', import.meta.url),
} as const
export type BotName = keyof typeof SCRIPTS

export type Stage = {
  brokerUrl: string
  models: { url: string; apiKey: string; model: string }
  catalogFile: string
  folder: string
}
export type Amount = { warmUp: number; sequential: number; together: number }

/** From the click to the result's being seen, less what the device itself took; in milliseconds. */
export type Beyond = { sequential: readonly number[]; together: readonly number[] }

const PATIENCE_MS = 20_000

/** Lets one bot carry out commands that a person presses: one after the other, then on all units at once. */
export async function pressFor(
  bot: BotName,
  { brokerUrl, models, catalogFile, folder }: Stage,
  { warmUp, sequential, together }: Amount,
  signal: AbortSignal,
): Promise<Beyond> {
  await using opened = new AsyncDisposableStack()
  const workspace = opened.use(await startWorkspace({ commands: [], shortcuts: [], rateLimits: false }))
  const units = opened.use(await startUnits(brokerUrl, together))
  const running = opened.use(
    startMeasured(SCRIPTS[bot], {
      folder,
      settings: {
        SLACK_BOT_TOKEN: workspace.botToken,
        SLACK_APP_TOKEN: workspace.appToken,
        SLACK_API_URL: workspace.apiUrl,
        OPENAI_BASE_URL: models.url,
        OPENAI_API_KEY: models.apiKey,
        ASSISTANT_MODEL: models.model,
        MQTT_URL: brokerUrl,
        MQTT_CLIENT_ID: `bench-${process.pid}-${bot}`,
        CATALOG_FILE: catalogFile,
        DATABASE_URL: `sqlite:${join(folder, `${bot}-${Date.now()}.db`)}`,
        OPERATORS: PEOPLE.technician,
        LOG_LEVEL: 'error',
      },
    }),
  )
  await Promise.race([workspace.connected(), running.ended])
  const seat = opened.use(await takeSeat(workspace.url, PEOPLE.technician))
  const press = (device: string) => Promise.race([pressOnce(seat, units, device), running.ended])
  const deviceAt = (i: number) => units.devices[i % units.devices.length] ?? ''

  for (let i = 0; i < warmUp; i += 1) await press(deviceAt(i))
  const one: number[] = []
  for (let i = 0; i < sequential && !signal.aborted; i += 1) one.push(await press(deviceAt(i)))
  const all: number[] = []
  for (let round = 0; round < 3 && !signal.aborted; round += 1)
    all.push(...(await Promise.all(units.devices.map(press))))
  signal.throwIfAborted()
  return { sequential: one, together: all }
}

async function pressOnce(seat: Seat, units: Units, device: string): Promise<number> {
  const ts = await seat.say(seat.dm, `E-02 on ${device}`)
  const waiting = { timeoutMs: PATIENCE_MS }
  const answer = await seat.waitFor(
    ({ messages }) => messages.findLast((one) => one.threadTs === ts && one.ts !== ts && one.blocks.length > 0),
    { ...waiting, what: `the answer about ${device}` },
  )
  const clickedAt = performance.now()
  const seen = seat.waitFor(
    ({ messages }) => messages.findLast((one) => one.ts === answer.ts && readMessage(one).includes('succeeded')),
    { ...waiting, what: `the result of ${device}` },
  )
  await seat.click(answer, 'Run CLEAN_TURB')
  await seen
  return performance.now() - clickedAt - units.ownMs(device)
}
