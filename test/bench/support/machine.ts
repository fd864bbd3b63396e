import { availableParallelism, cpus, loadavg } from 'node:os'

export type Machine = { cores: number; cpu: string; node: string; platform: string; loadBefore: number }

/** What the figures hang on. The load before the run tells whether the machine was ours alone. */
export function thisMachine(): Machine {
  return {
    cores: availableParallelism(),
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    loadBefore: loadavg()[0] ?? 0,
  }
}
