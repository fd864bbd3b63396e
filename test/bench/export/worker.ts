import { pino } from 'pino'
import { loadCatalog } from '../../../src/catalog/loading.ts'
import { exportCorrections } from '../../../src/feedback/exports/exports.ts'
import { validateFile } from '../../../src/formats/validating.ts'
import { openStore } from '../../../src/store/open.ts'
import { exportBarely } from './bare.ts'
import { type Done, Work } from './work.ts'

/** How often memory is looked at while the work gives way; the system's own record fills the gaps. */
const LOOK_EVERY_MS = 5

const { config, task, out } = Work.parse(JSON.parse(process.env.WORK ?? '{}'))
const catalog = await loadCatalog()
const store = await openStore(config, pino({ level: 'silent' }))
await store.selectFrom('corrections').select('id').limit(1).execute()
globalThis.gc?.()
const idleBytes = process.memoryUsage.rss()
let peakBytes = idleBytes
const looking = setInterval(() => {
  peakBytes = Math.max(peakBytes, process.memoryUsage.rss())
}, LOOK_EVERY_MS)

const startedAt = performance.now()
const before = process.cpuUsage()
const rows = await work()
const ms = performance.now() - startedAt
const { user, system } = process.cpuUsage(before)
const cpuMs = (user + system) / 1_000
clearInterval(looking)
peakBytes = Math.max(peakBytes, process.memoryUsage.rss())
await store.destroy()
process.send?.({ ms, cpuMs, idleBytes, peakBytes, rows } satisfies Done)
process.disconnect()

async function work(): Promise<number> {
  if (task.kind === 'bare') return exportBarely(store, task.source, out)
  if (task.kind === 'validate') {
    const { rows: checked, faults } = await validateFile(out, task.format)
    if (faults.length > 0) throw new Error(`${task.format}: ${JSON.stringify(faults[0])}`)
    return checked
  }
  const made = await exportCorrections({ store, catalog, format: task.format, out, by: 'bench', now: Date.now() })
  if (made.kind !== 'written') throw new Error(`${task.format}: nothing was exported`)
  return made.rows
}
