import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder of one test, gone with it. */
export async function temporaryFolder() {
  const path = await mkdtemp(join(tmpdir(), 'hydrocore-test-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}
