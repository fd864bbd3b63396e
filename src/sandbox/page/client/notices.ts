import { signal } from '@preact/signals'

export type Notice = { id: number; text: string }

/** Long enough to read two short sentences. */
const SHOWN_MS = 8_000

export const notices = signal<readonly Notice[]>([])
let lastId = 0

/** The same words come by two ways, the request's answer and the stream, in either order. */
const ELSEWHERE_MS = 3_000
let elsewhere: { text: string; until: number } | null = null

/** These words stand at a better place already, such as above the field they are about. */
export function shownElsewhere(text: string): void {
  elsewhere = { text, until: Date.now() + ELSEWHERE_MS }
  notices.value = notices.value.filter((notice) => notice.text !== text)
}

/** Says something in passing, as Slack does when an app does not answer. */
export function tell(text: string): void {
  if (elsewhere?.text === text && Date.now() < elsewhere.until) return
  const notice = { id: ++lastId, text }
  notices.value = [...notices.value.filter((each) => each.text !== text), notice].slice(-3)
  setTimeout(() => dismiss(notice.id), SHOWN_MS)
}

export const dismiss = (id: number): void => {
  notices.value = notices.value.filter((notice) => notice.id !== id)
}
