import { createInterface } from 'node:readline/promises'
import { loadDotEnv } from '../config/env.ts'
import { buildProgram } from './build.ts'
import { runProgram, type Terminal } from './program.ts'

loadDotEnv()
const stopping = new AbortController()
process.once('SIGINT', () => stopping.abort())
process.once('SIGTERM', () => stopping.abort())

async function confirm(question: string): Promise<boolean> {
  using lines = createInterface({ input: process.stdin, output: process.stderr })
  lines.on('SIGINT', () => stopping.abort())
  const said = await lines.question(`${question} [y/N] `, { signal: stopping.signal })
  return /^y(es)?$/i.test(said.trim())
}

const terminal: Terminal = {
  out: (text) => void process.stdout.write(`${text}\n`),
  err: (text) => void process.stderr.write(`${text}\n`),
  isInteractive: process.stderr.isTTY === true,
  confirm: process.stdin.isTTY && process.stderr.isTTY ? confirm : null,
  environment: process.env,
  signal: stopping.signal,
}

// A reader that closes early, such as `head`, isn't an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

process.exitCode = await runProgram(buildProgram(terminal), process.argv.slice(2), terminal)
