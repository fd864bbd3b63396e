/** One call of the Web API that the workspace received. */
export type ApiCall = {
  method: string
  args: Readonly<Record<string, unknown>>
  /** Milliseconds since the epoch when it came in. */
  at: number
  durationMs: number
  ok: boolean
  error: string | null
}

/** Enough for a long test; a bench does not grow without end. */
const KEPT_CALLS = 10_000

export function createCallLog() {
  const calls: ApiCall[] = []
  return {
    calls: calls as readonly ApiCall[],
    add(call: ApiCall) {
      calls.push(call)
      if (calls.length > KEPT_CALLS) calls.splice(0, KEPT_CALLS / 2)
    },
  }
}
