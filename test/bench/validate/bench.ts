import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import Table from 'cli-table3'
import { writeAnswer } from '../../../src/diagnosis/answer.ts'
import { buildPrompt } from '../../../src/diagnosis/prompt.ts'
import { TARGET_NAMES, TARGETS, type TargetName } from '../../../src/formats/targets.ts'
import { writeLine } from '../../../src/formats/writing.ts'
import { temporaryFolder } from '../../support/folder.ts'
import { type Bench, readCount, UsageError } from '../support/bench.ts'
import { thisMachine } from '../support/machine.ts'
import { runWorker } from '../support/worker.ts'
import { Done, TASKS, type Task, type Work } from './work.ts'

const USUAL_ROWS = 100_000
const USUAL_ROUNDS = 3
const MODEL = 'gpt-4.1-mini-2025-04-14'
/** Design, table of how good it must be. */
const MAX_MS = 3_000
const MAX_MB = 64

type Figures = { target: TargetName } & Record<Task, Done[]>

/** Every target's file is checked in three depths, beside a loop that only reads and parses it. */
export const validateBench: Bench = {
  async run(args, signal) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        rows: { type: 'string' },
        rounds: { type: 'string' },
        targets: { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    })
    const rows = readCount('rows', values.rows, USUAL_ROWS)
    const rounds = readCount('rounds', values.rounds, USUAL_ROUNDS)
    const machine = thisMachine()
    await using opened = new AsyncDisposableStack()
    const { path: folder } = opened.use(await temporaryFolder())
    const figures: Figures[] = []
    for (const target of readTargets(values.targets)) {
      const file = join(folder, `${target}.jsonl`)
      await pipeline(Readable.from(linesOf(target, rows)), createWriteStream(file), { signal })
      const measured: Figures = { target, bare: [], rules: [], report: [], tokens: [] }
      for (let round = 0; round < rounds; round += 1) {
        process.stderr.write(`${target}, round ${round + 1} of ${rounds} …\n`)
        for (const task of round % 2 === 0 ? TASKS : TASKS.toReversed())
          measured[task].push(await play({ task, file, target, model: MODEL }, signal))
      }
      figures.push(measured)
      await rm(file)
    }
    const lines = figures.map(summary)
    if (values.json)
      process.stdout.write(`${JSON.stringify({ machine, rows, rounds, targets: lines, figures }, null, 2)}\n`)
    else process.stdout.write(`${report(lines, { rows, rounds, machine })}\n`)
  },
}

function readTargets(wished: string | undefined): readonly TargetName[] {
  if (wished === undefined) return TARGET_NAMES
  return wished.split(',').map((name) => {
    const target = TARGET_NAMES.find((known) => known === name)
    if (!target) throw new UsageError(`--targets takes some of ${TARGET_NAMES.join(',')}, not ${name}.`)
    return target
  })
}

const MARK = '\uFEFF'
const CODES = ['E-01', 'E-02', 'E-05', 'W-10']

/** Questions that are all different, with the answers of a few codes, as corrections are. */
function* linesOf(target: TargetName, rows: number): Iterable<string> {
  if (TARGETS[target].byteOrderMark === 'needed') yield MARK
  for (let i = 0; i < rows; i += 1) {
    const code = CODES[i % CODES.length] ?? ''
    const statement = { code, problem: 'Turbidity sensor occlusion', command: 'CLEAN_TURB', fallback: null }
    const question = `${i % 3 === 0 ? 'Since this morning unit' : 'Hello, my'} HC5000-${i} shows ${code} after ${(i * 7_919) % 100_003} hours. What now?`
    const answer = writeAnswer({ ...statement, action: 'Trigger automated cleaning cycle' })
    const rejected = `Restart the unit ${i % 50} times.`
    yield `${writeLine({ prompt: buildPrompt(question), answer, rejected, label: i % 2 === 0 }, target)}\n`
  }
}

const play = (work: Work, signal: AbortSignal): Promise<Done> =>
  runWorker(new URL('./worker.ts', import.meta.url), { work, Done, what: `${work.task} of ${work.target}` }, signal)

function summary({ target, ...tasks }: Figures) {
  const figuresOf = (task: Task) => ({
    ms: median(tasks[task].map(({ ms }) => ms)),
    cpuMs: median(tasks[task].map(({ cpuMs }) => cpuMs)),
    memoryMb: Math.max(...tasks[task].map(({ peakBytes, idleBytes }) => (peakBytes - idleBytes) / 1024 ** 2)),
  })
  return {
    target,
    bare: figuresOf('bare'),
    rules: figuresOf('rules'),
    report: figuresOf('report'),
    tokens: figuresOf('tokens'),
  }
}

type Summary = ReturnType<typeof summary>

function report(
  lines: readonly Summary[],
  { rows, rounds, machine }: { rows: number; rounds: number; machine: ReturnType<typeof thisMachine> },
): string {
  const table = new Table({
    head: ['target', ...TASKS.flatMap((task) => [task, task === 'bare' ? 'memory' : '× bare, memory'])],
    style: { head: [], border: [] },
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  })
  for (const line of lines)
    table.push([
      line.target,
      ...TASKS.flatMap((task) => {
        const { ms, cpuMs, memoryMb } = line[task]
        const ratio = task === 'bare' ? '' : `${(cpuMs / line.bare.cpuMs).toFixed(1)} ×, `
        return [`${ms.toFixed(0)} ms (CPU ${cpuMs.toFixed(0)})`, `${ratio}+ ${memoryMb.toFixed(0)} MB`]
      }),
    ])
  const worst = (task: Task) => `${task} ${Math.max(...lines.map((line) => line[task].ms)).toFixed(0)} ms`
  return [
    `validate: ${rows} rows, ${rounds} rounds in turn, medians, each run a process of its own`,
    `${machine.cores} cores (${machine.cpu}), Node ${machine.node}, ${machine.platform}, load before ${machine.loadBefore.toFixed(1)}`,
    table.toString(),
    `The slowest: ${TASKS.map(worst).join(', ')}. Goal: ${MAX_MS} ms a target, memory + ${MAX_MB} MB at most.`,
    'bare: readline and JSON.parse. rules: the trainer’s rules. report: the rules, duplicates, near-duplicates, conflicts, labels, tokens by their bytes. tokens: the same, counted with a model’s vocabulary, which alone takes some 80 MB.',
  ].join('\n')
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
