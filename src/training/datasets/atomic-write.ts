import { open, realpath, rename, rm } from 'node:fs/promises'
import { newId } from '../../lib/ids.ts'
import { DatasetUnusableError } from '../errors.ts'

/** Writes a file so that a reader sees the old one or the whole new one, even if the power fails. */
export async function writeFileAtomic(file: string, text: string | AsyncIterable<string>): Promise<void> {
  const temporary = `${file}.${newId('new')}`
  try {
    await using handle = await open(temporary, 'wx')
    await handle.writeFile(text)
    await handle.sync()
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  await rename(temporary, file)
}

/** What is read must still be there afterwards. Throws {@link DatasetUnusableError}. */
export async function refuseOverwriting(read: readonly string[], written: readonly string[]): Promise<void> {
  const real = (file: string) => realpath(file).catch(() => null)
  const targets = new Set(await Promise.all(written.map(real)))
  for (const file of read)
    if (targets.has(await real(file)))
      throw new DatasetUnusableError(file, 'it would be overwritten; take another folder with --out')
}

/** What went wrong with a file, in a few words. */
export function writeErrorReason(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : null
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') return 'the disk is full, or a quota'
  if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM') return 'we may not write there'
  if (code === 'EEXIST' || code === 'ENOTDIR') return 'it is a file, not a folder'
  return 'it cannot be written'
}
