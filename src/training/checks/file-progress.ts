import { stat } from 'node:fs/promises'

export type FileProgress = (progress: { done: number; total: number; note: string }) => void

/** How far the reading of several files has come, one after the other, by their bytes. */
export async function createFileProgress(files: readonly string[], tell: FileProgress = () => undefined) {
  const sizes = await Promise.all(
    files.map((file) =>
      stat(file).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  )
  const total = sizes.reduce((sum, size) => sum + size, 0)
  let before = 0
  return {
    of(file: string) {
      const start = before
      before += sizes[files.indexOf(file)] ?? 0
      return (bytes: number) => tell({ done: Math.min(start + bytes, total), total, note: file })
    },
  }
}
