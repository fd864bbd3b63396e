import type { Outcome, Requests, Snapshot } from '../contract.ts'

/** The server knows no such person. */
export class UnknownViewerError extends Error {
  override readonly name = 'UnknownViewerError'
}

/** The workspace as the viewer sees it. */
export async function fetchSnapshot(viewer: string, signal: AbortSignal): Promise<Snapshot> {
  const response = await fetch(`/sandbox/state?user=${encodeURIComponent(viewer)}`, { signal, cache: 'no-store' })
  if (response.status === 404) throw new UnknownViewerError(`The sandbox does not know ${viewer}.`)
  if (!response.ok) throw new Error(`The sandbox answered ${response.status}.`)
  return (await response.json()) as Snapshot
}

/** Posts one request. It never throws: a server that cannot be reached is an outcome too. */
export async function post<Path extends keyof Requests>(path: Path, body: Requests[Path]): Promise<Outcome> {
  const address = 'id' in body ? `${path}/${encodeURIComponent(body.id)}` : path
  try {
    const response = await fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const outcome: unknown = await response.json()
    if (typeof outcome === 'object' && outcome !== null && 'ok' in outcome) return outcome as Outcome
    return { ok: false, error: `The sandbox answered ${response.status}. Try again in a moment.` }
  } catch {
    return { ok: false, error: 'The sandbox could not be reached. Try again in a moment.' }
  }
}
