import { parseArgs } from 'node:util'
import { pino } from 'pino'
import { loadCatalog } from '../../../src/catalog/loading.ts'
import { OPEN_STATUSES } from '../../../src/feedback/corrections/state-machine.ts'
import { countCorrections, pageCorrections } from '../../../src/feedback/review/queue.ts'
import { readQueueStats } from '../../../src/feedback/review/stats.ts'
import { openStore, type Store } from '../../../src/store/open.ts'
import { temporaryFolder } from '../../support/folder.ts'
import { type Bench, readCount } from '../support/bench.ts'
import { thisMachine } from '../support/machine.ts'
import { openPlaces } from '../support/places.ts'
import { fillCorrections } from '../support/rows.ts'
import { type CaseFigures, report } from './report.ts'

const USUAL_ROWS = 100_000
const USUAL_TIMES = 200
/** As the Home tab and the terminal ask for them. */
const HOME_PAGE = 5
const TERMINAL_PAGE = 200
const WARM_UP = 10

export const queueBench: Bench = {
  async run(args, signal) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        rows: { type: 'string' },
        times: { type: 'string' },
        databases: { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    })
    const rows = readCount('rows', values.rows, USUAL_ROWS)
    const times = readCount('times', values.times, USUAL_TIMES)
    const machine = thisMachine()
    await using opened = new AsyncDisposableStack()
    const { path: folder } = opened.use(await temporaryFolder())
    const places = await openPlaces(values.databases, folder)
    for (const place of places) opened.use(place)
    const figures: CaseFigures[] = []
    for (const { name, config } of places) {
      process.stderr.write(`${name}: ${rows} corrections that wait …\n`)
      const store = await openStore(config, pino({ level: 'silent' }))
      try {
        await fillCorrections(store, { rows, status: 'proposed', catalog: await loadCatalog() })
        for (const one of await casesOf(store, rows)) {
          process.stderr.write(`${name}: ${one.title} …\n`)
          figures.push({ database: name, title: one.title, ...(await measure(one, times, signal)) })
        }
      } finally {
        await store.destroy()
      }
    }
    process.stdout.write(`${report({ machine, rows, times, figures }, values.json)}\n`)
  },
}

type Case = { title: string; ours: () => Promise<unknown>; bare: () => Promise<unknown> }

async function casesOf(store: Store, rows: number): Promise<Case[]> {
  const page = (size: number, after: string | null = null) =>
    pageCorrections(store, { statuses: OPEN_STATUSES, size, after })
  const middle = await placeAt(store, Math.floor(rows / 2))
  const end = await placeAt(store, rows - HOME_PAGE)
  const bare = (size: number, after: string) => () =>
    store.selectFrom('corrections').selectAll().where('id', '>', after).orderBy('id').limit(size).execute()
  const home = bare(HOME_PAGE + 1, middle.id)
  return [
    { title: 'first page', ours: () => page(HOME_PAGE), bare: bare(HOME_PAGE + 1, '') },
    { title: `page from row ${Math.floor(rows / 2)}`, ours: () => page(HOME_PAGE, middle.after), bare: home },
    { title: 'last page', ours: () => page(HOME_PAGE, end.after), bare: bare(HOME_PAGE + 1, end.id) },
    {
      title: 'log categories alone (there are none)',
      ours: () => pageCorrections(store, { statuses: OPEN_STATUSES, kind: 'log', size: HOME_PAGE }),
      bare: home,
    },
    { title: `${TERMINAL_PAGE} rows`, ours: () => page(TERMINAL_PAGE), bare: bare(TERMINAL_PAGE + 1, '') },
    { title: 'how many at each status', ours: () => countCorrections(store), bare: home },
    {
      title: 'how long they wait',
      ours: () => readQueueStats(store, { since: 0, now: Date.now() }),
      bare: home,
    },
  ]
}

/** What leads to the page that begins behind a row of the queue, and that row's id. */
async function placeAt(store: Store, row: number): Promise<{ after: string; id: string }> {
  const { priority, created_at, id } = await store
    .selectFrom('corrections')
    .select(['priority', 'created_at', 'id'])
    .orderBy('priority')
    .orderBy('created_at')
    .orderBy('id')
    .offset(row)
    .limit(1)
    .executeTakeFirstOrThrow()
  return { after: [priority, created_at, id].join('.'), id }
}

/** In turn, so that whatever else the machine does befalls both. */
async function measure(
  { ours, bare }: Case,
  times: number,
  signal: AbortSignal,
): Promise<{ ours: number[]; bare: number[] }> {
  const took: { ours: number[]; bare: number[] } = { ours: [], bare: [] }
  for (let i = -WARM_UP; i < times; i += 1) {
    signal.throwIfAborted()
    for (const [name, work] of [
      ['bare', bare],
      ['ours', ours],
    ] as const) {
      const startedAt = performance.now()
      await work()
      if (i >= 0) took[name].push(performance.now() - startedAt)
    }
  }
  return took
}
