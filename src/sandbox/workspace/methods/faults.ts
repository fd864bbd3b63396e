/** A fault that the next calls of a method meet. */
export type Fault = {
  /** `*` stands for every method. */
  method: string
  /** A platform error; `ratelimited` answers 429. */
  error?: string
  /** An HTTP status, answered without JSON. */
  status?: number
  /** A 200 whose body is this instead of JSON. */
  body?: string
  retryAfterSeconds?: number
  delayMs?: number
  /** The call is carried out, and only then its answer is lost: what a client sees as a timeout. */
  after?: boolean
  /** How many calls it meets; 1 unless given. */
  times?: number
}
export type Faults = {
  add(fault: Fault): void
  /** Every answer of the Web API takes this much longer. */
  latency(ms: number): void
  clear(): void
}

export function createFaults(): Faults & { next(method: string): Fault | null; latencyMs(): number } {
  const waiting: (Fault & { left: number })[] = []
  let latencyMs = 0
  return {
    add: (fault) => void waiting.push({ ...fault, left: fault.times ?? 1 }),
    latency(ms) {
      latencyMs = ms
    },
    clear() {
      waiting.length = 0
      latencyMs = 0
    },
    latencyMs: () => latencyMs,
    next(method) {
      const fault = waiting.find((one) => one.method === method || one.method === '*')
      if (!fault) return null
      fault.left -= 1
      if (fault.left <= 0) waiting.splice(waiting.indexOf(fault), 1)
      return fault
    },
  }
}
