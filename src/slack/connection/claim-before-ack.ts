import type { App, Receiver, ReceiverEvent } from '@slack/bolt'
import type { Logger } from '../../lib/logger.ts'

/**
 * What to do with an incoming payload before Bolt sees it: `claimed` is stored and ours to answer; a duplicate or what
 * isn't ours is acknowledged and dropped.
 */
export type Claim = 'pass' | 'claimed' | 'drop'

/**
 * Puts the claim in front of Bolt. Bolt acknowledges an event before any listener runs, and Slack doesn't redeliver
 * what was acknowledged, so a question is stored first. If storing fails, the event isn't acknowledged and Slack
 * redelivers it.
 */
export function claimBeforeAck<R extends Receiver>(
  receiver: R,
  claim: (body: ReceiverEvent['body']) => Promise<Claim>,
  logger: Logger,
): R {
  const init = receiver.init.bind(receiver)
  receiver.init = (app: App) => {
    const claiming = Object.create(app, {
      processEvent: {
        value: async (event: ReceiverEvent) => {
          const claimed = await claim(event.body)
          if (claimed === 'drop') return event.ack()
          if (claimed === 'pass') return app.processEvent(event)
          return app.processEvent({ ...event, ack: acknowledging(event, logger) })
        },
      },
    }) as App
    init(claiming)
  }
  return receiver
}

/**
 * A stored question is answered even if its connection broke before the ack: Slack redelivers it, and the claim
 * recognises the duplicate.
 */
function acknowledging({ ack }: ReceiverEvent, logger: Logger): ReceiverEvent['ack'] {
  return async (response) => {
    try {
      await ack(response)
    } catch (error) {
      logger.info({ err: error }, 'a stored question could not be acknowledged; Slack will deliver it again')
    }
  }
}
