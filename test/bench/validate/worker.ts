import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { checkDataset } from '../../../src/training/checks/dataset-check.ts'
import { openTokenizer } from '../../../src/training/checks/tokens.ts'
import { type Done, Work } from './work.ts'

/** How often memory is looked at while the work gives way. */
const LOOK_EVERY_MS = 5
const MARK = '\uFEFF'

const { task, file, target, model } = Work.parse(JSON.parse(process.env.WORK ?? '{}'))
globalThis.gc?.()
const idleBytes = process.memoryUsage.rss()
let peakBytes = idleBytes
const look = () => {
  peakBytes = Math.max(peakBytes, process.memoryUsage.rss())
}
const looking = setInterval(look, LOOK_EVERY_MS)
const before = process.cpuUsage()
const startedAt = performance.now()
await work()
const ms = performance.now() - startedAt
const { user, system } = process.cpuUsage(before)
clearInterval(looking)
look()
process.send?.({ ms, cpuMs: (user + system) / 1_000, idleBytes, peakBytes } satisfies Done)
process.disconnect()

async function work(): Promise<void> {
  if (task === 'bare') {
    for await (const line of createInterface({ input: createReadStream(file) }))
      JSON.parse(line.startsWith(MARK) ? line.slice(1) : line)
    return
  }
  const tokenizer = await openTokenizer(task === 'tokens' ? model : '')
  const { files, content } = await checkDataset({
    files: [file],
    targets: [target],
    model: task === 'rules' ? null : { tokenizer, context: null, price: null },
  })
  const [fault] = files.flatMap(({ checks }) => checks[target]?.faults ?? [])
  if (fault) throw new Error(`${target}: ${JSON.stringify(fault)}`)
  if (content && content.tokens === null) throw new Error(`${target}: no row was read`)
}
