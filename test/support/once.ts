import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TRAINED_FOLDER } from './trained.ts'

/** Before all files of a run: a folder that they share, gone with the run. */
export default async function setup(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'hydrocore-trained-'))
  process.env[TRAINED_FOLDER] = folder
  return () => rm(folder, { recursive: true })
}
