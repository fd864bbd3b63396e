import { pino } from 'pino'
import { loadCatalog } from '../../../src/catalog/loading.ts'
import { exportCorrections } from '../../../src/feedback/exports/exports.ts'
import { AppError } from '../../../src/lib/errors.ts'
import { openStore } from '../../../src/store/open.ts'

/** Exports in a process of its own: what came of it goes to stdout. Told to, it is killed when half of it is written. */
const [config = '{}', out = '', killed] = process.argv.slice(2)
const store = await openStore(JSON.parse(config), pino({ level: 'silent' }))
const catalog = await loadCatalog()
const onProgress = ({ done, total }: { done: number; total: number }) => {
  if (killed === 'killed' && done * 2 > total) process.kill(process.pid, 'SIGKILL')
}
try {
  const made = await exportCorrections({
    store,
    catalog,
    format: 'openai-sft',
    out,
    by: 'U1',
    now: Date.now(),
    onProgress,
  })
  process.stdout.write(made.kind)
} catch (error) {
  process.stdout.write(error instanceof AppError ? `${error.code}: ${error.remedy}` : String(error))
} finally {
  await store.destroy()
}
