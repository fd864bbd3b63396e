import { expect, it } from 'vitest'
import { recordAttribution } from '../../../src/feedback/corrections/attribution.ts'
import { createAuthorNotices } from '../../../src/slack/models/author-notices.ts'
import type { ClientsOf } from '../../../src/slack/platform/workspaces.ts'
import { describeOnDatabases } from '../../support/databases.ts'
import { addCorrection, NOON } from '../../support/rows.ts'
import { silent } from '../../support/silent.ts'

describeOnDatabases('news of the live model', (kind) => {
  it('tells an author once that their correction answers now, and nobody of another model', async () => {
    await using database = await kind.create()
    const { store } = database
    const { id, author } = await addCorrection(store, { status: 'approved' })
    const job = { id: 'job-1', base_url: 'http://127.0.0.1/v1', base_model: 'base', suffix: null, data_sha256: 'x' }
    const ended = {
      training_rows: 10,
      status: 'succeeded',
      model: 'ft:new',
      fault: null,
      created_at: NOON,
      finished_at: NOON,
    }
    await store
      .insertInto('jobs')
      .values({ ...job, ...ended })
      .execute()
    await recordAttribution(store, job.id, [id])

    const told: string[] = []
    const clients = {
      interactive: {
        conversations: { open: async ({ users }: { users: string }) => ({ channel: { id: `D-${users}` } }) },
      },
      posting: { chat: { postMessage: async ({ channel }: { channel: string }) => void told.push(channel) } },
    }
    let model = 'ft:old'
    await using news = createAuthorNotices({
      store,
      serving: async () => ({ model, strategy: 'fine-tuned', trial: null }),
      clientsOf: (async () => clients) as unknown as ClientsOf,
      logger: silent,
      now: () => NOON,
    })
    await news.runOnce()
    expect(told).toEqual([])
    model = 'ft:new'
    await news.runOnce()
    await news.runOnce()
    expect(told).toEqual([`D-${author}`])
  })
})
