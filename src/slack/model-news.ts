import { z } from 'zod'
import { splitErrand } from '../commands/errand-records.ts'
import type { Errands } from '../commands/errands.ts'
import { ModelNews, readModelNews } from '../diagnosis/model-news.ts'
import type { Logger } from '../lib/logger.ts'
import type { Store } from '../store/open.ts'
import { callSlack, type SlackClients } from './clients.ts'
import { modelNewsLine } from './model-words.ts'
import { natureOf } from './platform-errors.ts'
import type { Roles } from './roles.ts'
import { type LocalFile, uploadFiles } from './uploading.ts'
import type { Access, ClientsOf } from './workspaces.ts'

/** Older news is history: it stands in `models history` and in Home. */
const OLD_AFTER_MS = 7 * 24 * 60 * 60 * 1_000
/** Done at the first try, an errand is younger; an older one may have been done by an instance that died of it. */
const FRESH_MS = 20_000
const MESSAGES_LOOKED_AT = 50
const NEWS_TYPE = 'hydrocore_news'

const Word = z.object({ team: z.string(), user: z.string(), news: ModelNews })

/** The report of an evaluation as a file, for as long as it is being used; null where there is none. */
export type ReportFile = (evaluation: string) => Promise<(AsyncDisposable & LocalFile) | null>

/**
 * Tells the administrators what happened with the models, in private, one line each. Jobs, evaluations and promotions
 * end in a terminal as a rule; whichever instance of the bot finds the news first shares it out, one errand a person.
 */
export function tellAdministrators(parts: {
  errands: Errands
  store: Store
  teams: Access['teams']
  roles: Pick<Roles, 'admins'>
  clientsOf: ClientsOf
  reportFile: ReportFile
  logger: Logger
  now: () => number
}): void {
  const { errands, store, teams, roles, clientsOf, logger, now } = parts

  errands.on('model_news', async (errand) => {
    const news = readModelNews(errand.body)
    const isOld = now() - errand.createdAt.getTime() > OLD_AFTER_MS
    const people = news && !isOld ? await administrators() : []
    const words = people.map(({ team, user }) => ({
      topic: 'model_word' as const,
      subject: `${errand.subject}:${team}:${user}`,
      body: JSON.stringify({ team, user, news }),
      dueAt: new Date(now()),
    }))
    await splitErrand(store, errand, words, new Date(now()))
    errands.soon()
  })

  errands.on('model_word', async ({ subject, body, createdAt, tries }) => {
    const word = Word.safeParse(JSON.parse(body ?? 'null'))
    if (!word.success) return
    const { team, user, news } = word.data
    try {
      const clients = await clientsOf(team)
      const { channel } = await callSlack(() => clients.posting.conversations.open({ users: user }), {
        isRepeatable: true,
      })
      const at = channel?.id ?? user
      const mayStand = tries > 0 || now() - createdAt.getTime() > FRESH_MS
      if (mayStand && (await stands(clients, at, subject, news))) return
      await send(clients, at, subject, news)
    } catch (error) {
      if (natureOf(error) !== 'refused') throw error
      logger.warn({ err: error, user, news: news.kind }, 'an administrator could not be told of the models')
    }
  })

  async function administrators(): Promise<{ team: string; user: string }[]> {
    const found = await Promise.all(
      (await teams()).map(async (team) => (await roles.admins(team)).map((user) => ({ team, user }))),
    )
    return found.flat()
  }

  async function send(clients: SlackClients, channel: string, id: string, news: ModelNews): Promise<void> {
    const text = modelNewsLine(news)
    await using file = news.kind === 'evaluated' ? await fileOf(news.evaluation) : null
    if (file && (await isUploaded(clients, { channel, comment: text, files: [file] }))) return
    const metadata = { event_type: NEWS_TYPE, event_payload: { id } }
    const plainly = { unfurl_links: false, unfurl_media: false }
    await callSlack(() => clients.posting.chat.postMessage({ channel, text, metadata, ...plainly }))
  }

  /** The line is worth more than its file: without one it stands alone. */
  async function fileOf(evaluation: string) {
    return parts.reportFile(evaluation).catch((error: unknown) => {
      logger.warn({ err: error, evaluation }, 'the report of an evaluation could not be written')
      return null
    })
  }

  async function isUploaded({ posting }: SlackClients, upload: Parameters<typeof uploadFiles>[1]): Promise<boolean> {
    try {
      await uploadFiles(posting, upload)
      return true
    } catch (error) {
      if (natureOf(error) !== 'refused') throw error
      logger.warn({ err: error }, 'Slack takes no file here')
      return false
    }
  }

  /** Whether an instance that died before it could say so has sent it. */
  async function stands({ posting }: SlackClients, channel: string, id: string, news: ModelNews): Promise<boolean> {
    const { messages = [] } = await callSlack(
      () => posting.conversations.history({ channel, limit: MESSAGES_LOOKED_AT, include_all_metadata: true }),
      { isRepeatable: true },
    )
    return messages.some(({ metadata, files, text = '' }) => {
      const marked = Marked.safeParse(metadata)
      // A file carries no mark; its words name the evaluation.
      const isReport = news.kind === 'evaluated' && files !== undefined && text.includes(news.evaluation)
      return marked.success ? marked.data.event_payload.id === id : isReport
    })
  }
}

const Marked = z.object({ event_type: z.literal(NEWS_TYPE), event_payload: z.object({ id: z.string() }) })
