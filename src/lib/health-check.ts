import { AppError } from './errors.ts'
import { redact } from './logger.ts'

/** What was checked, and the result. */
export type CheckResult = {
  what: string
  verdict: 'ok' | 'warn' | 'fault'
  /** The state in one line. Never a secret. */
  says: string
  /** What to do; null if nothing. */
  todo: string | null
}

export const ok = (what: string, says: string): CheckResult => ({ what, verdict: 'ok', says, todo: null })
export const warn = (what: string, says: string, todo: string): CheckResult => ({ what, verdict: 'warn', says, todo })
export const fail = (what: string, says: string, todo: string): CheckResult => ({ what, verdict: 'fault', says, todo })

/** Runs one check within a time limit. A failure is a result too: it never throws, unless it's aborted. */
export async function runCheck(
  what: string,
  work: (signal: AbortSignal) => Promise<readonly CheckResult[]>,
  { withinMs, signal }: { withinMs: number; signal: AbortSignal },
): Promise<readonly CheckResult[]> {
  const late = AbortSignal.timeout(withinMs)
  const ended = AbortSignal.any([signal, late])
  const { promise: cutOff, reject } = Promise.withResolvers<never>()
  const onEnd = () => reject(ended.reason)
  ended.addEventListener('abort', onEnd, { once: true })
  try {
    return (await Promise.race([work(ended), cutOff])).map(withoutSecrets)
  } catch (error) {
    signal.throwIfAborted()
    if (late.aborted)
      return [fail(what, `did not answer within ${withinMs / 1_000} s`, 'Check its address and the network between.')]
    return [withoutSecrets(faultOf(what, error))]
  } finally {
    ended.removeEventListener('abort', onEnd)
  }
}

function faultOf(what: string, error: unknown): CheckResult {
  const message = error instanceof Error ? error.message : String(error)
  if (error instanceof AppError) return fail(what, `${message}${causeOf(error)}`, error.remedy)
  return fail(what, `failed: ${message}`, 'If it stays so, run this again with LOG_LEVEL=debug and read the log.')
}

/** The system's own word, such as ECONNREFUSED, says more than our sentence. */
function causeOf({ cause }: Error): string {
  return cause instanceof Error && cause.message ? ` (${cause.message.split('\n')[0]})` : ''
}

function withoutSecrets({ says, todo, ...finding }: CheckResult): CheckResult {
  return { ...finding, says: redact(says), todo: todo && redact(todo) }
}
