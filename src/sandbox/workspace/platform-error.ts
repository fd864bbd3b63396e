/** A refusal as Slack words it: `{ok: false, error}`, with what else the answer carries. */
export class PlatformError extends Error {
  override readonly name = 'PlatformError'
  readonly code: string
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: string, details: Readonly<Record<string, unknown>> = {}) {
    super(code)
    this.code = code
    this.details = details
  }
}

/** A refusal whose `response_metadata.messages` say where the fault is. */
export const refusal = (code: string, faults: readonly string[]) =>
  new PlatformError(code, {
    errors: faults,
    response_metadata: { messages: faults.map((fault) => `[ERROR] ${fault}`) },
  })
