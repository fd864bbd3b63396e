/** Something that goes wrong on purpose, for the next requests to a path. */
export type Fault = {
  /** Below `/v1`, such as `/chat/completions`; a trailing `*` takes all that begin alike. */
  path: string
  /** How many requests it strikes; 1 unless said, `Infinity` until cleared. */
  times?: number
  /** Waits first; alone, the request is then answered as usual. */
  delayMs?: number
  /** Answers with this status instead; 200 when only a body is given. */
  status?: number
  headers?: Readonly<Record<string, string>>
  /** Text is sent as it is (as HTML when it looks so), anything else as JSON. */
  body?: unknown
  /** Breaks the connection after so many chunks of a stream; an answer in one piece breaks in the middle. */
  cutAfterChunks?: number
  /** The model says nothing, or something that no one can read. */
  answer?: 'empty' | 'garbage'
}

export type Faults = {
  add(fault: Fault): void
  /** What is still to strike. */
  pending(): readonly Fault[]
  clear(): void
  /** The fault for this request, used up by it. */
  take(path: string): Fault | null
}

export function createFaults(): Faults {
  let planned: { fault: Fault; left: number }[] = []
  const isFor = (pattern: string, path: string) => {
    const wanted = pattern.replace(/^\/v1(?=\/)/, '')
    return wanted.endsWith('*') ? path.startsWith(wanted.slice(0, -1)) : path === wanted
  }
  return {
    add(fault) {
      planned.push({ fault, left: fault.times ?? 1 })
    },
    pending: () => planned.map(({ fault, left }) => ({ ...fault, times: left })),
    clear() {
      planned = []
    },
    take(path) {
      const found = planned.find(({ fault }) => isFor(fault.path, path))
      if (!found) return null
      found.left -= 1
      if (found.left <= 0) planned = planned.filter((one) => one !== found)
      return found.fault
    },
  }
}

/** What the request is answered with when the fault says so; null when the route answers it all the same. */
export function responseOf({ status, headers, body }: Fault): Response | null {
  if (status === undefined && body === undefined) return null
  const code = status ?? 200
  const given = body ?? { error: { message: `Scripted fault ${code}`, type: 'server_error', param: null, code: null } }
  const isText = typeof given === 'string'
  const type = isText ? (given.trimStart().startsWith('<') ? 'text/html' : 'text/plain') : 'application/json'
  return new Response(isText ? given : JSON.stringify(given), {
    status: code,
    headers: { 'content-type': type, ...headers },
  })
}

export const GARBAGE = '}{"<<%% \uFFFD\uFFFD 0xDEADBEEF ]] \u0007 null,null ::: (((('
