import type { Logger } from '../../lib/logger.ts'
import { createUnavailable } from '../platform/platform-errors.ts'
import type { ClientsOf } from '../platform/workspaces.ts'

type Thread = { team: string; channel: string; threadTs: string | null }

/**
 * Tells Slack that we're at work in a thread, which gives the person a native stop button. That's worth two calls for a
 * slow answer, but not for the usual one. Never fails; a workspace without sessions is tried once.
 */
export type Sessions = {
  begin(thread: Thread): Promise<void>
  end(thread: Thread): Promise<void>
}

export function createSessions(clientsOf: ClientsOf, logger: Logger): Sessions {
  const unavailable = createUnavailable()
  const set = async ({ team, channel, threadTs }: Thread, status: 'processing' | 'active') => {
    if (!threadTs || unavailable.has(team)) return
    try {
      const { posting } = await clientsOf(team)
      await posting.agents.sessions.setStatus({ channel_id: channel, thread_ts: threadTs, status })
    } catch (error) {
      unavailable.note(team, error)
      logger.info({ err: error, team }, 'no stop button can be offered')
    }
  }
  return { begin: (thread) => set(thread, 'processing'), end: (thread) => set(thread, 'active') }
}
