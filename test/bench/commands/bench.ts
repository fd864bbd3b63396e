import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import Table from 'cli-table3'
import { OWN_CATALOG } from '../../../src/catalog/loading.ts'
import { startBroker } from '../../../src/sandbox/broker/broker.ts'
import { startModelServer } from '../../../src/sandbox/model-server/start.ts'
import { startMosquitto } from '../../support/mosquitto.ts'
import { type Bench, readCount } from '../support/bench.ts'
import { thisMachine } from '../support/machine.ts'
import { type Amount, type Beyond, pressFor, type Stage } from './pressing.ts'

const GOAL_MS = 300
const BASE_MODEL = 'generalist-small'
const USUAL = { warmUp: 10, sequential: 60, together: 20 } as const

type Figures = { broker: string; bare: Beyond; ours: Beyond }

export const commandsBench: Bench = {
  async run(args, signal) {
    const { values: options } = parseArgs({
      args: [...args],
      options: {
        json: { type: 'boolean', default: false },
        sequential: { type: 'string' },
        together: { type: 'string' },
        seconds: { type: 'string', default: '120' },
      },
    })
    const amount: Amount = {
      warmUp: USUAL.warmUp,
      sequential: readCount('sequential', options.sequential, USUAL.sequential),
      together: readCount('together', options.together, USUAL.together),
    }
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(readCount('seconds', options.seconds, 120) * 1_000)])
    const machine = thisMachine()
    const say = (line: string) => void process.stderr.write(`${line}\n`)

    await using opened = new AsyncDisposableStack()
    const folder = await mkdtemp(join(tmpdir(), 'hydrocore-bench-'))
    opened.defer(() => rm(folder, { recursive: true, force: true }))
    const embedded = opened.use(await startBroker({}))
    const server = opened.use(await startModelServer({ baseModels: [BASE_MODEL] }))
    const stage: Omit<Stage, 'brokerUrl'> = {
      models: { url: server.url, apiKey: server.apiKey, model: BASE_MODEL },
      catalogFile: await restlessCatalog(folder),
      folder,
    }
    const named = process.env.TEST_MQTT_URL
    const started = named ? null : await startMosquitto()
    if (started) opened.use(started)
    const mosquitto = named ?? started?.url ?? null
    if (mosquitto === null) say('Mosquitto is left out: it is not installed here; TEST_MQTT_URL names another.')
    const brokers = [
      { broker: 'embedded', brokerUrl: embedded.url },
      ...(mosquitto === null ? [] : [{ broker: 'Mosquitto', brokerUrl: mosquitto }]),
    ]
    const measured: Figures[] = []
    for (const { broker, brokerUrl } of brokers) {
      say(`${broker}: bare …`)
      const bare = await pressFor('bare', { ...stage, brokerUrl }, amount, bounded)
      say(`${broker}: ours …`)
      const ours = await pressFor('ours', { ...stage, brokerUrl }, amount, bounded)
      measured.push({ broker, bare, ours })
    }
    process.stdout.write(
      options.json
        ? `${JSON.stringify({ machine, amount, goalMs: GOAL_MS, measured: measured.map(summarise) }, null, 2)}\n`
        : report(measured, amount, machine),
    )
  },
}

/** Our catalog with nothing between one cleaning and the next. */
async function restlessCatalog(folder: string): Promise<string> {
  const catalog = JSON.parse(await readFile(OWN_CATALOG, 'utf8'))
  catalog.commands.CLEAN_TURB.cooldownSeconds = 0
  const file = join(folder, 'catalog.json')
  await writeFile(file, JSON.stringify(catalog))
  return file
}

function at(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}

function summarise({ broker, bare, ours }: Figures) {
  const of = ({ sequential, together }: Beyond) => ({
    sequential: { p50: at(sequential, 0.5), p95: at(sequential, 0.95) },
    together: { p50: at(together, 0.5), p95: at(together, 0.95) },
  })
  return { broker, bare: of(bare), ours: of(ours) }
}

function report(measured: readonly Figures[], amount: Amount, machine: ReturnType<typeof thisMachine>): string {
  const table = new Table({
    head: ['broker', 'clicks', '', 'bare', 'ours', 'ratio', 'goal'],
    style: { head: [], border: [] },
  })
  const ms = (value: number) => `${value.toFixed(1)} ms`
  for (const { broker, bare, ours } of measured.map(summarise)) {
    for (const load of ['sequential', 'together'] as const) {
      for (const share of ['p50', 'p95'] as const) {
        const [theirs, own] = [bare[load][share], ours[load][share]]
        const isGoal = load === 'sequential' && share === 'p95'
        const goal = isGoal ? `≤ ${GOAL_MS} ms: ${own <= GOAL_MS ? 'met' : 'missed'}` : ''
        const clicks = load === 'sequential' ? 'one after the other' : `${amount.together} at once`
        table.push([broker, clicks, share, ms(theirs), ms(own), (own / theirs).toFixed(2), goal])
      }
    }
  }
  return [
    'From the click to the result’s being seen, less the device’s own time.',
    table.toString(),
    `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, load before ${machine.loadBefore.toFixed(1)}`,
    '',
  ].join('\n')
}
