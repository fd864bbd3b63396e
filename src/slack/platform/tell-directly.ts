import type { RespondFn } from '@slack/bolt'
import type { WebClient } from '@slack/web-api'
import { escapeMrkdwn } from './escaping.ts'
import type { SlackAction } from './payloads.ts'
import { WORDS } from './words.ts'

/** Where somebody did something, as far as it matters for telling them. */
export type Place = Pick<SlackAction, 'person'> &
  Partial<Pick<SlackAction, 'trigger_id' | 'channel' | 'view'>> & {
    message?: { thread_ts?: string | undefined } | undefined
  }

type Roads = { respond?: RespondFn; client?: WebClient }

/**
 * Tells one person something by what came with their click alone, so that it works while the database is away: below the
 * message, as a form above the view they're in, or in a direct message. Never fails.
 */
export async function tellDirectly({ respond, client }: Roads, place: Place, words: string): Promise<void> {
  const { person, trigger_id, channel, message, view } = place
  const text = escapeMrkdwn(words)
  const thread = message?.thread_ts ? { thread_ts: message.thread_ts } : {}
  const roads: (() => Promise<unknown> | undefined)[] = [
    () => (channel ? respond?.({ response_type: 'ephemeral', replace_original: false, text, ...thread }) : undefined),
    () =>
      channel ? client?.chat.postEphemeral({ channel: channel.id, user: person.user, text, ...thread }) : undefined,
    () => (view && trigger_id ? openNotice(client, view, trigger_id, words) : undefined),
    () => client?.chat.postMessage({ channel: person.user, text }),
  ]
  for (const road of roads) {
    const told = await road()?.then(
      () => true,
      () => false,
    )
    if (told) return
  }
}

/** Above an open form, which keeps what was typed; elsewhere, such as in Home, by itself. */
function openNotice(
  client: WebClient | undefined,
  { type }: NonNullable<Place['view']>,
  trigger_id: string,
  words: string,
): Promise<unknown> | undefined {
  const plain = (text: string) => ({ type: 'plain_text' as const, text })
  const view = {
    type: 'modal' as const,
    title: plain(WORDS.failedTitle),
    close: plain(WORDS.close),
    blocks: [{ type: 'section' as const, text: plain(words) }],
  }
  return type === 'modal' ? client?.views.push({ trigger_id, view }) : client?.views.open({ trigger_id, view })
}
