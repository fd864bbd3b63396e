import { randomUUID } from 'node:crypto'
import { cp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Core } from '../../src/app.ts'
import type { Tables } from '../../src/store/tables.ts'

/** Named by the run's setup, for the processes that it starts. */
export const TRAINED_FOLDER = 'HYDROCORE_TEST_TRAINED'

/** What a training leaves behind: the model server's folder, the data sets, and our own records of it. */
const LEFT = ['models', 'training', 'records.json'] as const
type Records = readonly { table: keyof Tables; rows: readonly Record<string, unknown>[] }[]

/** Puts what the run's first training left into a folder; false where there was none yet. */
export async function copyTrained(folder: string): Promise<boolean> {
  const shared = sharedFolder()
  if (shared === null) return false
  try {
    await cp(join(shared, KEPT), folder, { recursive: true })
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
    throw error
  }
}

/** Records the copied training as if it had been made here. */
export async function recordTrained({ store, config }: Core, folder: string): Promise<void> {
  const records: Records = JSON.parse(await readFile(join(folder, 'records.json'), 'utf8'))
  for (const { table, rows } of records) {
    const here = rows.map((row) => ('base_url' in row ? { ...row, base_url: config.model.baseUrl } : row))
    await store
      .insertInto(table)
      .values(here as never)
      .execute()
  }
}

/** Keeps a training for the files that come after this one. Of two that trained at once, one is kept. */
export async function keepTrained({ store }: Core, folder: string): Promise<void> {
  const shared = sharedFolder()
  if (shared === null) return
  const records: { table: string; rows: unknown[] }[] = []
  for (const { name } of await store.introspection.getTables()) {
    if (name.startsWith('kysely')) continue
    const rows = await store
      .selectFrom(name as keyof Tables)
      .selectAll()
      .execute()
    if (rows.length > 0) records.push({ table: name, rows })
  }
  await writeFile(join(folder, 'records.json'), JSON.stringify(records))
  const part = join(shared, randomUUID())
  for (const name of LEFT) await cp(join(folder, name), join(part, name), { recursive: true })
  await rename(part, join(shared, KEPT)).catch(() => rm(part, { recursive: true }))
}

const KEPT = 'kept'

/** Null outside a run of the tests, as in a benchmark: everybody trains for themselves. */
const sharedFolder = (): string | null => process.env[TRAINED_FOLDER] ?? null
