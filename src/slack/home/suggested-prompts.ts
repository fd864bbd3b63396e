import type { Logger } from '../../lib/logger.ts'
import { createUnavailable } from '../platform/platform-errors.ts'
import type { ClientsOf } from '../platform/workspaces.ts'
import { PROMPTS } from './words.ts'

export type Prompts = {
  /** Offers our questions in a direct message. Never fails; a workspace without prompts is tried once. */
  offer(team: string, channel: string): Promise<void>
}

export function createPrompts({ clientsOf, logger }: { clientsOf: ClientsOf; logger: Logger }): Prompts {
  const unavailable = createUnavailable()
  return {
    async offer(team, channel) {
      if (unavailable.has(team)) return
      try {
        const { posting } = await clientsOf(team)
        // With a `thread_ts` Slack accepts the call and shows nothing.
        await posting.assistant.threads.setSuggestedPrompts({ channel_id: channel, prompts: [...PROMPTS] })
      } catch (error) {
        unavailable.note(team, error)
        logger.info({ err: error, team }, 'the suggested prompts could not be offered')
      }
    },
  }
}
