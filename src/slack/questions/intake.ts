import { z } from 'zod'
import { claimQuestion, isOwnThread, type QuestionRow } from '../../diagnosis/questions/question-records.ts'
import type { Store } from '../../store/open.ts'
import type { Claim } from '../connection/claim-before-ack.ts'
import { parseMessage, type SlackQuestion } from '../platform/payloads.ts'
import type { Workspace } from '../platform/workspaces.ts'

/**
 * How long a question is its instance's alone. It is renewed while the instance lives, and outlives some missed
 * renewals; the questions of a dead one wait no longer than this.
 */
export const LEASE_MS = 15_000

/** What a claimed message hands to its listener, by way of Bolt's context. */
export type ClaimedQuestion = { row: QuestionRow; hasFiles: boolean; userTeam: string | null }

const Kind = z.object({ event: z.object({ type: z.enum(['message', 'app_mention']) }) })

/**
 * Decides what an incoming payload is before Bolt acknowledges it: a question of ours is stored first, once. A message
 * is ours in a direct message, when it mentions us, and in a thread in which we answered before.
 */
export function createIntake(deps: {
  store: Store
  /** This running instance, in leases. */
  instance: string
  leaseMs?: number
  now: () => number
}): (body: unknown, us: Pick<Workspace, 'botUserId'>) => Promise<Claim> {
  const { store, instance, leaseMs = LEASE_MS, now } = deps
  return async (body, { botUserId }) => {
    if (!Kind.safeParse(body).success) return { kind: 'pass' }
    const message = parseMessage(body, botUserId)
    if (!message || !(await isForUs(message))) return { kind: 'drop' }
    const row = await claimQuestion(store, message, { owner: instance, until: now() + leaseMs }, now())
    if (!row) return { kind: 'drop' }
    const { hasFiles, userTeam } = message
    return { kind: 'claimed', question: { row, hasFiles, userTeam } satisfies ClaimedQuestion }
  }

  async function isForUs({ team, channel, channelType, threadTs, hasMention }: SlackQuestion): Promise<boolean> {
    if (channelType === 'im' || hasMention) return true
    return threadTs !== null && (await isOwnThread(store, team, channel, threadTs))
  }
}

/** Reads back what {@link createIntake} put into Bolt's context. */
export function claimedIn(context: Readonly<Record<string, unknown>>): ClaimedQuestion | null {
  const { question } = context
  return question ? (question as ClaimedQuestion) : null
}
