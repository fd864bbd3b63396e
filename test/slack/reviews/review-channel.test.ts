import { expect, it } from 'vitest'
import { CONSENT_LINE, checkCorrection, proposeCorrection } from '../../../src/feedback/corrections/corrections.ts'
import { claimCorrection, rejectCorrection } from '../../../src/feedback/review/queue.ts'
import { createOutbox } from '../../../src/outbox/outbox.ts'
import type { ClientsOf } from '../../../src/slack/platform/workspaces.ts'
import { notifyAuthors } from '../../../src/slack/reviews/decision-notices.ts'
import { notifyReviewers } from '../../../src/slack/reviews/review-channel.ts'
import { describeOnDatabases } from '../../support/databases.ts'
import { NOON } from '../../support/rows.ts'
import { silent } from '../../support/silent.ts'
import { catalog } from '../made-up.ts'

const TESSA = { user: 'U0TECH0001', team: 'T1' }
const RUTH = { user: 'U0REVW0001', team: 'T1' }

type Call = { channel: string; ts?: string; text: string; blocks?: unknown }

describeOnDatabases('corrections that wait, and what becomes of them', (kind) => {
  it('are told once, whichever of several instances does it, and after one of them died in mid-post', async () => {
    await using database = await kind.create()
    const { store } = database
    let now = NOON
    const posts: (Call & { metadata: unknown })[] = []
    const updates: Call[] = []
    let dies = false
    const clientsOf = (async () => ({
      interactive: {
        conversations: { open: async ({ users }: { users: string }) => ({ channel: { id: `D${users}` } }) },
      },
      posting: {
        chat: {
          async postMessage(call: Call & { metadata: unknown }) {
            posts.push({ ...call, ts: `${posts.length + 1}.1` })
            // The post went through, and whoever made it is gone before it could say so.
            if (dies) return new Promise(() => undefined)
            return { ts: posts.at(-1)?.ts, channel: call.channel }
          },
          update: async (call: Call) => void updates.push(call),
        },
        conversations: {
          history: async ({ channel }: { channel: string }) => ({
            messages: posts.filter((post) => post.channel === channel),
          }),
        },
      },
    })) as unknown as ClientsOf
    const instance = () => {
      const outbox = createOutbox({ store, logger: silent, now: () => new Date(now) })
      const parts = { store, catalog, clientsOf, outbox, logger: silent, now: () => now }
      notifyReviewers({ ...parts, target: { channel: 'C1', team: 'T1' }, homeTeam: async () => 'T1' })
      notifyAuthors(parts)
      return outbox
    }
    const propose = async (action: string) => {
      const form = {
        question: 'What does W-10 mean?',
        code: 'W-10',
        problem: 'Low battery warning (below 15%)',
        action,
      }
      const checked = checkCorrection({ ...form, reason: 'outdated', consent: CONSENT_LINE }, catalog)
      if (!checked.ok) throw new Error(JSON.stringify(checked.faults))
      const about = { author: TESSA, answerId: null, originalText: '', model: null, catalogVersion: '1' }
      return (await proposeCorrection(store, { correction: checked.correction, ...about }, now)).correction
    }

    const [one, two] = [instance(), instance()]
    for (let i = 2; i < 8; i += 1) await propose(`Replace it in ${i} days`)
    await Promise.all([one.runOnce(), two.runOnce()])
    expect(posts.map(({ channel }) => channel)).toEqual(Array.from({ length: 6 }, () => 'C1'))

    const last = await propose('Replace it now')
    dies = true
    void one.runOnce()
    await expect.poll(() => posts.length).toBe(7)
    dies = false
    now += 61_000
    await two.runOnce()
    expect(posts).toHaveLength(7)

    await claimCorrection(store, { id: last.id, by: RUTH }, now)
    await rejectCorrection(store, { id: last.id, by: RUTH, reason: 'Too early' }, now)
    await Promise.all([two.runOnce(), instance().runOnce()])
    expect(posts.slice(7)).toMatchObject([{ channel: `D${TESSA.user}`, text: expect.stringContaining('Too early') }])
    expect(updates.at(-1)).toMatchObject({ channel: 'C1', ts: '7.1' })
    expect(JSON.stringify(updates.at(-1)?.blocks)).toContain('Rejected by')
    await two.runOnce()
    expect(posts).toHaveLength(8)
  })
})
