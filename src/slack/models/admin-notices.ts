import { z } from 'zod'
import { ModelNews, readModelNews } from '../../diagnosis/model/model-news.ts'
import type { Logger } from '../../lib/logger.ts'
import type { Outbox } from '../../outbox/outbox.ts'
import { type OutboxJob, replaceWith } from '../../outbox/outbox-records.ts'
import type { Store } from '../../store/open.ts'
import { modelNewsLine } from '../blocks/model-news.ts'
import { directChannel, type SlackClients } from '../platform/clients.ts'
import { retryabilityOf } from '../platform/platform-errors.ts'
import type { Roles } from '../platform/roles.ts'
import type { Access, ClientsOf } from '../platform/workspaces.ts'
import { findPostedCopy, postWithRecord } from '../posting/post-once.ts'
import { type LocalFile, uploadFiles } from '../posting/upload-files.ts'

declare module '../../outbox/topics.ts' {
  interface OutboxTopics {
    /** News for one administrator. */
    model_word: 'name of the news and person'
  }
}

/** Older news is shown by `models history` and in App Home. */
const OLD_AFTER_MS = 7 * 24 * 60 * 60 * 1_000

const Word = z.object({ team: z.string(), user: z.string(), news: ModelNews })

/** The report of an evaluation as a file, until disposed; null without one. */
export type ReportFile = (evaluation: string) => Promise<(AsyncDisposable & LocalFile) | null>

/**
 * Tells the administrators what happened to the models, in private, one line each. Jobs, evaluations and promotions
 * mostly end in a terminal; the first bot instance to find the news creates one outbox job per person.
 */
export function notifyAdministrators(deps: {
  outbox: Outbox
  store: Store
  teams: Access['teams']
  roles: Pick<Roles, 'admins'>
  clientsOf: ClientsOf
  reportFile: ReportFile
  logger: Logger
  now: () => number
}): void {
  const { outbox, store, teams, roles, clientsOf, logger, now } = deps

  outbox.on('model_news', async (job) => {
    const news = readModelNews(job.payload)
    const isOld = now() - job.createdAt.getTime() > OLD_AFTER_MS
    const people = news && !isOld ? await administrators() : []
    const words = people.map(({ team, user }) => ({
      topic: 'model_word' as const,
      key: `${job.key}:${team}:${user}`,
      payload: JSON.stringify({ team, user, news }),
      runAt: new Date(now()),
    }))
    await replaceWith(store, job, words, new Date(now()))
    outbox.wake()
  })

  outbox.on('model_word', async (job) => {
    const word = Word.safeParse(JSON.parse(job.payload ?? 'null'))
    if (!word.success) return
    const { team, user, news } = word.data
    try {
      const clients = await clientsOf(team)
      const at = await directChannel(clients, user)
      // Files carry no metadata; the text identifies the evaluation.
      const isReport = ({ files, text = '' }: { files?: unknown; text?: string }) =>
        news.kind === 'evaluated' && files !== undefined && text.includes(news.evaluation)
      if (await findPostedCopy(clients, job, at, now(), { isIt: isReport })) return
      await send(clients, at, job, news)
    } catch (error) {
      if (retryabilityOf(error) !== 'rejected') throw error
      logger.warn({ err: error, user, news: news.kind }, 'an administrator could not be told of the models')
    }
  })

  async function administrators(): Promise<{ team: string; user: string }[]> {
    const found = await Promise.all(
      (await teams()).map(async (team) => (await roles.admins(team)).map((user) => ({ team, user }))),
    )
    return found.flat()
  }

  async function send(clients: SlackClients, channel: string, job: OutboxJob, news: ModelNews): Promise<void> {
    const text = modelNewsLine(news)
    await using file = news.kind === 'evaluated' ? await fileOf(news.evaluation) : null
    if (file && (await isUploaded(clients, { channel, comment: text, files: [file] }))) return
    await postWithRecord(clients, job, channel, { text, blocks: [] })
  }

  /** The line matters more than its file, and is posted without one if need be. */
  async function fileOf(evaluation: string) {
    return deps.reportFile(evaluation).catch((error: unknown) => {
      logger.warn({ err: error, evaluation }, 'the report of an evaluation could not be written')
      return null
    })
  }

  async function isUploaded({ posting }: SlackClients, upload: Parameters<typeof uploadFiles>[1]): Promise<boolean> {
    try {
      await uploadFiles(posting, upload)
      return true
    } catch (error) {
      if (retryabilityOf(error) !== 'rejected') throw error
      logger.warn({ err: error }, 'Slack takes no file here')
      return false
    }
  }
}
