import { beforeEach, describe, expect, it } from 'vitest'
import type { SlackClients } from '../../../src/slack/platform/clients.ts'
import { postOnce } from '../../../src/slack/posting/post-once.ts'
import { NOON } from '../../support/rows.ts'

type Post = { ts: string; metadata: unknown }

describe('a message that is to stand once', () => {
  const standing: Post[] = []
  let looks = 0
  beforeEach(() => {
    standing.length = 0
    looks = 0
  })
  const clients = {
    posting: {
      chat: {
        async postMessage({ metadata }: Post) {
          standing.push({ ts: `${standing.length + 1}.1`, metadata })
          return { ts: standing.at(-1)?.ts, channel: 'C1' }
        },
      },
      conversations: {
        async history() {
          looks += 1
          return { messages: standing }
        },
      },
    },
  } as unknown as SlackClients
  const post = (over: { id?: string; attempts?: number; ageMs?: number }) => {
    const { id = 'review:cor_1', attempts = 0, ageMs = 0 } = over
    const job = { id, attempts, createdAt: new Date(NOON - ageMs) }
    return postOnce(clients, job, 'C1', { text: 'words', blocks: [] }, NOON)
  }

  it('is posted at once the first time', async () => {
    expect(await post({})).toEqual({ channel: 'C1', ts: '1.1' })
    expect({ looks, posts: standing.length }).toEqual({ looks: 0, posts: 1 })
  })

  it.each([
    ['after a try that went wrong', { attempts: 1 }],
    ['by who takes it over from an instance that died', { ageMs: 61_000 }],
  ])('is looked for %s', async (_, over) => {
    await post({})
    expect(await post(over)).toEqual({ channel: 'C1', ts: '1.1' })
    expect(standing).toHaveLength(1)
  })

  it('is posted when another one stands there', async () => {
    await post({ id: 'review:cor_2' })
    expect(await post({ attempts: 1 })).toEqual({ channel: 'C1', ts: '2.1' })
  })
})
