import { z } from 'zod'
import type { Catalog } from '../../catalog/catalog.ts'
import type { Devices } from '../../commands/devices/devices.ts'
import { isAddressed } from '../../diagnosis/conversation/addressed.ts'
import { claimQuestion, findThreadAskers, type QuestionRow } from '../../diagnosis/questions/question-records.ts'
import { type Reading, readMessage } from '../../diagnosis/reading/read-message.ts'
import { createSymptomSearch } from '../../diagnosis/symptoms.ts'
import type { Store } from '../../store/open.ts'
import type { Claim } from '../connection/claim-before-ack.ts'
import { parseMessage, type SlackQuestion } from '../platform/payloads.ts'
import type { Workspace } from '../platform/workspaces.ts'

/**
 * How long a question belongs to one instance. Renewed while the instance lives, it survives some missed renewals; the
 * questions of a dead instance wait no longer than this.
 */
export const LEASE_MS = 15_000

/** A claimed message, as its listener gets it. */
export type ClaimedQuestion = { row: QuestionRow; hasFiles: boolean; userTeam: string | null }

export type Intake = {
  /** Decides about a payload before Bolt acknowledges it: a question for us is stored first, and only once. */
  claim(body: object, us: Pick<Workspace, 'botUserId'>): Promise<Claim>
  /** The question claimed for this payload; null without one. */
  claimedBy(body: object): ClaimedQuestion | null
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
  return {
    async claim(body, { botUserId }) {
      if (!Kind.safeParse(body).success) return 'pass'
      const message = parseMessage(body, botUserId)
      if (!message || !(await isForUs(message))) return 'drop'
      const row = await claimQuestion(store, message, { owner: instance, until: now() + leaseMs }, now())
      if (!row) return 'drop'
      claimed.set(body, { row, hasFiles: message.hasFiles, userTeam: message.userTeam })
      return 'claimed'
    },
    claimedBy: (body) => claimed.get(body) ?? null,
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
