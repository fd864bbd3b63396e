import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ModelNews } from '../../../src/diagnosis/model/model-news.ts'
import { createOutbox, type Outbox } from '../../../src/outbox/outbox.ts'
import { modelNewsLine } from '../../../src/slack/blocks/model-news.ts'
import { notifyAdministrators } from '../../../src/slack/models/admin-notices.ts'
import type { SlackClients } from '../../../src/slack/platform/clients.ts'
import type { Store } from '../../../src/store/open.ts'
import { enqueueModelNews } from '../../../src/training/admin-notices.ts'
import { type JobRow, saveJob, saveJobState } from '../../../src/training/jobs/job-records.ts'
import { describeOnDatabases, type TestDatabase } from '../../support/databases.ts'
import { longText } from '../../support/hostile.ts'
import fc from '../../support/properties.ts'
import { NOON } from '../../support/rows.ts'
import { silent } from '../../support/silent.ts'
import { faultsOfMessage, foreignTokens } from '../../support/slack-limits.ts'

const JOB: JobRow = {
  id: 'ftjob-1',
  base_url: 'https://api.openai.com/v1',
  base_model: 'base',
  suffix: null,
  data_sha256: 'x',
  training_rows: 10,
  status: 'running',
  model: null,
  fault: null,
  created_at: NOON,
  finished_at: null,
  driver: 'openai',
  manifest_file: null,
  manifest_sha256: null,
  recipe: '',
  train_file: null,
  validation_file: null,
}

const refusal = (error: string) =>
  Object.assign(new Error(error), { code: 'slack_webapi_platform_error', data: { error } })

describeOnDatabases('news of the models', (kind) => {
  let database: TestDatabase
  let time = NOON
  beforeEach(async () => {
    time = NOON
    database = await kind.create()
  })
  afterEach(() => database[Symbol.asyncDispose]())

  type Sent = { channel: string; text: string; metadata: unknown; ts?: string }
  const sent: Sent[] = []
  let mayRead = true
  let broken: (message: Sent) => 'refused' | 'lost' | 'dies' | null = () => null

  /** One more instance of the bot, in whose workspace two people are administrators. */
  function instance(store: Store = database.store): Outbox {
    const posting = {
      conversations: {
        open: async ({ users }: { users: string }) => ({ channel: { id: `D-${users}` } }),
        history: async ({ channel }: { channel: string }) => {
          if (!mayRead) throw refusal('missing_scope')
          return { messages: sent.filter((one) => one.channel === channel) }
        },
      },
      chat: {
        postMessage: async (message: Sent) => {
          const fault = broken(message)
          if (fault === 'refused') throw refusal('user_not_found')
          if (fault !== 'lost') sent.push({ ...message, ts: `${sent.length}.1` })
          if (fault) throw new Error('the line is cut')
        },
      },
    }
    const outbox = createOutbox({ store, logger: silent, now: () => new Date(time) })
    notifyAdministrators({
      outbox,
      store,
      teams: async () => ['T1'],
      roles: { admins: async () => ['U0ADMN0001', 'U0ADMN0002'] },
      clientsOf: async () => ({ posting, interactive: posting }) as unknown as SlackClients,
      reportFile: async () => null,
      logger: silent,
      now: () => time,
    })
    return outbox
  }
  const news: ModelNews = {
    ...{ kind: 'moved', move: 'promoted', alias: 'assistant', model: 'ft:new', previous: 'ft:old' },
    ...{ by: 'U0ADMN0001', reason: 'better', evaluation: null },
  } as const
  beforeEach(() => {
    sent.length = 0
    broken = () => null
    mayRead = true
  })
  const rounds = async (outbox: Outbox, count = 3) => {
    for (let i = 0; i < count; i += 1) await outbox.runOnce()
  }
  const heard = () => sent.map(({ channel }) => channel).sort()

  it('reach each administrator once, however many instances look', async () => {
    await enqueueModelNews(database.store, 'mov_1', news, time)
    const stores = kind.name === 'SQLite' ? [database.store] : [database.store, await database.open()]
    const instances = [...stores, ...stores].map((store) => instance(store))
    for (let i = 0; i < 4; i += 1) await Promise.all(instances.map((one) => one.runOnce()))
    expect(heard()).toEqual(['D-U0ADMN0001', 'D-U0ADMN0002'])
    expect(sent[0]?.text).toContain('`ft:new` is live as assistant in place of `ft:old`')
  })

  it('reach one who could not be reached at first, and nobody else again', async () => {
    await enqueueModelNews(database.store, 'mov_1', news, time)
    broken = ({ channel }) => (channel === 'D-U0ADMN0002' ? 'lost' : null)
    const outbox = instance()
    await rounds(outbox)
    expect(heard()).toEqual(['D-U0ADMN0001'])
    broken = () => null
    time += 60_000
    await rounds(outbox)
    expect(heard()).toEqual(['D-U0ADMN0001', 'D-U0ADMN0002'])
  })

  it('are not sent again when they had arrived and only the answer was lost', async () => {
    await enqueueModelNews(database.store, 'mov_1', news, time)
    broken = () => 'dies'
    const outbox = instance()
    await rounds(outbox)
    broken = () => null
    time += 60_000
    await rounds(outbox)
    expect(heard()).toEqual(['D-U0ADMN0001', 'D-U0ADMN0002'])
  })

  it('are sent where Slack does not let us look whether they stand', async () => {
    await enqueueModelNews(database.store, 'mov_1', news, time)
    broken = () => 'lost'
    const outbox = instance()
    await rounds(outbox)
    broken = () => null
    mayRead = false
    time += 60_000
    await rounds(outbox)
    expect(heard()).toEqual(['D-U0ADMN0001', 'D-U0ADMN0002'])
  })

  it('leave out whom Slack does not know, and what is a week old', async () => {
    broken = ({ channel }) => (channel === 'D-U0ADMN0002' ? 'refused' : null)
    await enqueueModelNews(database.store, 'mov_1', news, time)
    await enqueueModelNews(database.store, 'mov_0', news, time - 8 * 24 * 60 * 60 * 1_000)
    const outbox = instance()
    await rounds(outbox)
    time += 60_000
    await rounds(outbox)
    expect(heard()).toEqual(['D-U0ADMN0001'])
  })

  it('tell of a job’s end once, whoever watches it, with the page where the trainer shows it', async () => {
    const { store } = database
    await saveJob(store, JOB)
    const ended = { status: 'succeeded', model: 'ft:new', fault: null, finished_at: NOON + 5 }
    await saveJobState(store, JOB.id, { status: 'running', model: null, fault: null, finished_at: null })
    await Promise.all([saveJobState(store, JOB.id, ended), saveJobState(store, JOB.id, ended)])
    time += 10
    const outbox = instance()
    await rounds(outbox)
    await saveJobState(store, JOB.id, ended)
    await rounds(outbox)
    expect(heard()).toEqual(['D-U0ADMN0001', 'D-U0ADMN0002'])
    expect(sent[0]?.text).toBe(
      '🎓 The training job <https://platform.openai.com/finetune/ftjob-1|ftjob-1> made `ft:new` from `base`. Measure it with `hydrocore evaluate`.',
    )
  })
})

