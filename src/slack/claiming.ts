import type { App, Receiver, ReceiverEvent } from '@slack/bolt'

/** What to do with an incoming payload before Bolt sees it. */
export type Claim =
  | { kind: 'pass' }
  /** Stored and ours to answer: `question` reaches the listener as `context.question`. */
  | { kind: 'claimed'; question: unknown }
  /** Somebody has it already, or it is none of ours: acknowledged and dropped. */
  | { kind: 'drop' }

/**
 * Puts the claim in front of Bolt. Bolt acknowledges an event before any listener runs, and Slack does not send again
 * what was acknowledged: so a question is stored first. When storing fails, the event is not acknowledged, and Slack
 * delivers it again.
 */
export function claimInFront<R extends Receiver>(receiver: R, claim: (body: unknown) => Promise<Claim>): R {
  const init = receiver.init.bind(receiver)
  receiver.init = (app: App) => {
    const claiming = Object.create(app, {
      processEvent: {
        value: async (event: ReceiverEvent) => {
          const claimed = await claim(event.body)
          if (claimed.kind === 'drop') return event.ack()
          if (claimed.kind === 'pass') return app.processEvent(event)
          return app.processEvent({
            ...event,
            customProperties: { ...event.customProperties, question: claimed.question },
          })
        },
      },
    }) as App
    init(claiming)
  }
  return receiver
}
