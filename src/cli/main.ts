#!/usr/bin/env node
import { loadDotEnv } from '../config/env.ts'
import { buildProgram } from './build.ts'
import { runProgram, type Terminal } from './program.ts'

loadDotEnv()
const stopping = new AbortController()
process.once('SIGINT', () => stopping.abort())
process.once('SIGTERM', () => stopping.abort())

const terminal: Terminal = {
  out: (text) => void process.stdout.write(`${text}\n`),
  err: (text) => void process.stderr.write(`${text}\n`),
  isInteractive: process.stderr.isTTY === true,
  environment: process.env,
  signal: stopping.signal,
}

// A reader that closes early, such as `head`, is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

process.exitCode = await runProgram(buildProgram(terminal), process.argv.slice(2), terminal)
