import type { ModelNews } from '../diagnosis/model/model-news.ts'
import { cancel, enqueue } from '../outbox/outbox-records.ts'
import type { Store } from '../store/open.ts'

declare module '../outbox/topics.ts' {
  interface OutboxTopics {
    /** Something about the models that the administrators have not heard of. */
    model_news: 'name of the news'
  }
}

/**
 * Leaves news for the administrators, in the transaction of what it tells of: jobs and evaluations end in a terminal
 * while the bot runs elsewhere. Whichever instance of the bot sees it first brings it. `key` names it once and for all.
 */
export async function enqueueModelNews(store: Store, key: string, news: ModelNews, now: number): Promise<void> {
  const at = new Date(now)
  await enqueue(store, { topic: 'model_news', key: key, payload: JSON.stringify(news), runAt: at }, at)
}

/** What whoever is at the terminal has just read there, such as the first models of a start, is no news. */
export async function cancelModelNews(store: Store, key: string): Promise<void> {
  await cancel(store, 'model_news', key)
}
