import { MultiBar, Presets, type SingleBar } from 'cli-progress'

export type Progress = Disposable & {
  /** Reports the progress; `note` says what's being done. */
  show(done: number, total: number, note: string): void
  /** Prints a line, above the bar if there is one. */
  say(line: string): void
}

type Watcher = { isInteractive: boolean; err?: (line: string) => void }

/** A progress bar on stderr when it's a terminal, else only lines. */
export function openProgress({ isInteractive, err = () => undefined }: Watcher, name: string): Progress {
  if (!isInteractive) return { show: () => undefined, say: err, [Symbol.dispose]: () => undefined }
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
    say(line) {
      if (bar) bars.log(`${line}\n`)
      else err(line)
    },
    [Symbol.dispose]() {
      if (bar) bars.update()
      bars.stop()
    },
  }
}
