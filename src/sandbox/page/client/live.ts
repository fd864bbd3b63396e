import type { SandboxEvent, Snapshot } from '../contract.ts'
import { fetchSnapshot } from './api.ts'

type Listener = {
  onSnapshot: (snapshot: Snapshot) => void
  onEvent: (event: SandboxEvent) => void
  onConnection: (open: boolean) => void
}

export type Live = { retryNow: () => void; close: () => void }

const FIRST_RETRY_MS = 400
const LONGEST_RETRY_MS = 5_000

/**
 * Follows the workspace for one viewer. The stream is opened first and the state fetched second, with the events in
 * between held back, so that nothing falls into the gap; after a break the same happens again.
 */
export function followRoom(viewer: string, listener: Listener): Live {
  let source: EventSource | null = null
  let retry: ReturnType<typeof setTimeout> | undefined
  let wait = FIRST_RETRY_MS
  let attempt = new AbortController()

  const connect = () => {
    clearTimeout(retry)
    attempt.abort()
    source?.close()
    attempt = new AbortController()
    const { signal } = attempt
    const held: SandboxEvent[] = []
    let isHolding = true
    const opened = new EventSource(`/sandbox/events?user=${encodeURIComponent(viewer)}`)
    source = opened
    opened.onopen = async () => {
      try {
        const snapshot = await fetchSnapshot(viewer, signal)
        if (signal.aborted) return
        listener.onSnapshot(snapshot)
        isHolding = false
        for (const event of held.splice(0)) listener.onEvent(event)
        wait = FIRST_RETRY_MS
        listener.onConnection(true)
      } catch {
        if (!signal.aborted) lose()
      }
    }
    opened.onmessage = ({ data }: MessageEvent<string>) => {
      const event = JSON.parse(data) as SandboxEvent
      if (isHolding) held.push(event)
      else listener.onEvent(event)
    }
    opened.onerror = () => {
      if (source === opened) lose()
    }
  }

  const lose = () => {
    source?.close()
    source = null
    attempt.abort()
    listener.onConnection(false)
    clearTimeout(retry)
    retry = setTimeout(connect, wait)
    wait = Math.min(wait * 2, LONGEST_RETRY_MS)
  }

  // A browser allows few streams to one server; tabs in the background leave theirs to the others.
  const onVisibility = () => {
    if (!document.hidden) return connect()
    clearTimeout(retry)
    attempt.abort()
    source?.close()
    source = null
  }
  document.addEventListener('visibilitychange', onVisibility)

  connect()
  return {
    retryNow: () => {
      wait = FIRST_RETRY_MS
      connect()
    },
    close: () => {
      document.removeEventListener('visibilitychange', onVisibility)
      clearTimeout(retry)
      attempt.abort()
      source?.close()
      source = null
    },
  }
}
