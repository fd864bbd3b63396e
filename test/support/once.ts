import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SERVICES, startServices } from './services.ts'
import { TRAINED_FOLDER } from './trained.ts'

/** Before all files of a run: its servers and a folder that the files share, gone with the run. */
export default async function setup(): Promise<() => Promise<void>> {
  await using opened = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'hydrocore-trained-'))
  opened.defer(() => rm(folder, { recursive: true }))
  process.env[TRAINED_FOLDER] = folder
  opened.use(await startServices(Object.values(SERVICES)))
  const held = opened.move()
  return () => held.disposeAsync()
}
