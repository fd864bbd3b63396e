import { findAnswerOf, listOrphans, markPosted, type QuestionRow, renewLeases, takeOver } from '../diagnosis/records.ts'
import { type Background, createBackground, type InFlight } from '../lib/background.ts'
import type { Logger } from '../lib/logger.ts'
import type { Store } from '../store/open.ts'
import type { Answering } from './answering.ts'
import { callSlack, type SlackClients } from './clients.ts'
import { MARK_TYPE, type Posted, replyThread } from './delivery.ts'
import { LEASE_MS } from './intake.ts'
import { WORDS } from './words.ts'

const RENEW_EVERY_MS = 5_000
/** An older question has been asked elsewhere by now; it gets an apology and a button. */
const TOO_OLD_MS = 10 * 60 * 1_000
const AT_ONCE = 20

/**
 * Renews the leases of what this instance works on, and takes over what another one left behind. A question gets its
 * answer at most once: what was found is posted only when it does not stand in Slack already.
 */
export function createRecovery(parts: {
  store: Store
  answering: Answering
  clients: SlackClients
  instance: string
  inFlight: InFlight
  logger: Logger
  now: () => number
  leaseMs?: number
}): Background {
  const { store, answering, clients, instance, inFlight, logger, now, leaseMs = LEASE_MS } = parts

  async function recover(question: QuestionRow): Promise<void> {
    logger.warn({ question: question.id }, 'a question was left unanswered, and is taken over')
    const found = await findAnswerOf(store, question.id)
    const standing = found ? await whereItStands(question, found.id) : null
    if (found && standing) return markPosted(store, found, standing, now())
    if (found) return answering.postAgain(question, found)
    if (now() - question.created_at > TOO_OLD_MS) return answering.giveUp(question, WORDS.tooOld)
    await answering.answer(question)
  }

  /** The message that shows this answer, if the post went through before its instance died. */
  async function whereItStands(question: QuestionRow, answerId: string): Promise<Posted | null> {
    const { channel } = question
    const thread = replyThread(question)
    const recent = { channel, include_all_metadata: true, limit: 100 }
    const { messages = [] } = await callSlack(() =>
      thread
        ? clients.posting.conversations.replies({ ...recent, ts: thread })
        : clients.posting.conversations.history({ ...recent, oldest: String(question.created_at / 1_000 - 1) }),
    )
    const ours = messages.find(({ metadata }) => {
      const payload = metadata?.event_payload as { answer_id?: unknown } | undefined
      return metadata?.event_type === MARK_TYPE && payload?.answer_id === answerId
    })
    return ours?.ts ? { channel, ts: ours.ts } : null
  }

  return createBackground({
    name: 'questions left behind',
    everyMs: Math.min(RENEW_EVERY_MS, leaseMs / 3),
    logger,
    async run() {
      await renewLeases(store, instance, now() + leaseMs)
      const orphans = await listOrphans(store, now(), AT_ONCE)
      for (const question of orphans) {
        if (!(await takeOver(store, question, { owner: instance, until: now() + leaseMs }))) continue
        inFlight.run('recovery', () => recover(question))
      }
    },
  })
}
