import { buildProgram } from '../../src/cli/build.ts'
import { runProgram } from '../../src/cli/program.ts'

/** One command line in this process: its exit code and what it wrote. */
export async function runTerminal(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const out: string[] = []
  const err: string[] = []
  const terminal = {
    out: (text: string) => void out.push(text),
    err: (text: string) => void err.push(text),
    isInteractive: false,
    environment,
    signal: new AbortController().signal,
  }
  const code = await runProgram(buildProgram(terminal), args, terminal)
  return { code, out: out.join('\n'), err: err.join('\n') }
}
