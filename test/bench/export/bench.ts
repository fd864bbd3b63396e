import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { pino } from 'pino'
import { loadCatalog } from '../../../src/catalog/loading.ts'
import { EXPORT_FORMATS, type ExportFormat, sourceOf } from '../../../src/formats/writing.ts'
import { openStore } from '../../../src/store/open.ts'
import { temporaryFolder } from '../../support/folder.ts'
import { type Bench, readCount, UsageError } from '../support/bench.ts'
import { thisMachine } from '../support/machine.ts'
import { openPlaces, type Place } from '../support/places.ts'
import { fillCorrections, fillVotes } from '../support/rows.ts'
import { runWorker } from '../support/worker.ts'
import { type FormatFigures, report } from './report.ts'
import { Done, type Work } from './work.ts'

const USUAL_ROWS = 100_000
const USUAL_ROUNDS = 3

export const exportBench: Bench = {
  async run(args, signal) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        rows: { type: 'string' },
        rounds: { type: 'string' },
        formats: { type: 'string' },
        databases: { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    })
    const rows = readCount('rows', values.rows, USUAL_ROWS)
    const rounds = readCount('rounds', values.rounds, USUAL_ROUNDS)
    const formats = readFormats(values.formats)
    const machine = thisMachine()
    await using opened = new AsyncDisposableStack()
    const { path: folder } = opened.use(await temporaryFolder())
    const places = await openPlaces(values.databases, folder)
    for (const place of places) opened.use(place)
    const figures: FormatFigures[] = []
    for (const place of places) {
      say(`${place.name}: ${rows} corrections and as many judged answers …`)
      await fill(place, rows)
      for (const format of formats) {
        const measured: FormatFigures = { database: place.name, format, bare: [], ours: [], validate: [] }
        for (let round = 0; round < rounds; round += 1) {
          signal.throwIfAborted()
          say(`${place.name}: ${format}, round ${round + 1} of ${rounds} …`)
          await measure(measured, { place, folder, round, signal })
        }
        figures.push(measured)
      }
    }
    process.stdout.write(`${report({ machine, rows, rounds, figures }, values.json)}\n`)
  },
}

function readFormats(wished: string | undefined): readonly ExportFormat[] {
  if (wished === undefined) return EXPORT_FORMATS
  return wished.split(',').map((name) => {
    const format = EXPORT_FORMATS.find((known) => known === name)
    if (!format) throw new UsageError(`--formats takes some of ${EXPORT_FORMATS.join(',')}, not ${name}.`)
    return format
  })
}

async function fill({ config }: Place, rows: number): Promise<void> {
  const store = await openStore(config, pino({ level: 'silent' }))
  try {
    await fillCorrections(store, { rows, status: 'approved', catalog: await loadCatalog() })
    await fillVotes(store, rows)
  } finally {
    await store.destroy()
  }
}

/** Both in turn, every other round the other way round, each in a process of its own; then the file is checked. */
async function measure(
  { format, bare, ours, validate }: FormatFigures,
  { place, folder, round, signal }: { place: Place; folder: string; round: number; signal: AbortSignal },
): Promise<void> {
  const config = place.config.kind === 'sqlite' ? place.config : { connections: 4, ...place.config }
  const out = join(folder, 'out.jsonl')
  const runBare = async () => {
    const task = { kind: 'bare', source: sourceOf(format) } as const
    bare.push(await play({ config, task, out: join(folder, 'bare.jsonl') }, signal))
  }
  const runOurs = async () => {
    ours.push(await play({ config, task: { kind: 'ours', format }, out }, signal))
  }
  for (const run of round % 2 === 0 ? [runBare, runOurs] : [runOurs, runBare]) await run()
  validate.push(await play({ config, task: { kind: 'validate', format }, out }, signal))
}

const play = (work: Work, signal: AbortSignal): Promise<Done> =>
  runWorker(new URL('./worker.ts', import.meta.url), { work, Done, what: JSON.stringify(work.task) }, signal)

const say = (line: string) => void process.stderr.write(`${line}\n`)
