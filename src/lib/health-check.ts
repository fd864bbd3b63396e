import { AppError } from './errors.ts'
import { redact } from './logger.ts'

/** What was looked at, and what came of it. */
export type Finding = {
  what: string
  verdict: 'ok' | 'warn' | 'fault'
  /** How it stands, in one line. Never a secret. */
  says: string
  /** What to do; null where nothing needs to be done. */
  todo: string | null
}

export const fine = (what: string, says: string): Finding => ({ what, verdict: 'ok', says, todo: null })
export const doubt = (what: string, says: string, todo: string): Finding => ({ what, verdict: 'warn', says, todo })
export const fault = (what: string, says: string, todo: string): Finding => ({ what, verdict: 'fault', says, todo })

/** Looks at something for so long. Whatever goes wrong is a finding too: looking never fails, but when it is called off. */
export async function look(
  what: string,
  work: (signal: AbortSignal) => Promise<readonly Finding[]>,
  { withinMs, signal }: { withinMs: number; signal: AbortSignal },
): Promise<readonly Finding[]> {
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
      return [fault(what, `did not answer within ${withinMs / 1_000} s`, 'Check its address and the network between.')]
    return [withoutSecrets(faultOf(what, error))]
  } finally {
    ended.removeEventListener('abort', onEnd)
  }
}

function faultOf(what: string, error: unknown): Finding {
  const message = error instanceof Error ? error.message : String(error)
  if (error instanceof AppError) return fault(what, `${message}${causeOf(error)}`, error.remedy)
  return fault(what, `failed: ${message}`, 'If it stays so, run this again with LOG_LEVEL=debug and read the log.')
}

/** The system's own word for it, such as ECONNREFUSED, says more than our sentence. */
function causeOf({ cause }: Error): string {
  return cause instanceof Error && cause.message ? ` (${cause.message.split('\n')[0]})` : ''
}

function withoutSecrets({ says, todo, ...finding }: Finding): Finding {
  return { ...finding, says: redact(says), todo: todo && redact(todo) }
}
