import { z } from 'zod'
import type { Catalog } from '../../catalog/catalog.ts'
import type { Devices } from '../../commands/devices/devices.ts'
import { isAddressed } from '../../diagnosis/conversation/addressed.ts'
import { claimQuestion, findThreadAskers, type QuestionRow } from '../../diagnosis/questions/question-records.ts'
import { findQuestionAt, replaceQuestion, withdrawQuestions } from '../../diagnosis/questions/withdrawal-records.ts'
import { type Reading, readMessage } from '../../diagnosis/reading/read-message.ts'
import { createSymptomSearch } from '../../diagnosis/symptoms.ts'
import type { Store } from '../../store/open.ts'
import type { Claim } from '../connection/claim-before-ack.ts'
import { type MessageChange, parseMessageChange } from '../platform/message-changes.ts'
import { parseMessage, type SlackQuestion } from '../platform/payloads.ts'
import type { Workspace } from '../platform/workspaces.ts'
import { asksSomethingElse } from './edits.ts'

/**
 * How long a question belongs to one instance. Renewed while the instance lives, it survives some missed renewals; the
 * questions of a dead instance wait no longer than this.
 */
export const LEASE_MS = 15_000

/** Later, an edit is a note to the reader, not a question. */
const EDIT_WITHIN_MS = 10 * 60 * 1_000

/** A claimed message, as its listener gets it. */
export type ClaimedQuestion = { row: QuestionRow; hasFiles: boolean; userTeam: string | null; isEdited: boolean }

export type Intake = {
  /** Decides about a payload before Bolt acknowledges it: a question for us is stored first, and only once. */
  claim(body: object, us: Pick<Workspace, 'botUserId'>): Promise<Claim>
  /** The question claimed for this payload; null without one. */
  claimedBy(body: object): ClaimedQuestion | null
  /** The ids of the questions that this payload withdrew, by an edit or a deletion. */
  withdrawnBy(body: object): readonly string[]
}

const Kind = z.object({ event: z.object({ type: z.enum(['message', 'app_mention']) }) })

/** Claims messages in a direct message, those that mention us, and those in threads where we answered before. */
export function createIntake(deps: {
  catalog: Catalog
  store: Store
  devices: Pick<Devices, 'endingWith'>
  /** Identifies this running instance in leases. */
  instance: string
  leaseMs?: number
  now: () => number
}): Intake {
  const { catalog, store, devices, instance, leaseMs = LEASE_MS, now } = deps
  const symptoms = createSymptomSearch(catalog)
  const claimed = new WeakMap<object, ClaimedQuestion>()
  const withdrawn = new WeakMap<object, readonly string[]>()
  const lease = () => ({ owner: instance, until: now() + leaseMs })

  async function ask(body: object, message: SlackQuestion): Promise<Claim> {
    if (!(await isForUs(message))) return 'drop'
    return take(body, message, await claimQuestion(store, message, lease(), now()))
  }

  function take(body: object, { hasFiles, userTeam }: SlackQuestion, row: QuestionRow | null): Claim {
    if (!row) return 'drop'
    claimed.set(body, { row, hasFiles, userTeam, isEdited: withdrawn.has(body) })
    return 'claimed'
  }

  /** An edit that asks something else is answered in place of what it was; one that makes it a question, as new. */
  async function edit(body: object, change: Extract<MessageChange, { kind: 'edited' }>): Promise<Claim> {
    const { message, hasNewText, afterMs } = change
    if (!hasNewText || !(afterMs <= EDIT_WITHIN_MS)) return 'drop'
    const before = await findQuestionAt(store, message)
    if (!before) return ask(body, message)
    if (before.state === 'withdrawn' || !asksSomethingElse(before, message.text, catalog)) return 'drop'
    const row = await replaceQuestion(store, before, message, lease(), now())
    if (row) withdrawn.set(body, [before.id])
    return take(body, message, row)
  }

  async function withdraw(body: object, message: Parameters<typeof withdrawQuestions>[1]): Promise<Claim> {
    const ids = await withdrawQuestions(store, message, now())
    if (ids.length === 0) return 'drop'
    withdrawn.set(body, ids)
    return 'claimed'
  }

  return {
    async claim(body, { botUserId }) {
      if (!Kind.safeParse(body).success) return 'pass'
      const change = parseMessageChange(body, botUserId)
      if (change?.kind === 'deleted') return withdraw(body, change.message)
      if (change) return edit(body, change)
      const message = parseMessage(body, botUserId)
      return message ? ask(body, message) : 'drop'
    },
    claimedBy: (body) => claimed.get(body) ?? null,
    withdrawnBy: (body) => withdrawn.get(body) ?? [],
  }

  /** What isn't meant for us is neither stored nor sent to a model. */
  async function isForUs(message: SlackQuestion): Promise<boolean> {
    const { team, channel, channelType, threadTs, userId, hasMention, mentionsOthers, text } = message
    if (channelType === 'im' || hasMention) return true
    if (threadTs === null || mentionsOthers) return false
    const askers = await findThreadAskers(store, team, channel, threadTs)
    if (!askers) return false
    const reading = readMessage(text, catalog)
    return isAddressed({
      reading,
      mentionsOthers,
      isAsker: askers.has(userId),
      isSymptom: symptoms(text).length > 0,
      namesDevice: await namesDevice(reading),
    })
  }

  async function namesDevice({ devices: named }: Reading): Promise<boolean> {
    const ids = named.map((one) => (one.kind === 'id' ? [one.id] : devices.endingWith(one.ending)))
    return (await Promise.all(ids)).some((found) => found.length > 0)
  }
}
