import type { VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { ThreadStatus } from '../../../contract.ts'
import { html } from '../../html.ts'
import { displayName } from '../../room.ts'
import { person, workspace } from '../../store.ts'
import { Avatar } from '../avatar.ts'

const STEP_MS = 2_200

/** "HydroCore Assistant is looking up…", with the app's loading messages taking turns beside it. */
export function StatusLine({ status }: { status: ThreadStatus }): VNode {
  const [step, setStep] = useState(0)
  const { loadingMessages } = status
  useEffect(() => {
    if (loadingMessages.length < 2) return
    const timer = setInterval(() => setStep((before) => before + 1), STEP_MS)
    return () => clearInterval(timer)
  }, [loadingMessages.length])
  const app = person(workspace.value?.botUserId ?? '')
  const loading = loadingMessages[step % Math.max(loadingMessages.length, 1)]
  return html`<div class="status-line row text-xl" role="status">
    <${Avatar} person=${app} size=${28} />
    <p><span class="status-words">${displayName(app)} ${status.status}</span>
      ${loading && html`<span class="status-loading soft text-md" aria-hidden="true" key=${loading}>${loading}</span>`}</p>
  </div>`
}
