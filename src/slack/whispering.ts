import type { KnownBlock } from '@slack/types'
import { callSlack, type SlackClients } from './clients.ts'
import type { Person, ReadClick } from './reading.ts'

/** Words for one person alone, where they stand: below the message they touched, or in a direct message. */
export async function whisper(
  clients: SlackClients,
  to: Person,
  place: { channel: string; threadTs?: string | undefined },
  text: string,
  blocks: KnownBlock[] = [],
): Promise<void> {
  await callSlack(() =>
    clients.interactive.chat.postEphemeral({
      channel: place.channel,
      user: to.user,
      text,
      ...(blocks.length > 0 ? { blocks } : {}),
      ...(place.threadTs ? { thread_ts: place.threadTs } : {}),
    }),
  )
}

/** Words for who clicked. A click in a view has no channel: those go to a direct message. */
export async function tellClicker(clients: SlackClients, click: ReadClick, text: string): Promise<void> {
  if (click.channel)
    return whisper(clients, click.person, { channel: click.channel.id, threadTs: click.message?.thread_ts }, text)
  await tellInPrivate(clients, click.person.user, text)
}

export async function tellInPrivate(clients: SlackClients, user: string, text: string): Promise<void> {
  const { channel } = await callSlack(() => clients.interactive.conversations.open({ users: user }))
  await callSlack(() => clients.posting.chat.postMessage({ channel: channel?.id ?? user, text }))
}
