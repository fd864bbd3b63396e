import { type Bench, UsageError } from './support/bench.ts'

/** Each is loaded only when it is asked for. */
type Entry = { about: string; usage: string; load: () => Promise<Bench> }

/** Benchmarks are commands that print ratios against a baseline of the same run; they are not timed tests. */
const BENCHES: Readonly<Record<string, Entry>> = {
  answer: {
    about: 'time from a question to its answer, memory and start, beside a bare Bolt + openai handler',
    usage: '[--slow] [--json] [--rounds N] [--sequential N] [--together N] [--seconds 90] [--profile FOLDER]',
    load: async () => (await import('./answer/bench.ts')).answerBench,
  },
  commands: {
    about: 'time from a click to the device’s result, on both brokers, beside a bare Bolt + mqtt handler',
    usage: '[--json] [--sequential N] [--together N] [--seconds 120]',
    load: async () => (await import('./commands/bench.ts')).commandsBench,
  },
  crash: {
    about: 'questions in flight on two instances, one killed with -9: lost, answered twice, and how long it took',
    usage: '[--questions 500] [--database postgres://…]',
    load: async () => (await import('./crash/bench.ts')).crashBench,
  },
  export: {
    about: 'approved corrections written in each format, time beside select + JSON.stringify + write, and memory',
    usage: '[--rows 100000] [--rounds 3] [--formats openai-sft,…] [--databases sqlite,postgres] [--json]',
    load: async () => (await import('./export/bench.ts')).exportBench,
  },
  queue: {
    about: 'a page of the review queue, first, deep and last, beside a select of as many rows by their key',
    usage: '[--rows 100000] [--times 200] [--databases sqlite,postgres] [--json]',
    load: async () => (await import('./queue/bench.ts')).queueBench,
  },
  validate: {
    about: 'training data checked for each trainer, in three depths, beside readline + JSON.parse, and memory',
    usage: '[--rows 100000] [--rounds 3] [--targets openai-sft,…] [--json]',
    load: async () => (await import('./validate/bench.ts')).validateBench,
  },
}

const USAGE = [
  'npm run bench -- <name> [options]',
  ...Object.entries(BENCHES).flatMap(([name, { about, usage }]) => [`  ${name}: ${about}`, `    ${usage}`]),
].join('\n')

const INTERRUPTED = 130

async function main([name = '', ...args]: readonly string[]): Promise<number> {
  const entry = BENCHES[name]
  if (!entry) {
    process.stderr.write(`${USAGE}\n`)
    return 2
  }
  const stopping = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => (stopping.signal.aborted ? process.exit(INTERRUPTED) : stopping.abort()))
  }
  try {
    const bench = await entry.load()
    await bench.run(args, stopping.signal)
    return 0
  } catch (error) {
    if (stopping.signal.aborted) return INTERRUPTED
    if (error instanceof UsageError || isUnknownOption(error)) {
      process.stderr.write(`${error.message}\n${USAGE}\n`)
      return 2
    }
    process.stderr.write(`The benchmark failed. ${error instanceof Error ? error.stack : String(error)}\n`)
    return 1
  }
}

const isUnknownOption = (error: unknown): error is Error =>
  error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')

process.exit(await main(process.argv.slice(2)))
