import { setTimeout as wait } from 'node:timers/promises'
import type { QuestionRow } from '../../diagnosis/questions/question-records.ts'
import type { InFlight } from '../../lib/background.ts'
import type { Logger } from '../../lib/logger.ts'
import { withRichText } from '../blocks/rich-text.ts'
import { callSlack, type SlackClients } from '../platform/clients.ts'
import type { Posted, SlackMessage } from '../platform/message.ts'
import { isFaultOfBlocks, retryAfterMs, retryabilityOf, slackReason } from '../platform/platform-errors.ts'
import type { ClientsOf } from '../platform/workspaces.ts'
import { findPosted } from '../posting/find-posted.ts'
import { type MessageMetadata, metadataOf } from '../posting/message-metadata.ts'
import { inPlace, send } from '../posting/post.ts'
import type { LiveMessage } from '../progress/live-message.ts'

/** The message couldn't be posted; `isFinal` when retrying is useless. */
export class NotDeliveredError extends Error {
  override readonly name = 'NotDeliveredError'
  readonly isFinal: boolean
  constructor(cause: unknown, isFinal = retryabilityOf(cause) === 'rejected') {
    super('a message could not be delivered', { cause })
    this.isFinal = isFinal
  }
}

export type Delivery = {
  /**
   * Posts the message in the question's place once, replacing an unfinished one if there is one. If a response is lost,
   * it looks for the post before retrying. Throws {@link NotDeliveredError}.
   */
  deliver(
    question: QuestionRow,
    message: SlackMessage,
    how: { mark: MessageMetadata; instead?: LiveMessage | null },
  ): Promise<Posted>
  /** Updates one of our messages. */
  update(team: string, at: Posted, message: SlackMessage): Promise<void>
  /** Deletes one of our messages; one that's gone already is no failure. */
  remove(team: string, at: Posted): Promise<void>
}

const MAX_SENDS = 3

/** A ready answer waits no longer than this for its place; it's then posted separately. */
const REPLACE_WITHIN_MS = 2_500

/** Slack may still be processing a request that was cut off. */
const BEFORE_LOOKING_MS = 200

export function createDelivery(deps: { clientsOf: ClientsOf; inFlight: InFlight; logger: Logger }): Delivery {
  const { clientsOf, inFlight, logger } = deps

  const deliver: Delivery['deliver'] = async (question, message, { mark, instead = null }) => {
    try {
      const clients = await clientsOf(question.team)
      if (!instead) return await sendOnce(clients, question, message, mark)
      if (
        (await instead.close()) &&
        (await replace(clients, instead, inPlace(question, instead.channel, message), mark))
      )
        return placeOf(instead)
      const at = await sendOnce(clients, question, message, mark)
      inFlight.track('removing an unfinished message', () => instead.remove())
      return at
    } catch (error) {
      throw error instanceof NotDeliveredError ? error : new NotDeliveredError(error)
    }
  }

  /** False when Slack rejects it, or takes too long. */
  async function replace(clients: SlackClients, live: LiveMessage, message: SlackMessage, mark: MessageMetadata) {
    try {
      await change(clients, placeOf(live), message, { mark, isRich: live.isRich, mostWaitMs: REPLACE_WITHIN_MS })
      return true
    } catch (error) {
      if (retryabilityOf(error) !== 'rejected' && retryAfterMs(error) === null) throw error
      logger.warn(
        { err: error, ts: live.ts },
        'a grown answer could not be finished in its place, so it is posted anew',
      )
      return false
    }
  }

  async function sendOnce(clients: SlackClients, question: QuestionRow, message: SlackMessage, mark: MessageMetadata) {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await send(clients, question, message, mark)
      } catch (error) {
        if (retryabilityOf(error) !== 'unknown' || attempt === MAX_SENDS) throw error
        logger.warn({ err: error, question: question.id }, 'it is not known whether a post went through')
        await wait(BEFORE_LOOKING_MS)
        const standing = await findPosted(clients, question, mark.answerId)
        // Where we may not look, posting twice is better than not at all; three times isn't.
        if (!standing && attempt > 1) throw new NotDeliveredError(error, true)
        const found = standing?.find(({ kind }) => kind === mark.kind)
        if (found) return placeOf(found)
      }
    }
  }

  return {
    deliver,
    async update(team, at, message) {
      await change(await clientsOf(team), at, message, { mark: null, isRich: false })
    },
    async remove(team, { channel, ts }) {
      const { posting } = await clientsOf(team)
      await callSlack(() => posting.chat.delete({ channel, ts }), { isRepeatable: true }).catch((error: unknown) => {
        if (retryabilityOf(error) !== 'rejected') throw error
        if (slackReason(error) !== 'message_not_found')
          logger.warn({ err: error, ts }, 'a message could not be deleted')
      })
    },
  }
}

const placeOf = ({ channel, ts }: Posted): Posted => ({ channel, ts })

/** A streamed message is rich text and must remain so: Slack doesn't turn it back into plain sections. */
async function change(
  clients: SlackClients,
  at: Posted,
  { text, blocks }: SlackMessage,
  how: { mark: MessageMetadata | null; isRich: boolean; mostWaitMs?: number },
): Promise<void> {
  const { mark, isRich, mostWaitMs = Number.POSITIVE_INFINITY } = how
  const shown = isRich ? withRichText(blocks) : blocks
  const metadata = mark ? { metadata: metadataOf(mark) } : {}
  try {
    await callSlack(() => clients.posting.chat.update({ ...at, text, blocks: shown, ...metadata }), {
      isRepeatable: true,
      mostWaitMs,
    })
  } catch (error) {
    if (blocks.length > 0 && isFaultOfBlocks(error)) await change(clients, at, { text, blocks: [] }, how)
    else if (!isRich && slackReason(error) === 'block_mismatch')
      await change(clients, at, { text, blocks }, { ...how, isRich: true })
    else throw error
  }
}