describe('a line of news', () => {
  const lines: fc.Arbitrary<ModelNews> = fc.oneof(
    fc.record({
      kind: fc.constant('moved' as const),
      move: fc.constantFrom('promoted', 'rolled_back', 'canary_started', 'canary_ended', 'canary_fell_back'),
      alias: longText,
      model: longText,
      previous: fc.option(longText),
      by: fc.oneof(fc.constant('U0ADMN0001'), longText),
      reason: longText,
      evaluation: fc.option(longText),
    }),
    fc.record({
      kind: fc.constant('job_ended' as const),
      job: longText,
      status: fc.constantFrom('succeeded', 'failed', 'cancelled'),
      model: fc.option(longText),
      fault: fc.option(longText),
      baseModel: longText,
      link: fc.constant(null),
    }),
    fc.record({
      kind: fc.constant('evaluated' as const),
      evaluation: longText,
      models: fc.array(fc.record({ name: longText, right: fc.nat(), of: fc.nat(), unsafe: fc.nat() }), {
        maxLength: 20,
      }),
    }),
    fc.record({
      kind: fc.constant('retiring' as const),
      model: longText,
      roles: fc.array(longText, { maxLength: 3 }),
      retiresOn: longText,
      daysLeft: fc.integer(),
      source: longText,
    }),
  )

  it('is taken by Slack, whatever stands in it, and names nobody by itself', () => {
    fc.assert(
      fc.property(lines, (news) => {
        const message = { text: modelNewsLine(news), blocks: [] }
        expect(faultsOfMessage(message)).toEqual([])
        expect(foreignTokens(message)).toEqual([])
      }),
      { numRuns: 150 },
    )
  })
})
