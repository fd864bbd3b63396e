import { MultiBar, Presets, type SingleBar } from 'cli-progress'

export type Progress = Disposable & {
  /** Where the work stands; `note` says what is being done. */
  show(done: number, total: number, note: string): void
}

/** A bar on stderr when a person watches, else nothing. */
export function openProgress({ isInteractive }: { isInteractive: boolean }, name: string): Progress {
  if (!isInteractive) return { show: () => undefined, [Symbol.dispose]: () => undefined }
  const bars = new MultiBar(
    {
      format: `${name} [{bar}] {percentage} % {note}`,
      hideCursor: true,
      clearOnComplete: false,
      stream: process.stderr,
    },
    Presets.shades_grey,
  )
  let bar: SingleBar | null = null
  return {
    show(done, total, note) {
      bar ??= bars.create(total, 0, { note })
      bar.setTotal(total)
      bar.update(done, { note })
    },
    [Symbol.dispose]: () => bars.stop(),
  }
}
